"""What measures sites while the clinic runs: hears calibrations, runs the routine, writes on a thread."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from clinic.course.measures import SiteMeasure
from clinic.course.plan import Transfer
from clinic.course.prompted_levels import PromptedLevels, Session
from clinic.course.records import course_in_force, keep_measures
from clinic.course.site_routine import MOVING, Kind, SiteRoutine
from clinic.errors import ClinicError
from clinic.link.controller_link import ControllerLink
from clinic.store.database import Store
from clinic.store.present import present_wearer
from controller.contract.calibration import CalibrationPhase, CalibrationState
from controller.contract.signal import SignalReport
from controller.contract.status import ControllerStatus

# Signals come at 20 Hz; a second without one is no signal.
HEARD_WITHIN_S = 1.0
MOST_WAITING = 8
# Where a measurement comes from.
GUIDED, CALIBRATION = "guided", "calibration"
STOPPED = "stopped before the end; nothing was kept"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be measured, of whom, and who asked; `request`: sent twice it is one."""

    wearer_id: int
    request: str
    author: str
    transfer: Transfer
    kind: Kind


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the last routine ended: `why` is empty when it was kept."""

    request: str
    wearer_id: int
    why: str


@dataclass(slots=True)
class Measuring:
    """Called on the event loop. `missed`: calibrations whose measures the store did not take."""

    store: Store
    link: ControllerLink
    clock_s: Callable[[], float] = time.monotonic
    missed: int = 0
    asked: Asked | None = None
    last: Outcome | None = None
    _routine: SiteRoutine | None = None
    _signal: SignalReport | None = None
    _heard_s: float = -1e9
    _phase: CalibrationPhase = CalibrationPhase.IDLE
    _unit: str = ""
    _prompted: PromptedLevels = field(default_factory=PromptedLevels)
    _done: asyncio.Event = field(default_factory=asyncio.Event)
    _sessions: "asyncio.Queue[tuple[Session, str]]" = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))
    _tasks: "set[asyncio.Task[None]]" = field(default_factory=set)

    async def run(self) -> None:
        """Listen, and keep what calibrations give, until cancelled."""
        end = self.link.listen(self.hear)
        try:
            while True:
                session, unit = await self._sessions.get()
                try:
                    await asyncio.to_thread(self._keep_session, session, unit)
                except SQLAlchemyError:
                    self.missed += 1
        finally:
            end()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def hear(self, name: str, payload: bytes) -> None:
        """Take a message of the link."""
        try:
            if name == "signal":
                self._hear_signal(SignalReport.model_validate_json(payload))
            elif name == "calibration_state":
                self._hear_state(CalibrationState.model_validate_json(payload))
            elif name == "controller_status":
                device = ControllerStatus.model_validate_json(payload).device
                self._unit = device.unit if device is not None else self._unit
        except ValidationError:
            return

    def start(self, asked: Asked) -> None:
        """Begin the routine now. Raises `ClinicError` when it cannot be done, with what to do."""
        if asked.transfer.channel is None:
            raise ClinicError(f"set which channel hears {asked.transfer.nerve} first")
        if self.asked is not None:
            raise ClinicError("a site is being measured already; wait until it is done, or stop it")
        if self.clock_s() - self._heard_s > HEARD_WITHIN_S or self._signal is None:
            raise ClinicError("no levels come from the controller; start it, and see that the device sends")
        if self._signal.state in MOVING:
            raise ClinicError("the arm is switched on and would follow; switch it off first")
        if self._phase is CalibrationPhase.RECORDING:
            raise ClinicError("a calibration is being recorded; measure when it is over")
        if not asked.transfer.channel <= len(self._signal.level):
            raise ClinicError(
                f"the device has {len(self._signal.level)} channels, there is no {asked.transfer.channel}; "
                "correct the transfer"
            )
        self.asked, self._routine = asked, SiteRoutine(asked.transfer.channel, asked.kind, self.clock_s())
        self._done.clear()
        task = asyncio.create_task(self._finish(asked, self._routine))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """Give the routine up."""
        if self._routine is not None:
            self._routine.why = self._routine.why or STOPPED
            self._done.set()

    @property
    def elapsed_s(self) -> float | None:
        """Seconds since the routine began; None when there is none."""
        return None if self._routine is None else self.clock_s() - self._routine.began_s

    def _hear_signal(self, report: SignalReport) -> None:
        self._signal, self._heard_s = report, self.clock_s()
        self._prompted.hear_signal(self._heard_s, report)
        if self._routine is not None:
            self._routine.take(self._heard_s, report)
            if self._routine.why or self._heard_s - self._routine.began_s >= self._routine.lasts_s:
                self._done.set()

    def _hear_state(self, state: CalibrationState) -> None:
        self._phase = state.phase
        session = self._prompted.hear_state(self.clock_s(), state)
        if session is not None and not self._sessions.full():
            self._sessions.put_nowait((session, self._unit))
        elif session is not None:
            self.missed += 1

    async def _finish(self, asked: Asked, routine: SiteRoutine) -> None:
        why = ""
        try:
            with contextlib.suppress(TimeoutError):
                # Levels that stop coming end it too.
                async with asyncio.timeout(routine.lasts_s + HEARD_WITHIN_S):
                    await self._done.wait()
            measure = routine.measure()
            await asyncio.to_thread(self._keep_routine, asked, measure)
        except ClinicError as error:
            why = str(error)
        except SQLAlchemyError:
            why = "the store did not take it; measure again"
        finally:
            self.asked, self._routine = None, None
            self.last = Outcome(asked.request, asked.wearer_id, why)

    def _keep_routine(self, asked: Asked, measure: SiteMeasure) -> None:
        with self.store.session() as session:
            keep_measures(
                session, asked.wearer_id, asked.request, GUIDED, asked.author, self._unit, [(asked.transfer, measure)]
            )

    def _keep_session(self, heard: Session, unit: str) -> None:
        with self.store.session() as session:
            wearer_id = present_wearer(session)
            if wearer_id is None:
                return
            plan = course_in_force(session, wearer_id).plan
            keep_measures(session, wearer_id, heard.key, CALIBRATION, CALIBRATION, unit, heard.measured(plan))
