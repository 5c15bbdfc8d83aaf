"""Keeps every fit that the controller makes, and whether it came into force."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from clinic.calibrating.asking import last_result
from clinic.calibrating.kept import keep, put_in_force
from clinic.link.controller_link import ControllerLink
from clinic.store.database import Store
from controller.contract.calibration import CalibrationPhase as Phase
from controller.contract.calibration import CalibrationState
from controller.contract.calibration_result import CalibrationResult

# More than can happen while a disk takes its time; what comes on top is dropped, oldest first.
MOST_WAITING = 16


@dataclass(slots=True)
class Keeper:
    """Hears the calibration's states on the event loop; a task of its own writes, on a thread.

    `missed`: fits that the store did not take. A controller that was calibrated by another client is heard as well;
    its fits are nobody's in particular.
    """

    link: ControllerLink
    store: Store
    missed: int = 0
    _by: str = ""
    _wearer_id: int | None = None
    _last: CalibrationState | None = None
    _kept: int | None = None
    _swaps: bool = False
    _work: "asyncio.Queue[Callable[[], None]]" = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))

    def begun(self, by: str, wearer_id: int | None) -> None:
        """Somebody has begun a session through this clinic."""
        self._by, self._wearer_id = by, wearer_id

    async def run(self) -> None:
        """Keep fits until cancelled."""
        end = self.link.listen(self._hear)
        try:
            while True:
                work = await self._work.get()
                try:
                    await asyncio.to_thread(work)
                except SQLAlchemyError:
                    self.missed += 1
        finally:
            end()

    def _hear(self, name: str, payload: bytes) -> None:
        if name != "calibration_state":
            return
        try:
            state = CalibrationState.model_validate_json(payload)
        except ValidationError:
            return
        before, self._last = self._last, state
        if before is None or before.session != state.session:
            return
        if (before.phase, state.phase) == (Phase.FITTING, Phase.SHADOW):
            result = last_result(self.link, state.session)
            by, wearer_id = self._by or "another client", self._wearer_id
            self._do(lambda: self._keep(state, result, by, wearer_id))
        elif (before.phase, state.phase) == (Phase.SWAPPING, Phase.IDLE) and self._swaps:
            self._do(self._in_force)  # what goes wrong returns to the shadow
        if before.phase is Phase.SHADOW:
            self._swaps = state.phase is Phase.SWAPPING
        if state.phase is Phase.IDLE and before.phase is not Phase.IDLE:
            self._by, self._wearer_id = "", None

    def _do(self, work: Callable[[], None]) -> None:
        if self._work.full():
            self._work.get_nowait()
            self.missed += 1
        self._work.put_nowait(work)

    def _keep(self, state: CalibrationState, result: CalibrationResult | None, by: str, wearer_id: int | None) -> None:
        self._kept = keep(self.store, state, result, by, wearer_id)

    def _in_force(self) -> None:
        if self._kept is not None:
            put_in_force(self.store, self._kept)
            self._kept = None
