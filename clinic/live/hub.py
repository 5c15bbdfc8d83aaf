"""What controller and arm say, handed to every open page."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from clinic.link.controller_link import LINK, ControllerLink
from clinic.live.outbox import Outbox
from clinic.live.sender_clock import SenderClock
from clinic.live.told import OFTEN, SELDOM, Told
from clinic.live.turns import Turns
from clinic.settings import is_loopback
from controller.contract.emg import WatchRequest

# A clinic has a few rooms with a few screens; more than these would be a fault, or somebody who means harm.
MOST_PAGES = 64
# Raw samples are asked for in good time before they end, and end soon after nobody looks any more.
ASK_EVERY_S, WATCHED_FOR_S = 5.0, 12.0
# Said again to a page that has just come; events and results are over.
STANDING = ("controller_status", "arm_status", "profile", "calibration_state")
# What the controller says right after a decision.
DECIDED = ("command", "signal")


@dataclass(slots=True)
class LiveHub:
    """Everything is called on the event loop.

    `stuck_after_s`: a page that takes nothing for so long is let go. `check_every_s`: how often is asked whether who
    opened a page may still look. `malformed`: words of pages that could not be understood. `stuck`: pages let go.
    `turns`: when pages are sent to.
    """

    link: ControllerLink
    stuck_after_s: float = 10.0
    check_every_s: float = 30.0
    malformed: int = 0
    stuck: int = 0
    turns: Turns = field(default_factory=Turns)
    _outboxes: set[Outbox] = field(default_factory=set)
    _watching: dict[Outbox, Callable[[], None]] = field(default_factory=dict)
    _lookers: set[object] = field(default_factory=set)
    _looked: asyncio.Event = field(default_factory=asyncio.Event)
    _clocks: dict[str, SenderClock] = field(init=False)
    _end_listening: Callable[[], None] = field(init=False)

    def __post_init__(self) -> None:
        here = is_loopback(self.link.address.host)
        self._clocks = {name: SenderClock(here) for name in OFTEN}
        self._end_listening = self.link.listen(self._heard)

    @property
    def pages(self) -> int:
        """How many pages are open."""
        return len(self._outboxes)

    def join(self) -> Outbox | None:
        """Open an outbox, filled with how everything stands; None when too many pages are open."""
        if len(self._outboxes) >= MOST_PAGES:
            return None
        outbox = Outbox()
        self._outboxes.add(outbox)
        outbox.offer(self._broker())
        for name in STANDING:
            if name in self.link.latest:
                outbox.offer(Told(name, self.link.latest[name]))
        return outbox

    def publish(self, kind: str, message: Any) -> None:
        """Tell every open page something that the clinic itself says; JSON, and only the newest of its kind counts."""
        if self._outboxes:
            told = Told.ours(kind, message)
            for outbox in self._outboxes:
                outbox.offer(told)

    def watch_emg(self) -> Callable[[], None]:
        """Have the controller publish raw samples from now on; return what ends that. All who look share one request.

        `listen` of the link gets them; so does every page that watches.
        """
        looker = object()
        self._lookers.add(looker)
        self._looked.set()

        def end() -> None:
            self._lookers.discard(looker)

        return end

    def watch_page(self, outbox: Outbox, watches_emg: bool) -> None:
        """Give a page raw samples, or no more."""
        if watches_emg and outbox not in self._watching:
            self._watching[outbox] = self.watch_emg()
        elif not watches_emg and outbox in self._watching:
            self._watching.pop(outbox)()

    def leave(self, outbox: Outbox) -> None:
        """Forget a page."""
        self.watch_page(outbox, False)
        self._outboxes.discard(outbox)

    async def run(self) -> None:
        """Work until cancelled; may be begun again."""
        self._end_listening()
        self._end_listening = self.link.listen(self._heard)
        try:
            while True:
                self._looked.clear()
                if self._lookers and self.link.connected:
                    self.link.post("emg_set", WatchRequest(by="clinic", for_s=WATCHED_FOR_S))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(ASK_EVERY_S if self._lookers else None):
                        await self._looked.wait()
        finally:
            self._end_listening()

    def _heard(self, name: str, payload: bytes) -> None:
        if name == LINK:
            self._looked.set()
        if not self._outboxes:
            return
        if name == LINK:
            told = self._broker()
        elif name in SELDOM or name in OFTEN:
            told = Told(name, payload, self._clocks.get(name))
        else:
            return
        for outbox in self._watching if name == "emg" else self._outboxes:
            outbox.offer(told)
        if name in DECIDED:
            self.turns.decided()

    def _broker(self) -> Told:
        return Told.ours("broker", {"connected": self.link.connected, "fault": self.link.fault})
