"""A virtual wearer before the real thing: sees the arm over MQTT, and moves the muscles of an emulated device."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cli.demo.watcher import Watcher
from cli.errors import UsageError
from controller.contract.requests import Mode
from controller.safety.states import State
from sim.wearer.closed_loop import RELAX_S, Task
from sim.wearer.wearer import VirtualWearer

# How often the activations change; the default hop, as on the virtual clock.
STEP_S = 0.010
ASK_AGAIN_S = 0.3
# Start of the processes: imports and, on the very first run, compiling the signal path.
ENGAGED_WITHIN_S = 90.0
SILENT_FOR_S = 2.0
PUT_BACK_WITHIN_S = 2.0
# The arm with mass settles by less than this where it is put.
BACK_WITHIN_RAD = 0.03


@dataclass(slots=True)
class LiveWearer:
    """What `sim.wearer.closed_loop.ClosedLoop` does on a virtual clock, in real time.

    `drive` takes the activation 0..1 [motions] of each step; `put_back` asks for the arm at its start, which is
    `start_rad`; `ended_early` names a process that has ended, empty while all run.
    """

    wearer: VirtualWearer
    watcher: Watcher
    start_rad: Mapping[str, float]
    drive: Callable[[NDArray[np.float64]], None]
    put_back: Callable[[], None]
    ended_early: Callable[[], str]
    soft_engage_s: float = 0.5
    longest_step_s: float = 0.0
    _position_rad: Mapping[str, float] = field(init=False)
    _seen_ns: int = 0
    _stepped_s: float = 0.0
    _due_s: float = 0.0

    def __post_init__(self) -> None:
        self._position_rad = self.start_rad

    async def engage(self) -> None:
        """Have the arm switched on, and wait until motion is allowed in full. Raises `UsageError` when it is not."""
        self.wearer.relax()
        deadline_s, asked_s = time.monotonic() + ENGAGED_WITHIN_S, 0.0
        self._stepped_s = self._due_s = time.monotonic()
        while self._state is not State.ENGAGED or not self._see():
            if time.monotonic() > deadline_s:
                raise UsageError(f"the arm could not be engaged within {ENGAGED_WITHIN_S:g} s: {self._cause}")
            if self._state is State.READY and time.monotonic() - asked_s > ASK_AGAIN_S:
                asked_s = time.monotonic()
                self.watcher.ask(Mode.ENGAGE)
            await self._step()
        await self._pass(self.soft_engage_s)

    async def take(self, task: Task, trial_ended: Callable[[], None] = lambda: None) -> None:
        """Let the wearer take a whole test, as `ClosedLoop.take`; `trial_ended` is called after each trial.

        Raises `UsageError` where the arm is silent, does not come back to its start, or is switched off.
        """
        while task.phase != "finished":
            self.wearer.relax()
            await self._pass(RELAX_S)
            self.put_back()
            await self._pass(RELAX_S)
            await self._until_back()
            wanted = task.wanted
            task.begin(self._seen_ns * 1e-9)
            if wanted.posture_rad:
                self.wearer.want(wanted.posture_rad, wanted.within_rad)
            elif wanted.motion:
                self.wearer.want_motion(wanted.motion)
            ended = False
            while not ended:
                await self._step()
                if self._see():
                    ended = task.feed(self._seen_ns * 1e-9, self._position_rad, self._decided)
            trial_ended()
        self.wearer.relax()
        await self._pass(RELAX_S)

    async def _pass(self, seconds: float) -> None:
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            await self._step()
            self._see()

    async def _until_back(self) -> None:
        self.put_back()
        deadline_s = time.monotonic() + PUT_BACK_WITHIN_S
        while not (self._see() and self._is_back()):
            if time.monotonic() > deadline_s:
                raise UsageError(f"the arm was not put back to its start within {PUT_BACK_WITHIN_S:g} s")
            await self._step()

    def _is_back(self) -> bool:
        gaps = [abs(self._position_rad[name] - rad) for name, rad in self.start_rad.items()]
        return max(gaps) <= BACK_WITHIN_RAD

    async def _step(self) -> None:
        """Wait for the next beat, let the wearer live for the time that has passed, and move the muscles."""
        # A steady beat, and no burst after a stall.
        self._due_s = max(self._due_s + STEP_S, self._stepped_s)
        await asyncio.sleep(self._due_s - time.monotonic())
        now_s = time.monotonic()
        passed_s, self._stepped_s = now_s - self._stepped_s, now_s
        self.longest_step_s = max(self.longest_step_s, passed_s)
        self.drive(self.wearer.step(passed_s, self._position_rad))

    def _see(self) -> bool:
        """Take the newest state of the arm; return whether it is news."""
        if problem := self.ended_early():
            raise UsageError(problem)
        state = self.watcher.arm_state
        if state is None or state.t_ns == self._seen_ns or state.position_rad.keys() != self.start_rad.keys():
            if self._seen_ns and time.monotonic_ns() - self._seen_ns > SILENT_FOR_S * 1e9:
                raise UsageError(f"the arm said nothing of its joints for {SILENT_FOR_S:g} s")
            return False
        if self._state in (State.READY, State.FAULT, State.IDLE) and self._seen_ns:
            raise UsageError(f"the arm was switched off during the test: {self._cause}")
        self._position_rad, self._seen_ns = state.position_rad, state.t_ns
        return True

    @property
    def _state(self) -> State | None:
        return self.watcher.status.state if self.watcher.status is not None else None

    @property
    def _cause(self) -> str:
        return self.watcher.status.cause if self.watcher.status is not None else "no word from the controller"

    @property
    def _decided(self) -> str | None:
        return self.watcher.signal.decided if self.watcher.signal is not None else None
