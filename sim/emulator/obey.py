"""Doing what a control line asks for."""

from typing import TYPE_CHECKING

from sim.emulator.body_lines import Bump, Drive, LiftSite, ShiftSites, Sweat, TakePosture, Tire, prepared
from sim.emulator.control import (
    ChangeRate,
    ControlLine,
    Disturb,
    Intend,
    Jitter,
    JumpClock,
    LoseBytes,
    Lumps,
    Mains,
    Noise,
    Plug,
    Quit,
    Spoil,
    Stall,
    Unplug,
)
from sim.emulator.emulator import Emulator
from sim.errors import SimError

if TYPE_CHECKING:
    from sim.muscles.muscle_wearer import MuscleWearer


def obey(line: ControlLine, emulator: Emulator, muscles: "MuscleWearer | None" = None) -> None:
    """Do it, on the emulator's thread. Raises `SimError` for what this emulator cannot do.

    `muscles`: whom the feed plays, where that is somebody with muscles.
    """
    match line:
        case ShiftSites() | LiftSite() | Sweat() | Tire() | TakePosture() | Bump() | Drive():
            if muscles is None:
                raise SimError("this emulator plays no muscles; start it with --wearer FILE")
            emulator.do(prepared(line, muscles))
        case Intend(motion, effort):
            emulator.set_intent(motion, effort)
        case Unplug():
            emulator.unplug()
        case Plug():
            emulator.plug()
        case Quit():
            emulator.finish()
        case Noise(rms_uv):
            emulator.set_noise(rms_uv)
        case Mains(rms_uv, mains_hz):
            emulator.set_mains(rms_uv, mains_hz)
        case Spoil(channel, state):
            emulator.spoil(channel, state)
        case _:
            _obey_on_the_way(line, emulator)


def _obey_on_the_way(line: ControlLine, emulator: Emulator) -> None:
    """Do what concerns the time and the line between device and host."""
    match line:
        case Lumps(lump_ms):
            emulator.set_lumps(lump_ms)
        case Jitter(jitter_ms):
            emulator.set_jitter(jitter_ms)
        case LoseBytes(probability):
            emulator.lose_bytes(probability)
        case Disturb(line_state):
            emulator.disturb(line_state)
        case JumpClock(jump_ms):
            emulator.jump_clock(jump_ms)
        case ChangeRate(factor):
            emulator.change_rate(factor)
        case Stall(stall_ms):
            emulator.stall(stall_ms)
