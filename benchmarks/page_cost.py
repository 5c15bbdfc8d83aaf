"""What so many pages cost the controller over none, from spans that were measured in turn."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cli.loopback import SEED

RESAMPLED = 1000
FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Span:
    """The controller for some seconds. `sample_to_command_ms`: newest sample taken → command handed to the socket."""

    pages: int
    cpu_percent: float
    commands: int
    p50_ms: float
    p99_ms: float
    clinic_cpu_percent: float
    read_kb_per_s: float


# Without pages and with them.
Round = tuple[tuple[Span, FloatArray], tuple[Span, FloatArray]]


@dataclass(frozen=True, slots=True)
class Cost:
    """So many pages over none. `added_cpu_percent`: median over the rounds, each against its own.

    `p99_ratio`: of all delays of all rounds; `p99_between`: in 90 % of resampled rounds; `p99_ratios`: each round's.
    """

    pages: int
    added_cpu_percent: float
    p99_ratio: float
    p99_between: tuple[float, float]
    p99_ratios: tuple[float, ...]


def cost(measured: Sequence[tuple[Span, FloatArray]], pages: int) -> Cost:
    """Compare the spans with so many pages with those without."""
    alone = [one for one in measured if one[0].pages == 0]
    beside = [one for one in measured if one[0].pages == pages]
    rounds = list(zip(alone, beside, strict=True))
    # Rounds, not single delays, are drawn anew: what disturbs the machine lasts longer than one delay.
    drawn = np.random.default_rng(SEED).integers(len(rounds), size=(RESAMPLED, len(rounds)))
    resampled = [_p99_ratio([rounds[place] for place in draw]) for draw in drawn]
    low, high = np.percentile(resampled, (5, 95))
    return Cost(
        pages,
        round(statistics.median(after.cpu_percent - before.cpu_percent for (before, _), (after, _) in rounds), 2),
        round(_p99_ratio(rounds), 3),
        (round(float(low), 2), round(float(high), 2)),
        tuple(round(_p99_ratio([one]), 2) for one in rounds),
    )


def _p99_ratio(rounds: Sequence[Round]) -> float:
    alone, beside = (np.concatenate([pair[side][1] for pair in rounds]) for side in (0, 1))
    return float(np.percentile(beside, 99) / np.percentile(alone, 99))
