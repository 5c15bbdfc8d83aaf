"""Everything that a fault is tried on: started, engaged, and taken down again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from cli.demo.watcher import Watcher
from cli.faults.stage import FaultStage, Setup
from cli.faults.system import RunningSystem
from controller.tasks import end_task
from sim.broker import BrokerKind
from sim.faults.relay import Relay


@asynccontextmanager
async def running_system(
    setup: Setup, broker: BrokerKind, device: str, stop_lines: bool = False
) -> AsyncIterator[RunningSystem]:
    """Start everything, engage, and take everything down."""
    stage: FaultStage | None = None
    # The broker's port is known once the stage is set up, and nobody connects before.
    relay, arm_relay = (Relay(lambda: cast("FaultStage", stage).broker_port) for _ in range(2))
    await relay.start()
    await arm_relay.start()
    stage = FaultStage(setup, broker, device, relay.port, arm_relay.port, stop_lines)
    try:
        await asyncio.to_thread(stage.set_up)
        system = RunningSystem(stage, relay, arm_relay, Watcher(stage.address, stage.arm.name))
        watching = asyncio.create_task(system.run())
        try:
            await system.engage()
            await system.tune()  # so that there is a profile to lose
            await system.tune()  # ... and one before it
            await system.until(lambda: system.stored_version >= 2, "the profile is not kept")
            yield system
        finally:
            system.hog_processors(0)
            system.let_loop_go()
            await end_task(watching)
    finally:
        await asyncio.to_thread(stage.tear_down)
        await relay.stop()
        await arm_relay.stop()
