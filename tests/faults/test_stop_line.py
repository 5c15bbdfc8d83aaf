"""A hardware stop line on a pseudo-terminal, on either machine, while the arm moves.

Bounds: `silence_ms` and two looks at the line, then one step of the motors; widened by `SEEN_MS` as elsewhere.
"""

import asyncio
import signal
import time

import pytest

from controller.contract.requests import Mode
from controller.safety.states import State
from sim.emulator.stop_button import stop_button
from tests.rigs.loopback import Rig, engaged_rig

SEEN_MS = 150.0
SILENCE_MS, LOOK_MS, HOP_MS, TTL_MS = 250.0, 10.0, 10.0, 200.0
pytestmark = pytest.mark.timeout(400)


def table(port: str) -> str:
    return f'\n[stop_line]\nport = "{port}"\n'


async def stopped_arm(rig: Rig) -> None:
    await rig.until(lambda: rig.watcher.arm_state is not None and rig.watcher.arm_state.stopped)


@pytest.mark.parametrize("last", [b"S", b""])
async def test_at_the_controller_it_stops_both_and_is_released_by_a_person_only(last: bytes) -> None:
    with stop_button() as button:
        async with engaged_rig(more_config=table(button.path)) as rig:
            await rig.contract()
            moment_s = time.monotonic()
            button.press(last)
            await rig.until_state(State.FAULT)
            await stopped_arm(rig)
            rig.watcher.ask(Mode.CLEAR)
            await asyncio.sleep(0.7)
            assert rig.state is State.FAULT
            bound_ms = (0.0 if last else SILENCE_MS) + 2 * LOOK_MS + HOP_MS
            assert rig.last_motion_after_ms(moment_s) <= bound_ms + SEEN_MS
            assert rig.watcher.status is not None
            assert "stop line" in rig.watcher.status.cause
            button.let_go()
            await asyncio.sleep(0.5)
            assert rig.state is State.FAULT
            await rig.engage()
            await rig.contract()


async def test_at_the_arm_it_stops_the_guard_while_the_controller_hangs() -> None:
    with stop_button() as button:
        async with engaged_rig(arm_options=("--stop-line", button.path)) as rig:
            await rig.contract()
            rig.kill("controller", signal.SIGSTOP)
            moment_s = time.monotonic()
            button.press()
            await stopped_arm(rig)
            await asyncio.sleep(0.5)
            # Below the ttl: it was the line that stopped the arm, and not the silence of the controller.
            assert rig.last_motion_after_ms(moment_s) <= 2 * LOOK_MS + SEEN_MS < TTL_MS
            rig.kill("controller", signal.SIGCONT)
            button.let_go()
            await rig.until_state(State.FAULT)
            count = len(rig.moved)
            await asyncio.sleep(1.0)
            assert not any(moving for _, moving in rig.moved[count:])
            await rig.engage()
            await rig.contract()


async def test_at_the_arm_a_pulled_cable_is_a_stop_that_a_person_cannot_clear() -> None:
    with stop_button() as button:
        async with engaged_rig(arm_options=("--stop-line", button.path)) as rig:
            await rig.contract()
            moment_s = time.monotonic()
            button.pull_out()
            await stopped_arm(rig)
            rig.watcher.ask(Mode.CLEAR)
            await asyncio.sleep(1.0)
            assert rig.watcher.arm_state is not None
            assert rig.watcher.arm_state.stopped
            assert rig.last_motion_after_ms(moment_s) <= SILENCE_MS + 2 * LOOK_MS + SEEN_MS
