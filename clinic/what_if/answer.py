"""From two runs over the same EMG to what a page is shown of them."""

import itertools

import numpy as np
from numpy.typing import NDArray

from clinic.what_if.decided import Decided
from clinic.what_if.measures import Figures, Movement, figures, movements, onset_ms
from clinic.what_if.moved import Moved
from clinic.what_if.shown import MOST_ROWS, DecidedSpan, JointSpeeds, MovementShown, ProfileFigures, WhatIf
from clinic.what_if.suggestions import suggestions
from controller.arm_config import ArmConfig
from controller.contract.requests import ProfileValues
from controller.decoders.model import Model, ModelFacts

# More points than a screen is wide show nothing more.
MOST_POINTS = 600


def answer(
    model: Model,
    arm: ArmConfig,
    values: ProfileValues,
    stream: int,
    until: int,
    lead_s: float,
    lost_s: float,
    today: tuple[Decided, Moved],
    proposed: tuple[Decided, Moved],
) -> WhatIf:
    """Compare two runs over the same hops. Movements are those that today's run, with `values`, decides."""
    decided, moved = today
    facts = model.facts
    counted = decided.t_s >= lead_s
    began = movements(decided, counted)
    first = int(np.argmax(counted)) if counted.any() else len(counted)
    per_point = max(-(-int(np.count_nonzero(counted)) // MOST_POINTS), 1)
    names = [joint.name for joint in arm.joints]
    return WhatIf(
        stream=stream,
        until=until,
        counted_s=round(float(np.count_nonzero(counted)) * decided.hop_s, 3),
        rest_s=round(float(np.count_nonzero(counted & decided.at_rest)) * decided.hop_s, 3),
        lost_s=round(lost_s, 3),
        point_s=round(per_point * decided.hop_s, 6),
        speeds=[
            JointSpeeds(
                joint=name,
                fastest=limits.max_speed_rad_s,
                today=_points(moved.velocity[first:, index], per_point),
                proposed=_points(proposed[1].velocity[first:, index], per_point),
            )
            for index, (name, limits) in enumerate(zip(names, arm.limits, strict=True))
        ],
        decided=_spans(decided, first, facts),
        movements=[
            MovementShown(
                name=_name(one, facts, names),
                start_s=round(float(decided.t_s[one.first] - decided.t_s[first]), 3),
                today_ms=onset_ms(one, decided, moved),
                proposed_ms=onset_ms(one, decided, proposed[1]),
            )
            for one in began[-MOST_ROWS:]
        ],
        today=_shown(figures(decided, moved, arm.limits, began, counted), names),
        proposed=_shown(_figures_of(proposed, decided, arm, began, counted), names),
        suggestions=suggestions(model, arm, values, decided, moved, counted),
    )


def _figures_of(
    run: tuple[Decided, Moved], judged_by: Decided, arm: ArmConfig, began: list[Movement], counted: NDArray[np.bool_]
) -> Figures:
    """Onset counts from today's decisions; all else is about what this run decided."""
    own = figures(run[0], run[1], arm.limits, [], counted)
    delays = [onset_ms(one, judged_by, run[1]) for one in began]
    some = [delay for delay in delays if delay is not None]
    return Figures(
        **{name: getattr(own, name) for name in Figures.__slots__ if name not in ("onset_ms", "unmoved")},
        onset_ms=round(float(np.median(some)), 3) if some else None,
        unmoved=len(delays) - len(some),
    )


def _shown(found: Figures, joints: list[str]) -> ProfileFigures:
    return ProfileFigures(
        **{name: getattr(found, name) for name in Figures.__slots__ if name != "full_speed_s"},
        full_speed_s=dict(zip(joints, found.full_speed_s, strict=True)),
    )


def _points(values: NDArray[np.float64], per_point: int) -> list[float]:
    rows = np.pad(values, (0, -len(values) % per_point)).reshape(-1, per_point)
    farthest = np.abs(rows).argmax(axis=1)
    points: list[float] = rows[np.arange(len(rows)), farthest].round(4).tolist()
    return points


def _spans(decided: Decided, first: int, facts: ModelFacts) -> list[DecidedSpan]:
    """Return what was decided over time, rest left out; the newest `MOST_ROWS` of it."""
    index, t_s, hop_s = decided.class_index[first:], decided.t_s[first:], decided.hop_s
    shown = decided.ready[first:] & (index >= 0) & (index != facts.rest_index)
    kept = np.where(shown, index, -1)
    edges = [0, *(np.flatnonzero(np.diff(kept)) + 1).tolist(), len(kept)] if len(kept) else [0]
    return [
        DecidedSpan(
            name=facts.class_names[int(kept[start])],
            start_s=round(float(t_s[start] - t_s[0]), 3),
            end_s=round(float(t_s[end - 1] - t_s[0]) + hop_s, 3),
        )
        for start, end in itertools.pairwise(edges)
        if kept[start] >= 0
    ][-MOST_ROWS:]


def _name(one: Movement, facts: ModelFacts, joints: list[str]) -> str:
    return facts.class_names[one.class_index] if one.joint < 0 else f"{joints[one.joint]} {'+' if one.way > 0 else '-'}"
