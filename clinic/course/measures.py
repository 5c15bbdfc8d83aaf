"""What a nerve's site can do, measured from levels while the wearer follows prompts: the definitions, in one place.

A level is the mean absolute value (MAV) per channel over the controller's window, conditioned, in the device's unit.
An effort is what came of one prompt; rests come between. Sites count from 0 here, as columns of the levels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from clinic.errors import ClinicError

# People let go about a second late: the last half of each rest is rest. As in `controller.calibration.trial_score`.
SETTLED_SHARE = 0.5
# The wearer has begun when the level stays above this for so long: rest, slight movements, and half as much again.
REST_PERCENTILE, ABOVE_REST = 95.0, 1.5
SUSTAINED_S = 0.1
# A spread of two is a guess.
FEWEST_ONSETS = 3
# Two efforts have one order; five have ten, of which a wearer without control gets half right.
FEWEST_GRADES = 4


@dataclass(frozen=True, slots=True)
class Levels:
    """From a prompt's beginning to its end: `at_s` [n] since it began, `values` [n, ch].

    `asked`: how strong the effort was to be, in any unit that grows with it; None where nobody said.
    """

    at_s: NDArray[np.float64]
    values: NDArray[np.float64]
    asked: float | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """`level` [ch]: the median over rests of the settled mean. `begun` [ch]: what counts as an effort on a channel."""

    level: NDArray[np.float64]
    begun: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SiteMeasure:
    """What one site did while its own motion was asked for.

    `rest`, `effort`: levels in the device's unit. Effort is the median over the efforts that began, each the mean from
    its onset on; where none began, over the later halves of all. `strength` = effort - rest; `strength_db` = 20
    log10(effort / rest). `onsets` of `repetitions`: efforts that began. `onset_s`: median time from the prompt;
    `onset_spread_s`: standard deviation (n - 1) of it, None below three. `independence`: own share of all channels'
    level above rest; None where no channel had an effort. `hold_share`: median share of the time after the onset that
    the effort lasted; None without an onset. `grading`: Kendall's tau between the efforts asked for and those given, -1
    to 1; None where fewer than four were graded.
    """

    rest: float
    effort: float
    strength: float
    strength_db: float
    repetitions: int
    onsets: int
    onset_s: float | None
    onset_spread_s: float | None
    independence: float | None
    hold_share: float | None
    grading: float | None


def rest_of(rests: Sequence[Levels]) -> Rest:
    """Return how the channels are at rest. Raises `ClinicError` without a usable rest."""
    settled = [one[int((1.0 - SETTLED_SHARE) * len(one)) :] for one in (_finite(rest)[1] for rest in rests) if len(one)]
    if not settled:
        raise ClinicError("expected levels of at least one rest, got none; let the wearer rest before the first prompt")
    level = np.median([one.mean(axis=0) for one in settled], axis=0)
    begun = ABOVE_REST * np.median([np.percentile(one, REST_PERCENTILE, axis=0) for one in settled], axis=0)
    return Rest(np.asarray(level, dtype=np.float64), np.asarray(begun, dtype=np.float64))


def measure_site(own: int, efforts: Sequence[Levels], rest: Rest, counted: Sequence[bool] | None = None) -> SiteMeasure:
    """Measure the site `own` over efforts of its motion.

    `counted` [ch]: channels that independence looks at; None for all. Raises `ClinicError` for a site that is not
    there or not to be counted, that is silent at rest, or without an effort.
    """
    channels = len(rest.level)
    mask = np.ones(channels, dtype=bool) if counted is None else np.asarray(counted, dtype=bool)
    if not 0 <= own < channels or not mask[own]:
        raise ClinicError(f"expected a site with a good signal, one of {channels}; site {own + 1} has none")
    if rest.level[own] <= 0.0:
        raise ClinicError(f"site {own + 1} is silent at rest; no electrode is: check its cable")
    usable = [(at_s, values, one.asked) for one in efforts for at_s, values in (_finite(one),) if len(values) > 1]
    if not usable:
        raise ClinicError(f"expected levels of at least one effort at site {own + 1}, got none; do it again")
    begins = [_begin(at_s, values[:, own] > rest.begun[own]) for at_s, values, _ in usable]
    means = np.array(
        [
            values[len(values) // 2 if begin is None else begin :].mean(axis=0)
            for begin, (_, values, _) in zip(begins, usable, strict=True)
        ]
    )
    onsets = [float(at_s[begin]) for begin, (at_s, _, _) in zip(begins, usable, strict=True) if begin is not None]
    held = [
        float(np.mean(values[begin:, own] > rest.begun[own]))
        for begin, (_, values, _) in zip(begins, usable, strict=True)
        if begin is not None
    ]
    asked = [(one[2], float(mean[own])) for one, mean in zip(usable, means, strict=True) if one[2] is not None]
    began = [index for index, begin in enumerate(begins) if begin is not None] or list(range(len(usable)))
    typical = np.median(means[began], axis=0)
    effort, own_rest = float(typical[own]), float(rest.level[own])
    return SiteMeasure(
        rest=own_rest,
        effort=effort,
        strength=effort - own_rest,
        strength_db=float(20.0 * np.log10(max(effort, 1e-9) / own_rest)),
        repetitions=len(usable),
        onsets=len(onsets),
        onset_s=float(np.median(onsets)) if onsets else None,
        onset_spread_s=float(np.std(onsets, ddof=1)) if len(onsets) >= FEWEST_ONSETS else None,
        independence=_independence(own, typical, rest, mask),
        hold_share=float(np.median(held)) if held else None,
        grading=_grading(asked),
    )


def _finite(levels: Levels) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return times and values without the rows that hold what is no number."""
    good = np.isfinite(levels.values).all(axis=1) & np.isfinite(levels.at_s)
    return levels.at_s[good], levels.values[good]


def _begin(at_s: NDArray[np.float64], above: NDArray[np.bool_]) -> int | None:
    """Return where the first stretch above the line begins that lasts `SUSTAINED_S`."""
    first: int | None = None
    for index, up in enumerate(above.tolist()):
        if not up:
            first = None
        elif first is None:
            first = index
        elif at_s[index] - at_s[first] >= SUSTAINED_S - 1e-9:
            return first
    return None


def _independence(own: int, effort: NDArray[np.float64], rest: Rest, mask: NDArray[np.bool_]) -> float | None:
    if not np.any((effort > rest.begun) & mask):
        return None
    above = np.where(mask, np.maximum(effort - rest.level, 0.0), 0.0)
    return float(above[own] / above.sum())


def _grading(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Return Kendall's tau-a over pairs asked for differently: (in order - out of order) / pairs."""
    if len({asked for asked, _ in pairs}) < FEWEST_GRADES:
        return None
    signs = [
        np.sign(one[0] - other[0]) * np.sign(one[1] - other[1])
        for one, other in combinations(pairs, 2)
        if one[0] != other[0]
    ]
    return float(np.mean(signs))
