"""Counts use of the arm as the controller tells it, and writes it down every minute."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from clinic.home_log.emg_ring import EmgRing, npz_of
from clinic.home_log.records import add_days, forget_emg_without_consent, keep_mark
from clinic.home_log.tally import DayTally, Tally
from clinic.link.controller_link import ControllerLink
from clinic.live.hub import LiveHub
from clinic.store.database import Store
from clinic.store.present import present_wearer
from clinic.store.tables.people import Wearer
from controller.contract.signal import SignalReport
from controller.contract.status import ControllerStatus

# A crash loses at most a minute.
WRITE_EVERY_S = 60.0
# Who wears the arm, and whether raw EMG may be kept, is looked up so often.
LOOK_EVERY_S = 5.0
# A wearer needs a moment to reach for the phone.
MARKS_WITHIN_S = 10.0


def local_day() -> date:
    """The day on the wall, in the time zone of this machine."""
    return datetime.now(UTC).astimezone().date()


@dataclass(slots=True)
class HomeLog:
    """Called on the event loop; only `turn` and `mark` reach the store, on a thread.

    What was counted while nobody is known to wear the arm is nobody's. When another person puts it on, what was counted
    since the last writing is dropped: better lost than told of the wrong person. `missed`: writings that failed; they
    are tried again.
    """

    store: Store
    link: ControllerLink
    hub: LiveHub
    clock_s: Callable[[], float] = time.monotonic
    today: Callable[[], date] = local_day
    missed: int = 0
    wearer_id: int | None = None
    _tally: Tally = field(init=False)
    _ring: EmgRing = field(default_factory=EmgRing)
    _end_watching: Callable[[], None] | None = None

    def __post_init__(self) -> None:
        self._tally = Tally(self.today)

    async def run(self) -> None:
        """Count until cancelled; what is left is written then."""
        end = self.link.listen(self.hear)
        written_s = self.clock_s()
        try:
            while True:
                due = self.clock_s() - written_s >= WRITE_EVERY_S
                await self.turn(writes=due)
                written_s = self.clock_s() if due else written_s
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            end()
            self._watch(False)
            await self.turn(writes=True)

    def hear(self, name: str, payload: bytes) -> None:
        """Take a message of the link."""
        try:
            if name == "signal":
                self._tally.hear_signal(self.clock_s(), SignalReport.model_validate_json(payload))
            elif name == "controller_status":
                self._tally.hear_status(self.clock_s(), ControllerStatus.model_validate_json(payload))
            elif name == "emg" and self._end_watching is not None:
                self._ring.take(self.clock_s(), payload)
        except ValidationError:
            return

    async def turn(self, writes: bool) -> None:
        """Look who wears the arm and what is agreed; write what was counted, if it is time."""
        try:
            wearer_id, keeps_emg = await asyncio.to_thread(self._look)
        except SQLAlchemyError:
            self.missed += 1
            return
        if wearer_id != self.wearer_id:
            self._tally.take()
            self._ring.clear()
            self.wearer_id = wearer_id
        self._watch(keeps_emg)
        if not writes:
            return
        taken = self._tally.take()
        if wearer_id is None or not taken:
            return
        try:
            await asyncio.to_thread(self._write, wearer_id, taken)
        except SQLAlchemyError:
            self.missed += 1
            self._tally.put_back(taken)

    async def mark(self, wearer_id: int, request: str, author: str) -> tuple[str, bool]:
        """The wearer did not mean the last motion; return its name (empty: none was seen) and whether EMG was kept."""
        motion, anew = self._tally.motions.marked(self.clock_s(), MARKS_WITHIN_S)
        payloads = self._ring.payloads() if self._end_watching is not None else []
        mark, new = await asyncio.to_thread(self._keep_mark, wearer_id, request, author, motion, payloads)
        if new and anew:
            self._tally.mark(motion)
        return mark

    def _look(self) -> tuple[int | None, bool]:
        with self.store.session() as session:
            forget_emg_without_consent(session)
            wearer_id = present_wearer(session)
            wearer = None if wearer_id is None else session.get(Wearer, wearer_id)
            return wearer_id, wearer is not None and wearer.keeps_raw_emg

    def _write(self, wearer_id: int, taken: dict[date, DayTally]) -> None:
        with self.store.session() as session:
            add_days(session, wearer_id, taken)

    def _keep_mark(
        self, wearer_id: int, request: str, author: str, motion: str, payloads: list[bytes]
    ) -> tuple[tuple[str, bool], bool]:
        emg = npz_of(payloads, motion) if payloads else None
        with self.store.session() as session:
            mark, new = keep_mark(session, wearer_id, request, author, motion, emg)
            return (mark.motion, mark.emg is not None), new

    def _watch(self, keeps_emg: bool) -> None:
        if keeps_emg and self._end_watching is None:
            self._end_watching = self.hub.watch_emg()
        elif not keeps_emg and self._end_watching is not None:
            self._end_watching()
            self._end_watching = None
            self._ring.clear()
