"""The simulated wearer after k months: her course goes forward, stage by stage."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from clinic.course.measures import Levels, SiteMeasure, measure_site, rest_of
from clinic.course.stages import Criteria, Dated, Stage, stages_over_time
from controller.emg.conditioning import Conditioning
from controller.emg.filter_design import design_band_pass
from sim.muscles.muscle_signal import MuscleSignal
from sim.muscles.preset import load_wearer
from sim.muscles.reinnervation import at_month

SIX = load_wearer(Path(__file__).resolve().parents[4] / "configs/wearers/transhumeral_six.toml").sitting_still()
RATE_HZ, STEP, WINDOW = 1000.0, 50, 200
SURGERY = date(2026, 1, 7)
# People answer a prompt after some tenths of a second, now later, now sooner.
REACTIONS_S = (0.35, 0.5, 0.4, 0.45, 0.38)


class Sitting:
    """A wearer after so many months, heard as the controller hears her: band-pass, mean absolute value of 200 ms."""

    def __init__(self, months: float) -> None:
        self._signal = MuscleSignal(at_month(SIX, months), RATE_HZ, seed=3, take=round(10 * months))
        self._conditioning = Conditioning(design_band_pass(RATE_HZ, 20.0, 450.0), len(SIX.sites))
        self._tail = np.zeros((0, len(SIX.sites)))

    def during(self, muscle: str, effort: float, reaction_s: float, seconds: float = 3.0) -> Levels:
        self._signal.set_activations({muscle: 0.0})
        quiet = self._next(round(reaction_s * RATE_HZ))
        self._signal.set_activations({muscle: effort})
        rest = self._next(round((seconds - reaction_s) * RATE_HZ))
        self._signal.set_activations({muscle: 0.0})
        samples = np.abs(np.vstack([self._tail, quiet, rest]))
        self._tail = np.vstack([quiet, rest])[-WINDOW:]
        ends = range(len(samples) - len(quiet) - len(rest) + STEP, len(samples) + 1, STEP)
        values = np.array([samples[max(end - WINDOW, 0) : end].mean(axis=0) for end in ends])
        return Levels(np.arange(1, len(values) + 1) * STEP / RATE_HZ, values)

    def _next(self, count: int) -> NDArray[np.float64]:
        samples = np.ascontiguousarray(self._signal.next(count))
        out = np.empty_like(samples)
        if count:
            self._conditioning.process(samples, out)
        return out


def measured(months: float, number: int) -> SiteMeasure:
    sitting, muscle = Sitting(months), SIX.muscles[number].name
    rests, efforts = [], []
    for reaction_s, effort in zip(REACTIONS_S, (0.5, 0.2, 0.9, 0.35, 0.7), strict=True):
        rests.append(sitting.during(muscle, 0.0, 0.0, 2.0))
        done = sitting.during(muscle, effort, reaction_s)
        efforts.append(Levels(done.at_s, done.values, effort))
    return measure_site(number, efforts, rest_of(rests))


@pytest.mark.parametrize(
    ("number", "months"),
    [(2, (2.0, 3.1, 4.0, 6.0, 12.0)), (4, (3.0, 3.6, 5.0, 9.0, 12.0))],
    ids=["median", "ulnar"],
)
def test_strength_consistency_and_independence_rise_and_stages_go_forward(
    number: int, months: tuple[float, ...]
) -> None:
    course = [measured(month, number) for month in months]
    assert abs(course[0].strength) < 2.0
    begun = course[1:]
    assert np.all(np.diff([one.strength for one in begun]) > 0)
    assert np.all(np.diff([one.strength_db for one in begun]) > 0)
    shares = [one.independence or 0.0 for one in begun]
    assert np.all(np.diff(shares) > 0)
    assert shares[0] < 0.15
    assert shares[-1] > 0.7
    # Where fewer than three efforts began, there is no spread yet: worse than any.
    spreads = [np.inf if one.onset_spread_s is None else one.onset_spread_s for one in course]
    assert spreads[-1] < 0.12
    assert spreads[0] == np.inf
    stages = stages_over_time(
        [Dated(SURGERY + timedelta(days=round(30.44 * month)), one) for month, one in zip(months, course, strict=True)],
        Criteria(graded_days=120),
    )
    assert stages == sorted(stages)
    assert stages[0] is Stage.NO_SIGNAL
    assert stages[-1] is Stage.READY
    assert len(set(stages)) >= 4


def test_her_own_nerves_need_no_months() -> None:
    first = measured(2.0, 0)
    assert first.onsets == 5
    assert first.independence is not None
    assert first.independence > 0.6
