from itertools import pairwise

import pytest

from clinic.course.site_routine import GRADED, Kind, SiteRoutine, steps
from clinic.errors import ClinicError
from controller.safety.states import State
from tests.unit.clinic.course.test_prompted_levels import report

BEGAN_S = 1000.0


def done(kind: Kind, state: State = State.READY, health: tuple[str, ...] = ("good", "good")) -> SiteRoutine:
    routine = SiteRoutine(1, kind, BEGAN_S)
    plan = steps(kind)
    for tick in range(round(routine.lasts_s / 0.05) + 20):
        since_s = tick * 0.05
        step = next((one for one in plan if one.start_s <= since_s < one.end_s), plan[0])
        active = not step.rests and since_s - step.start_s >= 0.4
        level = 10.0 * (step.asked or 4) if active else 4.0
        routine.take(BEGAN_S + since_s, report(level, 5.0 if active else 4.0, health=health, state=state))
    return routine


def test_five_efforts_of_three_seconds_with_rests() -> None:
    plan = steps(Kind.STEADY)
    assert [round(step.end_s - step.start_s, 3) for step in plan if not step.rests] == [3.0] * 5
    assert all(before.end_s == after.start_s for before, after in pairwise(plan))
    assert plan[0].rests


def test_it_measures_what_was_done() -> None:
    measure = done(Kind.STEADY).measure()
    assert (measure.repetitions, measure.onsets, measure.rest, measure.effort) == (5, 5, 4.0, 40.0)
    assert measure.onset_s == pytest.approx(0.4)
    assert measure.grading is None


def test_graded_efforts_are_compared_with_those_asked_for() -> None:
    measure = done(Kind.GRADED).measure()
    assert measure.grading == 1.0
    assert measure.effort == 30.0
    assert len(set(GRADED)) == 5


@pytest.mark.parametrize("state", [State.ENGAGED, State.HOLDING])
def test_nobody_practises_with_an_arm_that_follows(state: State) -> None:
    with pytest.raises(ClinicError, match="switched on"):
        done(Kind.STEADY, state).measure()


def test_a_lifted_electrode_is_not_measured() -> None:
    with pytest.raises(ClinicError, match="good signal"):
        done(Kind.STEADY, health=("lifted", "good")).measure()


def test_levels_that_stop_coming_are_told() -> None:
    routine = SiteRoutine(1, Kind.STEADY, BEGAN_S)
    for tick in range(100):
        routine.take(BEGAN_S + tick * 0.05, report(4.0, 4.0))
    with pytest.raises(ClinicError, match="stopped coming"):
        routine.measure()
    with pytest.raises(ClinicError, match="stopped coming"):
        SiteRoutine(1, Kind.STEADY, BEGAN_S).measure()
