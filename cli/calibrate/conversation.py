"""Talks with a running controller about calibration."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from cli.ask import person
from cli.errors import UsageError
from controller.broker_address import BrokerAddress
from controller.bus import Bus
from controller.contract.calibration import CalibrationAction, CalibrationPhase, CalibrationRequest, CalibrationState
from controller.contract.requests import EventReport
from controller.contract.status import ControllerStatus
from controller.contract.topics import Topics
from controller.tasks import end_task

ANSWER_WITHIN_S = 5.0
LOOK_S = 0.05


@dataclass(slots=True)
class Conversation:
    """`state`: how the calibration of the running controller stands; `heard_s`: when it said so (the loop's time)."""

    topics: Topics
    bus: Bus
    state: CalibrationState | None = None
    heard_s: float = 0.0
    _status: ControllerStatus | None = None
    _answers: list[str] = field(default_factory=list)

    def take(self, topic: str, payload: bytes) -> None:
        """Take one message; what breaks the contract is not for us."""
        try:
            if topic == self.topics.calibration_state:
                self.state = CalibrationState.model_validate_json(payload)
                self.heard_s = asyncio.get_running_loop().time()
            elif topic == self.topics.controller_status:
                self._status = ControllerStatus.model_validate_json(payload)
            else:
                report = EventReport.model_validate_json(payload)
                if report.source == "controller" and report.what.startswith(("calibration: ", "refused: ")):
                    self._answers.append(report.what)
        except ValidationError:
            return

    @property
    def now(self) -> CalibrationState:
        """How it stands. Raises `UsageError` when the controller has gone, or another one has taken its place."""
        state = self.state
        if state is None or not self._runs:
            raise UsageError(
                f"no controller runs for the arm '{self.topics.arm}'; start it with 'efferent run', "
                "or calibrate without --live"
            )
        return state

    @property
    def _runs(self) -> bool:
        """True if what was said of the calibration comes from a controller that runs."""
        status, state = self._status, self.state
        if status is None or state is None:
            return False
        return status.status == "running" and status.session == state.session

    async def ask(self, action: CalibrationAction, **more: Any) -> None:
        """Ask; raises `UsageError` with the reason when it is refused, or nobody answers."""
        self._answers.clear()
        request = CalibrationRequest(action=action, by=person(), **more)
        self.bus.post(self.topics.calibration_set, request.encode())
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await self._until(lambda: bool(self._answers))
        except TimeoutError as error:
            raise UsageError(f"the controller did not answer within {ANSWER_WITHIN_S:g} s") from error
        if self._answers[0].startswith("refused"):
            raise UsageError(self._answers[0])

    async def while_in(self, *phases: CalibrationPhase, show: Callable[[CalibrationState, float], None]) -> None:
        """Show how it goes, with the seconds since the controller said so, until it is in none of these phases."""
        while (state := self.now).phase in phases:
            show(state, asyncio.get_running_loop().time() - self.heard_s)
            await asyncio.sleep(LOOK_S)

    async def _until(self, what: Callable[[], bool]) -> None:
        while not what():  # noqa: ASYNC110 - looked at every 50 ms, as all that is shown
            await asyncio.sleep(LOOK_S)

    async def begin(self) -> None:
        """Wait for the retained messages of a running controller."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await self._until(lambda: self._runs)
        except TimeoutError:
            pass
        _ = self.now


@asynccontextmanager
async def conversation(address: BrokerAddress, arm: str) -> AsyncIterator[Conversation]:
    """Join the broker and talk with the controller of `arm`."""
    topics = Topics(arm)
    subscriptions = [(topics.calibration_state, 1), (topics.controller_status, 1), (topics.event, 1)]
    bus = Bus(
        address,
        f"efferent-calibrate-{secrets.token_hex(8)}",
        subscriptions,
        lambda *said: talk.take(*said),  # noqa: PLW0108 - made further down
    )
    talk = Conversation(topics, bus)
    joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(bus.run(joined))
    try:
        await joined
        await talk.begin()
        yield talk
    finally:
        await end_task(task)
