"""The lines by which a person or a program leads an emulated device."""

from dataclasses import dataclass

from sim.errors import SimError

# What a person does without being asked to try hard.
_USUAL_EFFORT = 0.6


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
class Quit:
    """End the emulator."""


ControlLine = Intend | Unplug | Plug | Lumps | Quit

_USAGE = "intent MOTION [EFFORT], unplug, plug, lumps MS, quit"


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
        case _:
            raise SimError(f"'{line.strip()}' is not understood; say one of: {_USAGE}")


def _number(word: str, line: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise SimError(f"'{word}' in '{line.strip()}' is no number; say one of: {_USAGE}") from None
