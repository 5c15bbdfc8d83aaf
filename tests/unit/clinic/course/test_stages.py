from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from clinic.course.measures import SiteMeasure
from clinic.course.phases import Phase, suggest
from clinic.course.stages import Criteria, Dated, Stage, joint_stage, stage_of, stages_over_time

USUAL = Criteria()
BEST = SiteMeasure(4.0, 40.0, 36.0, 20.0, 5, 5, 0.4, 0.1, 0.8, 1.0, 1.0)
DAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("change", "stage"),
    [
        ({"onsets": 0}, Stage.NO_SIGNAL),
        ({"onsets": 1}, Stage.NO_SIGNAL),
        ({"onsets": 2}, Stage.FIRST_TWITCH),
        ({"strength_db": 5.9}, Stage.FIRST_TWITCH),
        ({"onset_spread_s": None}, Stage.FIRST_TWITCH),
        ({"independence": 0.019}, Stage.NO_SIGNAL),
        ({"onset_spread_s": 0.31}, Stage.FIRST_TWITCH),
        ({"onset_spread_s": 0.3, "independence": 0.49}, Stage.FOUND),
        ({"independence": None}, Stage.FOUND),
        ({"independence": 0.5, "hold_share": 0.79}, Stage.ISOLATED),
        ({"hold_share": 0.8}, Stage.GRADED),
    ],
)
def test_each_stage_needs_all_before_it(change: dict[str, Any], stage: Stage) -> None:
    assert stage_of(replace(BEST, **change), 1.0, USUAL) is stage


@pytest.mark.parametrize(("grading", "stage"), [(None, Stage.HELD), (0.59, Stage.HELD), (0.6, Stage.GRADED)])
def test_grading_is_a_measure_of_its_own(grading: float | None, stage: Stage) -> None:
    assert stage_of(BEST, grading, USUAL) is stage


def course(*days_and_measures: tuple[int, SiteMeasure]) -> list[Stage]:
    return stages_over_time([Dated(DAY + timedelta(days=day), one) for day, one in days_and_measures], USUAL)


def test_ready_needs_another_day() -> None:
    assert course((0, BEST), (0, BEST)) == [Stage.GRADED, Stage.GRADED]
    assert course((0, BEST), (1, BEST)) == [Stage.GRADED, Stage.READY]


def test_a_grading_counts_for_some_weeks() -> None:
    plain = replace(BEST, grading=None)
    assert course((0, BEST), (42, plain), (43, plain)) == [Stage.GRADED, Stage.READY, Stage.HELD]


def test_a_stage_can_be_lost_and_is_then_earned_anew() -> None:
    weak = replace(BEST, onsets=0, grading=None)
    assert course((0, BEST), (1, BEST), (2, weak), (3, BEST), (4, BEST)) == [
        Stage.GRADED,
        Stage.READY,
        Stage.NO_SIGNAL,
        Stage.GRADED,
        Stage.READY,
    ]


def test_a_joint_is_as_far_as_its_last_site() -> None:
    assert joint_stage([Stage.READY, Stage.FOUND]) is Stage.FOUND
    assert joint_stage([]) is Stage.NO_SIGNAL


@pytest.mark.parametrize(
    ("weeks", "stages", "phase"),
    [
        (None, [Stage.READY], None),
        (-2.0, [], Phase.BEFORE_SURGERY),
        (5.0, [], Phase.BEFORE_SIGNALS),
        (30.0, [Stage.NO_SIGNAL], Phase.BEFORE_SIGNALS),
        (14.0, [Stage.NO_SIGNAL, Stage.FIRST_TWITCH], Phase.SIGNALS),
        (20.0, [Stage.HELD, Stage.HELD, Stage.FOUND], Phase.TABLE_TOP),
        (30.0, [Stage.READY, Stage.READY], Phase.FITTING),
    ],
)
def test_a_phase_is_suggested_with_its_reason(weeks: float | None, stages: list[Stage], phase: Phase | None) -> None:
    suggestion = suggest(weeks, stages)
    assert (suggestion.phase if suggestion else None) is phase
