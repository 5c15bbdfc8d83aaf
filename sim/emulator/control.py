"""The lines by which a person or a program leads an emulated device."""

import math
from dataclasses import dataclass

from sim.emulator.bad_line import LineState
from sim.emulator.bad_signal import ChannelState
from sim.emulator.body_lines import BODY_USAGE, BodyLine, parse_body
from sim.errors import SimError

# What a person does without being asked to try hard.
_USUAL_EFFORT = 0.6
_USUAL_MAINS_HZ = 50.0


@dataclass(frozen=True, slots=True)
class Intend:
    """Mean a motion with an effort of 0..1."""

    motion: str
    effort: float


@dataclass(frozen=True, slots=True)
class Unplug:
    """Pull the cable."""


@dataclass(frozen=True, slots=True)
class Plug:
    """Plug the device in again."""


@dataclass(frozen=True, slots=True)
class Lumps:
    """Send in lumps of so many milliseconds; 0 for none."""

    lump_ms: float


@dataclass(frozen=True, slots=True)
class Jitter:
    """Send up to so many milliseconds late, by chance; 0 for none."""

    jitter_ms: float


@dataclass(frozen=True, slots=True)
class LoseBytes:
    """Lose each byte with this probability."""

    probability: float


@dataclass(frozen=True, slots=True)
class Noise:
    """Add white noise of so many µV RMS to every channel."""

    rms_uv: float


@dataclass(frozen=True, slots=True)
class Mains:
    """Add a hum of so many µV RMS to every channel."""

    rms_uv: float
    mains_hz: float


@dataclass(frozen=True, slots=True)
class Spoil:
    """Put a channel, counted from 1, or all of them (None) into a state."""

    channel: int | None
    state: ChannelState


@dataclass(frozen=True, slots=True)
class Disturb:
    """Put the line into a state."""

    state: LineState


@dataclass(frozen=True, slots=True)
class JumpClock:
    """Let the device's clock jump by so many milliseconds."""

    jump_ms: float


@dataclass(frozen=True, slots=True)
class ChangeRate:
    """Take samples so many times as fast as the stream says."""

    factor: float


@dataclass(frozen=True, slots=True)
class Stall:
    """Send nothing for so long, then all at once."""

    stall_ms: float


@dataclass(frozen=True, slots=True)
class Quit:
    """End the emulator."""


ControlLine = (
    Intend
    | Unplug
    | Plug
    | Lumps
    | Jitter
    | LoseBytes
    | Noise
    | Mains
    | Spoil
    | Disturb
    | JumpClock
    | ChangeRate
    | Stall
    | Quit
    | BodyLine
)

_USAGE = (
    "intent MOTION [EFFORT], unplug, plug, lumps MS, jitter MS, loss P, noise UV, mains UV [50|60], "
    f"channel N|all STATE, line STATE, clock MS, rate FACTOR, stall MS, quit; with --wearer: {BODY_USAGE}; "
    f" a channel is {', '.join(ChannelState)}; a line is {', '.join(LineState)}"
)


def parse_control(line: str) -> ControlLine | None:
    """Return what the line asks for, None for an empty one. Raises `SimError` for a line that is not understood."""
    match line.split():
        case []:
            return None
        case ["intent", motion]:
            return Intend(motion, _USUAL_EFFORT)
        case ["intent", motion, effort]:
            return Intend(motion, _number(effort, line))
        case ["unplug"]:
            return Unplug()
        case ["plug"]:
            return Plug()
        case ["lumps", lump_ms]:
            return Lumps(_number(lump_ms, line))
        case ["quit"]:
            return Quit()
        case words:
            return parse_body(words, lambda word: _number(word, line)) or _parse_fault(words, line)


def _parse_fault(words: list[str], line: str) -> ControlLine:
    match words:
        case ["channel", "all", state] if state in list(ChannelState):
            return Spoil(None, ChannelState(state))
        case ["channel", number, state] if state in list(ChannelState) and number.isdecimal():
            return Spoil(int(number), ChannelState(state))
        case ["line", state] if state in list(LineState):
            return Disturb(LineState(state))
        case ["jitter", jitter_ms]:
            return Jitter(_number(jitter_ms, line))
        case ["loss", probability]:
            return LoseBytes(_number(probability, line))
        case ["noise", rms_uv]:
            return Noise(_number(rms_uv, line))
        case ["mains", rms_uv]:
            return Mains(_number(rms_uv, line), _USUAL_MAINS_HZ)
        case ["mains", rms_uv, mains_hz]:
            return Mains(_number(rms_uv, line), _number(mains_hz, line))
        case ["clock", jump_ms]:
            return JumpClock(_number(jump_ms, line))
        case ["rate", factor]:
            return ChangeRate(_number(factor, line))
        case ["stall", stall_ms]:
            return Stall(_number(stall_ms, line))
        case _:
            raise SimError(f"'{line.strip()}' is not understood; say one of: {_USAGE}")


def _number(word: str, line: str) -> float:
    try:
        number = float(word)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise SimError(f"'{word}' in '{line.strip()}' is no number; say one of: {_USAGE}")
    return number
