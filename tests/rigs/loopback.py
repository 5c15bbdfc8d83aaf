"""The whole loop as real processes, for tests: the demo's own stage, watched from outside."""

import asyncio
import os
import secrets
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from cli.demo.stage import Stage
from cli.demo.watcher import Watcher
from controller.bus import Bus
from controller.contract.arm_state import ArmState
from controller.contract.requests import Mode
from controller.contract.topics import Topics
from controller.safety.states import State
from controller.tasks import end_task
from sim.broker import BrokerKind

TRIES, ANSWER_S = 3, 15.0
STALE = "newest sample is"


@dataclass(slots=True)
class Rig:
    """A running stage. `moved`: when (monotonic s) each state of the arm came, and whether any joint moved."""

    stage: Stage
    watcher: Watcher
    moved: list[tuple[float, bool]] = field(default_factory=list)

    @property
    def state(self) -> State | None:
        status = self.watcher.status
        return status.state if status is not None and status.status == "running" else None

    @property
    def travel_rad(self) -> float:
        arm = self.watcher.arm_state
        return sum(arm.travel_rad.values()) if arm is not None else 0.0

    async def until(self, what: Callable[[], bool], within_s: float = 15.0) -> None:
        words = f"; the controller's last words: {self.stage.last_words('controller')}"
        assert await self.watcher.until(what, within_s), f"not within {within_s} s, state {self.state}{words}"

    async def until_state(self, state: State, within_s: float = 15.0) -> None:
        await self.until(lambda: self.state is state, within_s)

    async def engage(self) -> None:
        """Clear if need be, and engage while the wearer rests: again where a stall of the machine refused it."""
        self.stage.tell_emulator("intent rest")
        if self.state is State.FAULT:
            self.watcher.ask(Mode.CLEAR)
        for _ in range(TRIES):
            await self.until_state(State.READY, 60.0)
            await self.until(lambda: self.watcher.arm_state is not None and bool(self.watcher.arm_state.session))
            await asyncio.sleep(0.4)  # muscles relax
            self.watcher.ask(Mode.ENGAGE)
            if await self.watcher.until(lambda: self.state is State.ENGAGED, ANSWER_S):
                return
            words = self.stage.last_words("controller")
            assert STALE in words, f"it does not engage; the controller's last words: {words}"
        raise AssertionError(f"it does not engage in {TRIES} tries")

    async def contract(self, motion: str = "supination") -> None:
        """Begin a contraction and wait until the arm moves."""
        self.stage.tell_emulator(f"intent {motion} 0.8")
        await self.until(lambda: bool(self.moved) and self.moved[-1][1])

    def kill(self, name: str, number: signal.Signals) -> None:
        os.kill(self.stage._processes[name].pid, number)

    def last_motion_after_ms(self, moment_s: float) -> float:
        """How long after `moment_s` the arm was last seen moving, in ms; negative: it was not."""
        times = [time_s for time_s, moving in self.moved if moving]
        return (times[-1] - moment_s) * 1e3 if times else -1.0


@asynccontextmanager
async def engaged_rig(
    broker: BrokerKind = "embedded", device: str = "serial", more_config: str = "", arm_options: tuple[str, ...] = ()
) -> AsyncIterator[Rig]:
    """Set everything up, engage, and take everything down."""
    with Stage(broker, device, more_config, arm_options) as stage:
        await asyncio.to_thread(stage.set_up)
        async with watched(stage) as rig:
            await rig.engage()
            yield rig


@asynccontextmanager
async def watched(stage: Stage) -> AsyncIterator[Rig]:
    """Watch a stage over MQTT."""
    rig = Rig(stage, Watcher(stage.address, stage.arm.name))

    def take(_topic: str, payload: bytes) -> None:
        velocities = ArmState.model_validate_json(payload).velocity_rad_s
        rig.moved.append((time.monotonic(), any(velocities.values())))

    states = Bus(
        stage.address,
        f"test-{secrets.token_hex(4)}",
        [(Topics(stage.arm.name).state, 0)],
        take,
    )
    tasks = [asyncio.create_task(rig.watcher.run()), asyncio.create_task(states.run())]
    try:
        yield rig
    finally:
        for task in tasks:
            await end_task(task)
