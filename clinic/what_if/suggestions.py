"""What the data themselves would choose, each with its reason. Never put in force by itself."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from clinic.what_if.decided import Decided
from clinic.what_if.measures import false_movements
from clinic.what_if.moved import Moved
from clinic.what_if.shown import Suggestion
from controller.arm_config import ArmConfig
from controller.contract.requests import ProfileValues
from controller.decoders.model import Model

# Full speed should be within reach, without being the only speed: what 95 % of the efforts stay below.
STRONG = 95.0
# What all but one in a hundred decisions at rest stay below.
QUIET = 99.0
# Fewer decisions than a second of them, of 10 ms, say nothing of how strong somebody is.
FEWEST = 100
# What is nearly what it is already is not worth a change.
WORTH_IT = 0.1
# Above this even wanted motions are rejected: the published range ends at 0.75.
HIGHEST_THRESHOLD = 0.95
GAINS = (0.2, 4.0)
MOST_DEAD_BAND = 0.5


def suggestions(
    model: Model, arm: ArmConfig, values: ProfileValues, decided: Decided, moved: Moved, counted: NDArray[np.bool_]
) -> list[Suggestion]:
    """Return what the excerpt suggests: gains by effort, a threshold by false movements, a dead-band by rest."""
    found = list(_gains(model, arm, values, decided, counted & decided.ready))
    found += _threshold(values, decided, moved, counted)
    found += _dead_band(model, values, decided, counted & decided.at_rest)
    return found


def _speed(model: Model, decided: Decided, rows: NDArray[np.bool_], joint: int | None = None) -> NDArray[np.float64]:
    """Return the share of full speed that effort or decoder give before gains, not cut at 1; of `joint` or of any."""
    direction = decided.direction[rows]
    given = np.abs(direction).max(axis=1) if joint is None else np.abs(direction[:, joint])
    index = decided.class_index[rows]
    low, high = model.effort_low[index], model.effort_high[index]
    share = np.where(high > low, (decided.effort[rows] - low) / np.where(high > low, high - low, 1.0), 0.0)
    speed: NDArray[np.float64] = np.where(decided.proportional[rows], given, np.maximum(share, 0.0) * given)
    return speed


def _gains(
    model: Model, arm: ArmConfig, values: ProfileValues, decided: Decided, counted: NDArray[np.bool_]
) -> Iterator[Suggestion]:
    factors = np.array([values.class_gain.get(name, 1.0) for name in model.facts.class_names])
    for joint, config in enumerate(arm.joints):
        rows = counted & ~decided.at_rest & (decided.direction[:, joint] != 0.0)
        if np.count_nonzero(rows) < FEWEST:
            continue
        own = np.where(decided.class_index[rows] >= 0, factors[decided.class_index[rows]], 1.0)
        strong = float(np.percentile(_speed(model, decided, rows, joint) * own, STRONG))
        now = values.gain.get(config.name, 1.0)
        if strong <= 0.0 or now == 0.0:
            continue
        gain = round(min(max(1.0 / strong, GAINS[0]), GAINS[1]), 2)
        if abs(gain - now) > WORTH_IT * now:
            yield Suggestion(
                key=f"gain.{config.name}", value=gain, why="effort", figure=round(min(strong * now, 9.0), 3)
            )


def _threshold(
    values: ProfileValues, decided: Decided, moved: Moved, counted: NDArray[np.bool_]
) -> Iterator[Suggestion]:
    spans = false_movements(decided, moved, counted)
    now = values.rejection_threshold or 0.0
    if not spans:
        return
    highest = np.array([decided.confidence[first:end].max() for first, end in spans])
    wanted = round(float(np.ceil(np.percentile(highest, 90) * 100.0 + 1.0)) / 100.0, 2)
    if now < wanted <= HIGHEST_THRESHOLD:
        yield Suggestion(key="rejection_threshold", value=wanted, why="false_movements", figure=float(len(spans)))


def _dead_band(
    model: Model, values: ProfileValues, decided: Decided, at_rest: NDArray[np.bool_]
) -> Iterator[Suggestion]:
    rows = at_rest & np.any(decided.direction != 0.0, axis=1)
    now = values.dead_band or 0.0
    if np.count_nonzero(rows) < FEWEST // 2:
        return
    noise = float(np.percentile(_speed(model, decided, rows), QUIET))
    wanted = round(min(float(np.ceil(noise * 100.0)) / 100.0, MOST_DEAD_BAND), 2)
    if wanted > now + 0.01:
        yield Suggestion(key="dead_band", value=wanted, why="rest", figure=round(min(noise, 9.0), 3))
