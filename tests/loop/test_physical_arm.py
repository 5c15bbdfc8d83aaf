"""The arm with mass on a real broker: commands through the guard into the motors, state back."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from controller.broker_address import BrokerAddress
from controller.bus import Bus
from controller.contract.arm_state import ArmState
from controller.contract.command import Command
from controller.contract.topics import Topics
from controller.safety.limits import Cut
from controller.safety.states import State
from controller.tasks import end_task
from sim.arm.node import ArmNode
from sim.arm.physics.arm import PhysicalArm
from sim.arm.physics.faults import ArmFaults
from sim.arm.physics.things import Kind, Thing
from sim.broker import RunningBroker
from tests.unit.sim.arm.physics.conftest import arm_and_table

SESSION = "0123456789abcdef"
PATIENCE_S = 20.0


@dataclass
class Wearer:
    """Sends commands at 100 Hz as a controller does, and sees the arm's states."""

    bus: Bus
    topics: Topics
    body: PhysicalArm
    velocity_rad_s: dict[str, float] | None = field(default_factory=dict)
    states: list[ArmState] = field(default_factory=list)

    async def send_for_ever(self) -> None:
        seq = sent_ns = 0
        while True:
            if self.velocity_rad_s is not None:
                now_ns = time.monotonic_ns()
                # After a silence, be it that this process had to wait for a core, the guard asks for rest first.
                late = now_ns - sent_ns > 100_000_000
                sent_ns = now_ns
                command = Command(
                    session=SESSION,
                    seq=seq,
                    sample_index=0,
                    t_sample_ns=now_ns,
                    t_publish_ns=now_ns,
                    ttl_ms=200,
                    state=State.ENGAGED,
                    velocity_rad_s=dict.fromkeys(self.body.drives, 0.0) | ({} if late else self.velocity_rad_s),
                )
                self.bus.publish_now(self.topics.command, command.encode())
                seq += 1
            await asyncio.sleep(0.01)

    async def until(self, holds: Callable[[ArmState], bool]) -> ArmState:
        seen = len(self.states)
        async with asyncio.timeout(PATIENCE_S):
            while not any(holds(state) for state in self.states[seen:]):
                await asyncio.sleep(0.01)
        return next(state for state in self.states[seen:] if holds(state))


@asynccontextmanager
async def worn(broker: RunningBroker, name: str, *things: Thing) -> AsyncIterator[Wearer]:
    arm, table = arm_and_table("transhumeral")
    arm = arm.model_copy(update={"name": name})
    body = PhysicalArm(arm, table, things)
    topics = Topics(name)
    address = BrokerAddress(url=broker.url)
    states: list[ArmState] = []
    bus = Bus(
        address,
        f"test-{name}",
        [(topics.state, 0)],
        lambda _topic, payload: states.append(ArmState.model_validate_json(payload)),
        lambda _up: None,
    )
    wearer = Wearer(bus, topics, body, states=states)
    first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    tasks = [
        asyncio.create_task(ArmNode(arm, address, body=body).run()),
        asyncio.create_task(bus.run(first)),
        asyncio.create_task(wearer.send_for_ever()),
    ]
    try:
        await first
        await wearer.until(lambda state: state.guard.accepted > 0)
        yield wearer
    finally:
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await end_task(task)


async def test_commands_move_it_and_when_they_end_the_elbow_is_held(broker: RunningBroker) -> None:
    async with worn(broker, f"physical_{broker.kind}") as wearer:
        began = wearer.states[-1]
        assert set(began.load_nm) == set(began.position_rad) == set(wearer.body.drives)
        wearer.velocity_rad_s = {"elbow": 0.8}
        await wearer.until(lambda state: state.position_rad["elbow"] > began.position_rad["elbow"] + 0.2)
        expired = wearer.states[-1].guard.expirations
        wearer.velocity_rad_s = None
        held = await wearer.until(
            lambda state: state.guard.expirations > expired and abs(state.velocity_rad_s["elbow"]) < 1e-3
        )
        later = await wearer.until(lambda state: state.t_ns > held.t_ns + 1_000_000_000)
        assert later.position_rad["elbow"] == pytest.approx(held.position_rad["elbow"], abs=1e-3)
        assert later.load_nm["elbow"] > 2.0


async def test_a_grip_is_felt_by_the_guard_and_kept_when_the_link_is_lost(broker: RunningBroker) -> None:
    async with worn(broker, f"gripping_{broker.kind}", Thing(Kind.CYLINDER)) as wearer:
        wearer.velocity_rad_s = {"hand": 0.7}
        gripping = await wearer.until(lambda state: Cut.GRIP_FORCE in state.guard.cuts)
        assert gripping.grip_force_n is not None
        assert gripping.grip_force_n > 25.0
        where_m = wearer.body.thing_position_m(0)
        wearer.body.faults = replace(wearer.body.faults, link_lost=True)
        lost = await wearer.until(lambda state: not state.position_rad)
        assert lost.grip_force_n is None
        wearer.velocity_rad_s = {"hand": -0.7}
        refused = await wearer.until(lambda state: state.guard.cuts.get(Cut.NOT_FINITE, 0) > 0)
        wearer.velocity_rad_s = {}
        await wearer.until(lambda state: state.t_ns > refused.t_ns + 500_000_000)
        wearer.body.faults = ArmFaults()
        heard = await wearer.until(lambda state: bool(state.position_rad))
        assert heard.grip_force_n is not None
        assert heard.grip_force_n > 20.0
        assert wearer.body.thing_position_m(0) == pytest.approx(where_m, abs=0.01)
