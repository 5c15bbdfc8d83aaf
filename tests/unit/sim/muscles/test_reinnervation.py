from pathlib import Path

import numpy as np
import pytest

from sim.errors import SimError
from sim.muscles.muscle_signal import MuscleSignal
from sim.muscles.preset import load_wearer
from sim.muscles.reinnervation import at_month, progress

SIX = load_wearer(Path(__file__).resolve().parents[4] / "configs/wearers/transhumeral_six.toml")
NATIVE, NEW = SIX.muscles[0], SIX.muscles[2]


def test_a_new_nerve_is_silent_until_its_first_twitch_and_then_only_grows() -> None:
    assert not NATIVE.reinnervated
    assert NEW.reinnervated
    months = np.arange(0.0, 37.0, 0.5)
    course = [progress(NEW, float(month)) for month in months]
    before = months < NEW.first_twitch_month
    assert all(now.strength == 0.0 for now, yet in zip(course, before, strict=True) if yet)
    for quantity in ("strength", "independence", "units"):
        values = np.array([getattr(now, quantity) for now in course])
        assert (np.diff(values[~before]) > 0).all()
        assert ((values >= 0) & (values <= 1)).all()
    assert progress(NEW, 3.0).strength == pytest.approx(0.05)
    assert 0.5 < progress(NEW, 6.0).strength < 0.75
    assert progress(NEW, 12.0).strength > 0.9
    assert progress(NEW, 12.0).independence > 0.9


def test_a_native_nerve_needs_no_time() -> None:
    now = progress(NATIVE, 0.0)
    assert (now.strength, now.independence, now.units) == (1.0, 1.0, 1.0)
    assert at_month(SIX, 0.0).muscles[0] == NATIVE


def test_long_after_the_wearer_is_the_one_of_the_file() -> None:
    late = at_month(SIX, 600.0)
    for muscle, there in zip(late.muscles, SIX.muscles, strict=True):
        assert muscle.full_effort_uv == pytest.approx(there.full_effort_uv)
        assert muscle.motor_units == there.motor_units
        assert {name: share for name, share in muscle.coactivates.items() if share > 1e-6} == pytest.approx(
            there.coactivates
        )


def heard(months: float) -> tuple[float, float]:
    """Return RMS at the site of the new hand-close muscle and at its neighbour's, less that of rest, in µV."""
    signal = MuscleSignal(at_month(SIX, months).model_copy(update={"tiring": 0.0}), seed=4)
    rest = signal.next(3000)[500:].std(axis=0)
    signal.set_activations({NEW.name: 0.7})
    rms = signal.next(4000)[500:].std(axis=0)
    own, host = np.sqrt(np.maximum(rms**2 - rest**2, 0.0))[[2, 0]]
    return float(own), float(host)


def test_signals_grow_stronger_and_more_independent_month_by_month() -> None:
    course = [heard(months) for months in (3.0, 6.0, 12.0)]
    own = [now[0] for now in course]
    assert own[0] < 0.4 * own[1] < 0.4 * own[2]
    cross = [host / site for site, host in course]
    assert cross[0] > 1.0  # at first the muscle that was always there answers more than the new one
    assert cross[0] > 2.0 * cross[1] > 2.0 * cross[2]


def test_months_before_the_operation_are_refused() -> None:
    for months in (-1.0, float("nan"), float("inf")):
        with pytest.raises(SimError, match="0 or more"):
            at_month(SIX, months)
