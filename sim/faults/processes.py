"""Our own processes end or hang."""

import signal

from sim.faults.fault import Bound, Fault, Part, Recovery, System


async def _kill_controller(system: System) -> None:
    system.send("controller", signal.SIGKILL)


async def _start_controller(system: System) -> None:
    await system.start("controller")


async def _pause_controller(system: System) -> None:
    system.send("controller", signal.SIGSTOP)


async def _wake_controller(system: System) -> None:
    system.send("controller", signal.SIGCONT)


async def _kill_arm(system: System) -> None:
    system.send("arm", signal.SIGKILL)


async def _start_arm(system: System) -> None:
    await system.start(_ARM)


async def _pause_arm(system: System) -> None:
    system.send(_ARM, signal.SIGSTOP)


async def _wake_arm(system: System) -> None:
    system.send(_ARM, signal.SIGCONT)


async def _hold_loop(system: System) -> None:
    system.hold_loop()


async def _let_loop_go(system: System) -> None:
    system.let_loop_go()


_ARM: Part = "arm"

FAULTS = (
    Fault("controller-killed", "the controller is killed, and another one started", Bound.TTL, Recovery.BY_A_PERSON,
          _kill_controller, _start_controller),
    Fault("controller-paused", "the controller's process hangs for 2 s", Bound.TTL, Recovery.BY_A_PERSON,
          _pause_controller, _wake_controller, 2.0),
    Fault("arm-killed", "the arm's program is killed, and another one started", Bound.TTL, Recovery.BY_ITSELF,
          _kill_arm, _start_arm),
    Fault("arm-paused", "the arm's program hangs for 2 s", Bound.TTL, Recovery.BY_ITSELF, _pause_arm, _wake_arm, 2.0),
    Fault("loop-hangs", "the controller's event loop hangs for 2 s, its other threads do not", Bound.TTL,
          Recovery.BY_A_PERSON, _hold_loop, _let_loop_go, 2.0),
)  # fmt: skip
