"""The lines that change the body of an emulated wearer with muscles: sites on the skin, and how the person is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.errors import SimError

if TYPE_CHECKING:
    # Loading it takes a while, and an emulator without muscles has no use for it.
    from sim.muscles.muscle_signal import MuscleSignal
    from sim.muscles.muscle_wearer import MuscleWearer

BODY_USAGE = (
    "shift ALONG_MM AROUND_MM [SITE], lift SITE, press SITE, sweat SHARE, tire SHARE, posture NAME|none, bump, "
    "drive SHARE SHARE ... (one for each muscle of the file; sites are counted from 1)"
)


@dataclass(frozen=True, slots=True)
class ShiftSites:
    """Put one site, counted from 1, or all (None), so far from where the wearer's file has it."""

    along_mm: float
    around_mm: float
    site: int | None


@dataclass(frozen=True, slots=True)
class LiftSite:
    """Take a site off the skin, or put it back."""

    site: int
    lifted: bool


@dataclass(frozen=True, slots=True)
class Sweat:
    """Make the skin under all sites so wet, 0 to 1."""

    share: float


@dataclass(frozen=True, slots=True)
class Tire:
    """Make all muscles so tired, 0 to 1."""

    share: float


@dataclass(frozen=True, slots=True)
class TakePosture:
    """Hold the limb in a posture of the wearer's file; None for that of the calibration."""

    name: str | None


@dataclass(frozen=True, slots=True)
class Bump:
    """Knock against the socket."""


@dataclass(frozen=True, slots=True)
class Drive:
    """Activate each muscle just so much, 0 to 1, in the order of the wearer's file, until a motion is meant."""

    activations: tuple[float, ...]


BodyLine = ShiftSites | LiftSite | Sweat | Tire | TakePosture | Bump | Drive


def parse_body(words: list[str], number: Callable[[str], float]) -> BodyLine | None:
    """Return what the words ask for, None where they do not speak of the body; `number` raises for what is none."""
    match words:
        case ["shift", along_mm, around_mm]:
            return ShiftSites(number(along_mm), number(around_mm), None)
        case ["shift", along_mm, around_mm, site] if site.isdecimal():
            return ShiftSites(number(along_mm), number(around_mm), int(site))
        case ["lift", site] if site.isdecimal():
            return LiftSite(int(site), lifted=True)
        case ["press", site] if site.isdecimal():
            return LiftSite(int(site), lifted=False)
        case ["sweat", share]:
            return Sweat(number(share))
        case ["tire", share]:
            return Tire(number(share))
        case ["posture", name]:
            return TakePosture(None if name == "none" else name)
        case ["bump"]:
            return Bump()
        case ["drive", *shares] if shares:
            return Drive(tuple(number(share) for share in shares))
        case _:
            return None


def prepared(line: BodyLine, wearer: "MuscleWearer") -> Callable[[], None]:
    """Compute what takes long, and return what makes it so on the thread that takes the samples.

    Either raises `SimError` for what this wearer cannot.
    """
    body = wearer.signal
    match line:
        case ShiftSites(along_mm, around_mm, site):
            return body.prepare_shift(along_mm, around_mm, None if site is None else _site(site, body))
        case LiftSite(site, lifted):
            name = _site(site, body)
            return lambda: body.lift(name, lifted)
        case Sweat(share):
            return lambda: body.set_sweat(share)
        case Tire(share):
            return lambda: body.set_fatigue(share)
        case TakePosture(posture):
            return body.prepare_posture(posture)
        case Bump():
            return body.bump
        case Drive(activations):
            wearer.check_drive(activations)
            return lambda: wearer.drive(activations)


def _site(number: int, body: "MuscleSignal") -> str:
    if not 1 <= number <= len(body.site_names):
        raise SimError(f"there is no site {number}; there are 1 to {len(body.site_names)}")
    return body.site_names[number - 1]
