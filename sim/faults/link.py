"""The broker and the way to it, and others who write where they should not."""

import signal

from sim.faults.fault import Bound, Fault, Recovery, System

# Twice the time that a command is good for.
_SLOW_S = 0.4
_COMMAND_EVERY_S = 0.01


async def _kill(system: System) -> None:
    system.send("broker", signal.SIGKILL)


async def _start(system: System) -> None:
    await system.start("broker")


async def _restart(system: System) -> None:
    await system.start("broker")


async def _nothing_left(_system: System) -> None:
    """It is up again already."""


async def _pause(system: System) -> None:
    system.send("broker", signal.SIGSTOP)


async def _go_on(system: System) -> None:
    system.send("broker", signal.SIGCONT)


async def _slow(system: System) -> None:
    system.relay.delay_s = _SLOW_S


async def _quick(system: System) -> None:
    system.relay.delay_s = 0.0


async def _half_open(system: System) -> None:
    system.relay.swallows = True


async def _whole(system: System) -> None:
    system.relay.swallows = False
    system.relay.drop()


async def _slow_at_arm(system: System) -> None:
    system.arm_relay.delay_s = _SLOW_S


async def _quick_at_arm(system: System) -> None:
    system.arm_relay.delay_s = 0.0


async def _half_open_at_arm(system: System) -> None:
    system.arm_relay.swallows = True


async def _whole_at_arm(system: System) -> None:
    system.arm_relay.swallows = False
    system.arm_relay.drop()


async def _intrude(system: System) -> None:
    await system.publish_commands(system.foreign_commands(), _COMMAND_EVERY_S)


async def _replay(system: System) -> None:
    await system.publish_commands(system.old_commands(), _COMMAND_EVERY_S)


async def _retain(system: System) -> None:
    await system.publish_commands(system.old_commands()[-1:], 0.0, retain=True)
    await system.start("arm")


async def _clear_retained(system: System) -> None:
    await system.publish_commands([b""], 0.0, retain=True)


FAULTS = (
    Fault("broker-killed", "the broker is killed and comes back", Bound.TTL, Recovery.BY_ITSELF, _kill, _start, 1.5),
    Fault("broker-restarted", "the broker is started anew", Bound.TTL, Recovery.BY_ITSELF, _restart, _nothing_left),
    Fault("broker-paused", "the broker hangs for 3 s", Bound.TTL, Recovery.BY_ITSELF, _pause, _go_on, 3.0),
    Fault("slow-connection", "each message of the controller takes 400 ms", Bound.TTL, Recovery.BY_ITSELF, _slow,
          _quick, 2.0),
    Fault("half-open", "the controller's connection takes all and passes nothing on", Bound.TTL, Recovery.BY_ITSELF,
          _half_open, _whole, 2.0),
    Fault("arm-slow-connection", "each message to and from the arm takes 400 ms", Bound.TTL, Recovery.BY_ITSELF,
          _slow_at_arm, _quick_at_arm, 2.0),
    Fault("arm-half-open", "the arm's connection takes all and passes nothing on", Bound.TTL, Recovery.BY_ITSELF,
          _half_open_at_arm, _whole_at_arm, 2.0),
    Fault("second-writer", "somebody else writes commands", Bound.REST, Recovery.GOES_ON, _intrude, _nothing_left),
    Fault("replayed-commands", "somebody sends old commands again", Bound.REST, Recovery.GOES_ON, _replay,
          _nothing_left),
    Fault("retained-command", "an old command is retained, and the arm starts anew", Bound.REST, Recovery.GOES_ON,
          _retain, _clear_retained),
)  # fmt: skip
