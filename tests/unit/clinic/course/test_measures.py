import numpy as np
import pytest
from numpy.typing import NDArray

from clinic.course.measures import Levels, measure_site, rest_of
from clinic.errors import ClinicError

STEP_S = 0.05


def levels(rows: list[list[float]], asked: float | None = None) -> Levels:
    return Levels(STEP_S * np.arange(len(rows), dtype=np.float64), np.array(rows, dtype=float), asked)


def resting(*level: float, seconds: float = 2.0) -> Levels:
    return levels([list(level)] * round(seconds / STEP_S))


def effort(onset_s: float, before: list[float], during: list[float], asked: float | None = None) -> Levels:
    quiet = round(onset_s / STEP_S)
    return levels([before] * quiet + [during] * (60 - quiet), asked)


def test_strength_onsets_and_independence_of_constructed_levels() -> None:
    rest = rest_of([resting(4.0, 2.0, 2.0)])
    efforts = [effort(onset, [4.0, 2.0, 2.0], [40.0, 8.0, 5.0]) for onset in (0.3, 0.4, 0.5, 0.4, 0.4)]
    measure = measure_site(0, efforts, rest)
    assert measure.rest == 4.0
    assert measure.effort == 40.0
    assert measure.strength == 36.0
    assert measure.strength_db == pytest.approx(20.0)
    assert (measure.onsets, measure.repetitions) == (5, 5)
    assert measure.onset_s == pytest.approx(0.4)
    assert measure.onset_spread_s == pytest.approx(np.std([0.3, 0.4, 0.5, 0.4, 0.4], ddof=1))
    assert measure.independence == pytest.approx(36.0 / (36.0 + 6.0 + 3.0))
    assert measure.hold_share == 1.0
    assert measure.grading is None


def test_a_site_that_nothing_reaches_has_no_onset_and_no_independence() -> None:
    rest = rest_of([resting(4.0, 2.0)])
    measure = measure_site(0, [effort(0.4, [4.0, 2.0], [4.5, 2.1])] * 5, rest)
    assert measure.onsets == 0
    assert measure.onset_s is None
    assert measure.onset_spread_s is None
    assert measure.independence is None
    assert measure.hold_share is None


def test_a_spike_shorter_than_a_tenth_of_a_second_is_no_onset() -> None:
    rest = rest_of([resting(4.0)])
    rows = [[4.0]] * 60
    rows[20] = rows[21] = [400.0]
    assert measure_site(0, [levels(rows)] * 3, rest).onsets == 0
    rows[22] = [400.0]
    assert measure_site(0, [levels(rows)] * 3, rest).onsets == 3


def test_independence_looks_at_channels_that_are_counted_only() -> None:
    rest = rest_of([resting(4.0, 4.0, 4.0)])
    efforts = [effort(0.2, [4.0] * 3, [24.0, 24.0, 904.0])] * 3
    assert measure_site(0, efforts, rest).independence == pytest.approx(20.0 / 940.0)
    assert measure_site(0, efforts, rest, [True, True, False]).independence == pytest.approx(0.5)


def test_an_effort_beside_the_own_site_is_no_independence_at_all() -> None:
    rest = rest_of([resting(4.0, 4.0)])
    assert measure_site(0, [effort(0.2, [4.0, 4.0], [3.0, 40.0])] * 3, rest).independence == 0.0


def test_how_long_it_was_held() -> None:
    rest = rest_of([resting(4.0)])
    rows = [[4.0]] * 10 + [[40.0]] * 25 + [[4.0]] * 25
    assert measure_site(0, [levels(rows)] * 3, rest).hold_share == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("given", "tau"), [((10, 20, 30, 40, 50), 1.0), ((50, 40, 30, 20, 10), -1.0), ((20, 10, 30, 40, 50), 0.8)]
)
def test_grading_is_the_order_of_efforts(given: tuple[int, ...], tau: float) -> None:
    rest = rest_of([resting(4.0)])
    efforts = [effort(0.2, [4.0], [float(level)], asked) for asked, level in enumerate(given)]
    assert measure_site(0, efforts, rest).grading == pytest.approx(tau)


def test_efforts_asked_for_alike_grade_nothing() -> None:
    rest = rest_of([resting(4.0)])
    assert measure_site(0, [effort(0.2, [4.0], [40.0], 1.0)] * 8, rest).grading is None


def test_the_first_half_of_a_rest_is_letting_go() -> None:
    letting_go = levels([[300.0]] * 20 + [[4.0]] * 20)
    assert rest_of([letting_go]).level[0] == 4.0


def test_one_restless_rest_among_three_does_not_count() -> None:
    assert rest_of([resting(4.0), resting(90.0), resting(4.0)]).level[0] == 4.0


def spoilt(value: float) -> NDArray[np.float64]:
    rows = np.full((60, 1), 40.0)
    rows[5:20] = value
    return rows


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_left_out(value: float) -> None:
    rest = rest_of([resting(4.0), Levels(STEP_S * np.arange(60, dtype=np.float64), spoilt(value))])
    measure = measure_site(
        0, [Levels(STEP_S * np.arange(60, dtype=np.float64), spoilt(value))] * 3, rest_of([resting(4.0)])
    )
    assert np.isfinite(rest.level).all()
    assert measure.effort == 40.0


def test_what_cannot_be_measured_says_why() -> None:
    rest = rest_of([resting(4.0, 0.0)])
    good = [effort(0.2, [4.0, 0.0], [40.0, 0.0])] * 3
    with pytest.raises(ClinicError, match="at least one rest"):
        rest_of([])
    with pytest.raises(ClinicError, match="at least one rest"):
        rest_of([Levels(np.zeros(3), np.full((3, 1), np.nan))])
    with pytest.raises(ClinicError, match="site 2 is silent"):
        measure_site(1, good, rest)
    with pytest.raises(ClinicError, match="site 3 has none"):
        measure_site(2, good, rest)
    with pytest.raises(ClinicError, match="site 1 has none"):
        measure_site(0, good, rest, [False, True])
    with pytest.raises(ClinicError, match="at least one effort"):
        measure_site(0, [], rest)
    with pytest.raises(ClinicError, match="at least one effort"):
        measure_site(0, [Levels(np.arange(9.0), np.full((9, 2), np.nan))], rest)
