"""What a fault is: how it comes, how long anything may move after it, and how the system gets over it."""

import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

from drivers.rate_watch import WINDOW_NS, WINDOWS
from sim.emulator.stop_button import StopButton
from sim.faults.relay import Relay

Part = Literal["broker", "emulator", "arm", "controller"]
# Whose machine a stop line is on.
LineAt = Literal["arm", "controller"]
# A stop line is looked at every 10 ms; the look before and the one that sees it.
_LOOKS_MS = 20.0


class Recovery(StrEnum):
    """What brings motion back once the cause is gone. No part is started again that did not end."""

    GOES_ON = "goes on"  # the input stays good, or good enough: the wearer rests with the fault, and nothing moves
    BY_ITSELF = "by itself, after rest"
    BY_A_PERSON = "a person engages"


class Bound(StrEnum):
    """Why motion ends when it does."""

    STALE = "the freshness ladder ends at zero (stale_after_ms), seen within one hop"
    TTL = "the arm goes on without commands for ttl_ms"
    HEALTH = "half of a window until a channel looks bad, 200 ms until it is believed, one hop"
    REST = "the wearer relaxes: muscles 150 ms, the decoder's window, slowing down 150 ms"
    RATE = "the second in which the rate goes wrong, four that are measured; the freshness ladder"
    STOP = "two looks at the stop line, or a stop's way over the broker; one hop"
    SILENCE = "the stop line is silent for silence_ms, two looks at it, one hop"
    REST_HALF = "the wearer relaxes, and with half of the samples the decoder's window takes twice as long"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds in ms of one configuration."""

    stale_ms: float
    ttl_ms: float
    hop_ms: float
    window_ms: float
    silence_ms: float = 250.0

    def of(self, bound: Bound) -> float:
        """Return how long anything may move after the fault."""
        return {
            Bound.STALE: self.stale_ms + self.hop_ms,
            Bound.TTL: self.ttl_ms,
            Bound.HEALTH: self.window_ms / 2.0 + 200.0 + self.hop_ms,
            Bound.RATE: (WINDOWS + 1) * WINDOW_NS / 1e6 + self.stale_ms + self.hop_ms,
            Bound.STOP: _LOOKS_MS + self.hop_ms,
            Bound.SILENCE: self.silence_ms + _LOOKS_MS + self.hop_ms,
            Bound.REST: 150.0 + self.window_ms + 150.0,
            Bound.REST_HALF: 150.0 + 2.0 * self.window_ms + 150.0,
        }[bound]


class System(Protocol):
    """What a fault may do to the running system."""

    relay: Relay
    arm_relay: Relay

    def tell_emulator(self, line: str) -> None:
        """Send a control line to the emulated device."""
        ...

    def process_id(self, part: Part) -> int:
        """Return the process of a part."""
        ...

    def send(self, part: Part, number: signal.Signals) -> None:
        """Send a signal to a part."""
        ...

    async def start(self, part: Part) -> None:
        """Start a part again that has ended, or end it and start it."""
        ...

    async def refuses_to_start(self) -> bool:
        """Start the controller, and return whether it ends with a sentence and the exit code for it."""
        ...

    def old_commands(self) -> list[bytes]:
        """Return commands of a motion that the arm has obeyed, oldest first."""
        ...

    def foreign_commands(self) -> list[bytes]:
        """Return commands to move, of a controller that is not there."""
        ...

    async def publish_commands(self, payloads: list[bytes], every_s: float, retain: bool = False) -> None:
        """Publish on the topic `command` as somebody else would; an empty payload clears what is retained."""
        ...

    async def tune(self) -> None:
        """Change the profile by nothing that matters, and wait until the controller has accepted it."""
        ...

    def spoil_profile(self) -> None:
        """Cut the profile's file in half."""
        ...

    def restore_profile(self) -> None:
        """Put the profile before in its place, as the controller's sentence says."""
        ...

    def button(self, where: LineAt) -> StopButton:
        """Return the button of a stop line; there is one only where the fault asks for it."""
        ...

    async def arm_stopped(self) -> None:
        """Wait until the arm says that it is stopped, and stays so."""
        ...

    def stop(self) -> None:
        """Send a stop, as a person does."""
        ...

    def hold_loop(self) -> None:
        """Let the controller's event loop hang; its other threads go on."""
        ...

    def let_loop_go(self) -> None:
        """Let it go on."""
        ...

    def hog_processors(self, hogs_per_core: int) -> None:
        """Let other programs keep every core busy; 0 ends them."""
        ...


Action = Callable[[System], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `inject` brings it, `mend` takes its cause away after `lasts_s`.

    `what`: a sentence for people. `device`: the emulated device it needs. `only_when_named`: touches more than our own
    processes. `stop_lines`: it needs stop lines at arm and controller.
    """

    name: str
    what: str
    bound: Bound
    recovery: Recovery
    inject: Action
    mend: Action
    lasts_s: float = 1.0
    device: Literal["serial", "lsl"] = "serial"
    only_when_named: bool = False
    stop_lines: bool = False


async def nothing(_system: System) -> None:
    """Do nothing: the fault ends by itself."""
