"""The figures, as docs/clinic/tune.md defines them, on runs that are made by hand."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from clinic.what_if.decided import Decided, at_rest
from clinic.what_if.measures import figures, movements, onset_ms
from clinic.what_if.moved import Moved
from clinic.what_if.suggestions import suggestions
from controller.contract.requests import ProfileValues
from controller.decoders.model import Model
from tests.unit.clinic.what_if.persons import ARM

HOP_S, REST_LEVEL = 0.01, 5.0
NOBODY, CLOSE, OPEN = 0, 1, 2
DIRECTIONS = np.array([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.5]])


def rows(start_s: float, end_s: float) -> slice:
    return slice(round(start_s / HOP_S), round(end_s / HOP_S))


def decided(seconds: float, *spans: tuple[float, float, int]) -> Decided:
    """Rest, but for spans of (start, end, class) with effort well above it."""
    count = round(seconds / HOP_S)
    index, effort = np.zeros(count, dtype=np.int64), np.full(count, 2.0)
    for start_s, end_s, class_index in spans:
        index[rows(start_s, end_s)], effort[rows(start_s, end_s)] = class_index, 40.0
    found = Decided(
        t_s=np.asarray(np.arange(count) * HOP_S, dtype=np.float64),
        ready=np.ones(count, dtype=np.bool_),
        healthy=np.ones(count, dtype=np.bool_),
        anew=np.zeros(count, dtype=np.bool_),
        like_muscle=np.ones(count, dtype=np.bool_),
        proportional=np.zeros(count, dtype=np.bool_),
        effort=effort,
        class_index=index,
        confidence=np.full(count, 0.7),
        unlikeness=np.zeros(count),
        direction=DIRECTIONS[index],
        scores=np.zeros(3),
        hop_s=HOP_S,
    )
    found.at_rest = at_rest(found, REST_LEVEL)
    return found


def moved(of: Decided, *spans: tuple[float, float, float]) -> Moved:
    """Spans of (start, end, speed of the hand)."""
    velocity = np.zeros((len(of.t_s), 2))
    for start_s, end_s, speed in spans:
        velocity[rows(start_s, end_s), 0] = speed
    still = np.zeros(len(of.t_s), dtype=np.bool_)
    return Moved(velocity, ~still, still)


def all_of(of: Decided) -> NDArray[np.bool_]:
    return np.ones(len(of.t_s), dtype=np.bool_)


def test_a_twitch_at_rest_is_a_false_movement_and_a_contraction_is_none() -> None:
    of = decided(20.0, (5.0, 5.2, CLOSE), (12.0, 15.0, CLOSE))
    found = figures(of, moved(of, (5.1, 5.3, 0.5), (12.2, 15.1, 0.5)), ARM.limits, [], all_of(of))
    assert (found.false_count, found.false_s) == (1, pytest.approx(0.2))
    assert found.moving_s == pytest.approx(3.1)


@pytest.mark.parametrize(("seconds", "false"), [(0.45, 1), (0.55, 0)])
def test_half_a_second_of_effort_is_what_makes_a_contraction(seconds: float, false: int) -> None:
    of = decided(10.0, (5.0, 5.0 + seconds, CLOSE))
    middle = 5.0 + seconds / 2
    found = figures(of, moved(of, (middle, middle + 0.1, 0.5)), ARM.limits, [], all_of(of))
    assert found.false_count == false


def test_motion_that_began_in_a_contraction_and_ends_after_it_is_not_false() -> None:
    of = decided(10.0, (3.0, 5.0, CLOSE))
    assert figures(of, moved(of, (3.2, 5.4, 0.5)), ARM.limits, [], all_of(of)).false_count == 0


def test_where_nothing_was_heard_nobody_is_at_rest() -> None:
    of = decided(10.0)
    of.ready[rows(4.0, 6.0)] = False
    quiet = at_rest(of, REST_LEVEL)
    assert not quiet[rows(4.0, 6.0)].any()
    assert quiet[rows(0.0, 3.0)].all()


def test_an_onset_counts_from_the_first_decision_to_the_first_command_that_way() -> None:
    of = decided(20.0, (2.0, 4.0, CLOSE), (8.0, 10.0, OPEN), (14.0, 16.0, CLOSE))
    commanded = moved(of, (2.25, 4.0, 0.5), (8.1, 8.3, 0.5), (8.3, 10.0, -0.5))
    began = movements(of, all_of(of))
    assert [one.class_index for one in began] == [CLOSE, OPEN, CLOSE]
    assert [onset_ms(one, of, commanded) for one in began] == [pytest.approx(250.0), pytest.approx(300.0), None]
    found = figures(of, commanded, ARM.limits, began, all_of(of))
    assert (found.onset_ms, found.unmoved) == (pytest.approx(275.0), 1)


def test_a_flicker_is_no_movement_and_a_short_pause_does_not_end_one() -> None:
    of = decided(20.0, (2.0, 2.05, CLOSE), (8.0, 9.0, OPEN), (9.05, 10.0, OPEN))
    began = movements(of, all_of(of))
    assert [(one.first, one.end) for one in began] == [(800, 1000)]


def test_joints_of_a_decoder_for_joints_are_movements_of_their_own() -> None:
    of = decided(10.0, (2.0, 4.0, OPEN))
    of.proportional[:], of.class_index[:] = True, -1
    began = movements(of, all_of(of))
    assert sorted((one.joint, one.way) for one in began) == [(0, -1), (1, 1)]
    assert onset_ms(next(one for one in began if one.joint == 0), of, moved(of, (2.1, 4.0, 0.5))) is None


def test_full_speed_is_the_arms_own() -> None:
    of, fastest = decided(10.0), ARM.joints[0].max_speed_rad_s
    found = figures(of, moved(of, (1.0, 2.0, -fastest), (3.0, 5.0, 0.98 * fastest)), ARM.limits, [], all_of(of))
    assert found.full_speed_s == (pytest.approx(1.0), 0.0)


def test_what_is_not_counted_changes_no_figure() -> None:
    of = decided(20.0, (1.0, 1.1, CLOSE), (12.0, 15.0, CLOSE))
    late = of.t_s >= 10.0
    found = figures(of, moved(of, (1.0, 2.0, 1.5)), ARM.limits, movements(of, late), late)
    assert (found.moving_s, found.false_count, found.full_speed_s, found.unmoved) == (0.0, 0, (0.0, 0.0), 1)


def test_values_are_suggested_where_the_data_say_so_and_only_there(model: Model) -> None:
    spans = ((12.0, 15.0, CLOSE),)
    of = decided(20.0, (5.0, 5.2, CLOSE), *spans)
    own = replace(model, effort_low=np.full(3, REST_LEVEL), effort_high=np.full(3, 75.0))
    values = ProfileValues(gain={"hand": 1.0, "wrist": 1.0}, rejection_threshold=0.6, dead_band=0.0)
    found = suggestions(own, ARM, values, of, moved(of, (5.0, 5.2, 0.5), (12.0, 15.0, 0.5)), all_of(of))
    # Effort 40 of 5 to 75 is half of full speed; decisions at rest were 0.7 sure; nothing was decided at rest for long.
    assert {one.key: one.value for one in found} == {
        "gain.hand": 2.0,
        "rejection_threshold": pytest.approx(0.71, abs=0.011),
    }
    fitting = values.model_copy(update={"gain": {"hand": 2.0, "wrist": 1.0}, "rejection_threshold": 0.9})
    assert suggestions(own, ARM, fitting, of, moved(of, (12.0, 15.0, 0.5)), all_of(of)) == []
