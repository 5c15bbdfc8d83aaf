"""Where tests are taken: one at a time, for the whole clinic. On the event loop, but for the store."""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from clinic.assess.kept import keep
from clinic.assess.live_asked import LiveAsked, chosen_joints, chosen_motions, two_way_joints
from clinic.assess.live_test import LiveTest
from clinic.assess.progress import Progress, progress_of
from clinic.assess.record import TakenWith, record_of, taken_with
from clinic.assess.watched import Watched
from clinic.link.controller_link import ControllerLink
from clinic.store.database import Store
from controller.arm_config import ArmConfig
from controller.config import RunConfig
from controller.tasks import end_task, finish

# A drawn arm moves at the rate at which a real one reports, and the page draws every second of its steps.
TICK_S = 0.02
TOLD_EVERY = 2


class Busy(Exception):  # noqa: N818 - it is no error that somebody takes a test
    """Another test is running; `by` says whose turn it is."""

    def __init__(self, by: str, wearer_id: int) -> None:
        super().__init__(by)
        self.by, self.wearer_id = by, wearer_id


@dataclass(slots=True)
class Sitting:
    """A test with the people it belongs to. `record`: its number in the store, once it is kept; `fault`: why not."""

    live: LiveTest
    run: str
    by: str
    wearer_id: int
    wearer: str
    began_with: TakenWith
    record: int | None = None
    kept_trials: int = 0
    kept_over: bool = False
    fault: str = ""


@dataclass(slots=True)
class Desk:
    """`told`: called with how the test stands, for every page that is open. `clock`: monotonic, in s."""

    run: RunConfig
    arm: ArmConfig
    link: ControllerLink
    store: Store
    told: Callable[[dict[str, Any]], None] = lambda _: None
    clock: Callable[[], float] = time.monotonic
    sitting: Sitting | None = None
    _task: "asyncio.Task[None] | None" = None

    @property
    def busy(self) -> bool:
        """Whether a test is being taken."""
        return self.sitting is not None and not self.sitting.live.over

    def test_of(self, asked: LiveAsked) -> LiveTest:
        """Return the test that `asked` would be, with all that is known now. Raises `AssessmentError`."""
        watched, now_s = Watched(), self.clock()
        for name, payload in self.link.latest.items():
            watched.take(name, payload, now_s)
        joints = chosen_joints(asked, two_way_joints(self.arm.joints, self.run.motions))
        classes = watched.status.classes if watched.status is not None else ()
        motions = chosen_motions(asked, self.run.motions, classes)
        return LiveTest(asked, joints, motions, watched, secrets.randbelow(1_000_000), now_s)

    def start(self, asked: LiveAsked, by: str, wearer_id: int, wearer: str) -> Progress:
        """Begin a test. Raises `Busy` while another one is taken, and `AssessmentError`."""
        if self.sitting is not None and self.busy:
            raise Busy(self.sitting.by, self.sitting.wearer_id)
        live = self.test_of(asked)
        # Nothing that was said before counts as fresh: the arm has to say it again.
        live.watched.state_at_s = live.watched.signal_at_s = -1e9
        self.sitting = Sitting(live, secrets.token_hex(8), by, wearer_id, wearer, taken_with(live.watched))
        self._task = asyncio.create_task(self._watch(self.sitting), name="assessment")
        return self.progress()

    def progress(self) -> Progress:
        """Return how the test stands, or that there is none."""
        sitting = self.sitting
        if sitting is None:
            return Progress()
        whose = {"run": sitting.run, "by": sitting.by, "wearer_id": sitting.wearer_id}
        return progress_of(sitting.live, self.clock()).model_copy(
            update={**whose, "record": sitting.record, "fault": sitting.fault}
        )

    async def close(self) -> None:
        """End what runs; what was taken so far is kept."""
        if self._task is not None:
            await end_task(self._task)

    async def _watch(self, sitting: Sitting) -> None:
        live = sitting.live
        unlisten = self.link.listen(lambda name, payload: live.take(name, payload, self.clock()))
        try:
            count = 0
            while not live.over:
                live.tick(self.clock(), connected=self.link.connected)
                if len(live.test.trials) > sitting.kept_trials:
                    await finish(self._keep(sitting))
                if count % TOLD_EVERY == 0:
                    self._tell(sitting)
                count += 1
                await asyncio.sleep(TICK_S)
        finally:
            unlisten()
            live.abort("closed")
            await finish(self._keep(sitting))
            self._tell(sitting)

    def _tell(self, sitting: Sitting) -> None:
        """Show how the test stands. Whose it is, each page asks for itself."""
        if self.sitting is sitting:
            hidden = {"by": "", "wearer_id": None}
            self.told(self.progress().model_copy(update=hidden).model_dump(mode="json"))

    async def _keep(self, sitting: Sitting) -> None:
        """Keep what there is. A store that cannot take it is told, and tried again with the next trial."""
        live = sitting.live
        trials, over = len(live.test.trials), live.over
        if not trials or (sitting.kept_over and trials == sitting.kept_trials):
            return
        record = record_of(live, sitting.wearer, sitting.began_with)
        sitting.kept_trials, sitting.kept_over = trials, over
        try:
            sitting.record = await asyncio.to_thread(
                keep, self.store, record, sitting.wearer_id, sitting.by, self.arm.name, sitting.record
            )
            sitting.fault = ""
        except SQLAlchemyError as error:
            sitting.fault = str(getattr(error, "orig", None) or error).splitlines()[0]
