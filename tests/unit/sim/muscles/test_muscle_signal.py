from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.errors import SimError
from sim.muscles.muscle_signal import MuscleSignal
from sim.muscles.preset import Background, load_wearer
from tests.rigs.emg_figures import kurtosis, median_frequency_hz

WEARERS = Path(__file__).resolve().parents[4] / "configs/wearers"
SIX = load_wearer(WEARERS / "transhumeral_six.toml")
CHEST = load_wearer(WEARERS / "shoulder_disarticulation.toml")
SILENT = Background(skin_noise_uv=0.0, mains_uv=0.0, impedance_drift=0.0)
QUIET = SIX.model_copy(update={"background": SILENT, "tiring": 0.0})
BICEPS = "biceps, long head"


def held(signal: MuscleSignal, seconds: float, **activations: float) -> NDArray[np.float64]:
    """Hold the muscles by their motion's name; the first half second is left out."""
    muscles = {muscle.motion: muscle.name for muscle in signal.preset.muscles}
    signal.set_activations({muscles[motion]: level for motion, level in activations.items()})
    return signal.next(round(seconds * signal.rate_hz))[round(0.5 * signal.rate_hz) :]


@pytest.mark.parametrize("muscle", range(6))
def test_full_effort_has_the_amplitude_of_the_preset_and_the_spectrum_of_the_books(muscle: int) -> None:
    signal = MuscleSignal(QUIET, seed=3)
    x = held(signal, 8.0, **{QUIET.muscles[muscle].motion: 1.0})
    best = int(np.argmax(x.std(axis=0)))
    assert best == muscle  # its own site, which the six-site preset lists in the muscles' order
    assert x[:, best].std() == pytest.approx(QUIET.muscles[muscle].full_effort_uv, rel=0.12)
    assert 50.0 <= median_frequency_hz(x[:, best], 1000.0) <= 150.0
    assert abs(x[:, best].mean()) < 0.05 * x[:, best].std()


@pytest.mark.parametrize("path", sorted(WEARERS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_preset_stays_within_published_ranges(path: Path) -> None:
    preset = load_wearer(path)
    preset = preset.model_copy(update={"background": SILENT, "tiring": 0.0})
    preset = preset.model_copy(
        update={"sites": tuple(site.model_copy(update={"ecg_uv": 0.0}) for site in preset.sites)}
    )
    for muscle in preset.muscles:
        x = held(MuscleSignal(preset, seed=1), 4.0, **{muscle.motion: 0.6})
        site = int(np.argmax(x.std(axis=0)))
        assert 50.0 <= x[:, site].std() <= 500.0
        assert 50.0 <= median_frequency_hz(x[:, site], 1000.0) <= 150.0


def test_mean_absolute_value_grows_with_force_nearly_in_proportion() -> None:
    levels = (0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
    exponents = []
    for seed in range(4):
        signal = MuscleSignal(QUIET, seed=seed)
        mav = [np.abs(held(signal, 6.0, elbow_flexion=level)[:, 0]).mean() for level in levels]
        assert (np.diff(mav) > 0).all()
        exponents.append(np.polyfit(np.log(levels), np.log(mav), 1)[0])
    # linear in the hand, a little less or more than linear elsewhere (Lawrence & De Luca 1983)
    assert 0.6 <= np.mean(exponents) <= 1.4


def test_more_effort_fills_the_interference_pattern() -> None:
    """Super-Gaussian at low effort, towards Gaussian at high: Nazarpour et al. 2013."""
    low, high = [], []
    for seed in range(4):
        signal = MuscleSignal(QUIET, seed=seed)
        low.append(kurtosis(held(signal, 6.0, elbow_flexion=0.05)[:, 0]))
        high.append(kurtosis(held(signal, 6.0, elbow_flexion=0.9)[:, 0]))
    assert np.mean(low) > 4.0
    assert 2.7 < np.mean(high) < 3.6


def test_fatigue_lowers_the_spectrum_and_raises_the_amplitude() -> None:
    signal = MuscleSignal(QUIET, seed=2)
    fresh = held(signal, 8.0, elbow_flexion=0.5)[:, 0]
    signal.set_fatigue(1.0)
    tired = held(signal, 8.0, elbow_flexion=0.5)[:, 0]
    assert 0.5 < median_frequency_hz(tired, 1000.0) / median_frequency_hz(fresh, 1000.0) < 0.85
    assert 1.1 < tired.std() / fresh.std() < 2.0


def test_half_the_strength_is_held_about_a_minute_and_rest_restores() -> None:
    signal = MuscleSignal(SIX.model_copy(update={"tiring": 1.0}), rate_hz=200.0)
    held(signal, 60.0, elbow_flexion=0.5)
    assert signal.fatigue[0] > 0.7
    assert signal.fatigue[1] < 0.05
    held(signal, 300.0, elbow_flexion=0.0)
    assert signal.fatigue[0] < 0.1


def test_no_activation_no_signal() -> None:
    assert not MuscleSignal(QUIET).next(2000).any()


def test_at_rest_there_is_noise_of_some_microvolts_alone() -> None:
    rest = MuscleSignal(SIX).next(5000)
    assert (rest.std(axis=0) > 1.0).all()
    assert (rest.std(axis=0) < 8.0).all()


def test_the_heart_is_heard_on_the_chest_and_not_on_the_arm() -> None:
    chest = MuscleSignal(CHEST, seed=1).next(30_000)
    loud = chest[:, 2] > 0.6 * 450.0
    beats = np.flatnonzero(np.diff(loud.astype(int)) == 1)
    assert 30 <= len(beats) <= 42  # 72 a minute in half a minute, and its bursts of motion
    assert np.abs(MuscleSignal(QUIET, seed=1).next(30_000)).max() == 0.0


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(0, 400), min_size=1, max_size=8), st.integers(0, 2**31), st.floats(0.0, 1.0))
def test_chunks_do_not_matter(counts: list[int], seed: int, level: float) -> None:
    def made() -> MuscleSignal:
        signal = MuscleSignal(CHEST, seed=seed)
        signal.set_activations({CHEST.muscles[0].name: level, CHEST.muscles[2].name: 1.0 - level})
        return signal

    cut, whole = made(), made().next(sum(counts))
    assert np.isfinite(whole).all()
    assert np.array_equal(np.concatenate([cut.next(count) for count in counts]), whole)


def test_an_activation_may_change_at_any_sample() -> None:
    rows = np.zeros((1500, 6))
    rows[700:, 0] = 0.8
    driven = MuscleSignal(QUIET).next_driven(rows)
    stepped = MuscleSignal(QUIET)
    first = stepped.next(700)
    stepped.set_activations({BICEPS: 0.8})
    assert np.array_equal(np.concatenate((first, stepped.next(800))), driven)
    assert not driven[:700].any()
    assert driven[700:].any()


def test_a_person_is_a_seed_and_an_occasion_a_take() -> None:
    def at(seed: int, take: int) -> NDArray[np.float64]:
        return held(MuscleSignal(QUIET, seed=seed, take=take), 5.0, elbow_flexion=0.7)

    somebody, later, another = at(1, 0), at(1, 1), at(2, 0)
    assert np.array_equal(somebody, at(1, 0))
    assert not np.array_equal(somebody, later)
    # the same person, so the same mixture at the sites; another has another
    shares = [x.std(axis=0) / x.std() for x in (somebody, later, another)]
    assert np.abs(shares[0] - shares[1]).max() < 0.1
    assert np.abs(shares[0] - shares[2]).max() > 0.5 * np.abs(shares[0] - shares[1]).max()


def test_shifted_sites_hear_another_mixture() -> None:
    signal = MuscleSignal(QUIET)
    before = held(signal, 4.0, elbow_flexion=0.7).std(axis=0)
    signal.shift_sites(around_mm=15.0)
    shifted = held(signal, 4.0, elbow_flexion=0.7).std(axis=0)
    assert shifted[0] < 0.7 * before[0]
    assert shifted[2] > 1.3 * before[2]  # this one came nearer
    signal.shift_sites()
    assert held(signal, 4.0, elbow_flexion=0.7).std(axis=0)[0] == pytest.approx(before[0], rel=0.15)


def test_one_site_may_shift_alone() -> None:
    signal = MuscleSignal(QUIET)
    before = held(signal, 4.0, elbow_flexion=0.7, elbow_extension=0.7).std(axis=0)
    signal.shift_sites(along_mm=-20.0, site="biceps, outer")
    after = held(signal, 4.0, elbow_flexion=0.7, elbow_extension=0.7).std(axis=0)
    assert after[0] < 0.8 * before[0]
    assert after[1] == pytest.approx(before[1], rel=0.15)


def test_a_lifted_site_hears_mains_and_no_muscle() -> None:
    signal = MuscleSignal(SIX)
    signal.lift("biceps, outer")
    signal.next(1000)
    x = held(signal, 4.0, elbow_flexion=0.8)
    power = np.abs(np.fft.rfft(x[:, 0])) ** 2
    at_mains = np.abs(np.fft.rfftfreq(len(x), 1e-3) - 50.0) < 1.0
    assert x[:, 0].std() > 100.0
    assert power[at_mains].sum() > 0.5 * power.sum()
    signal.lift("biceps, outer", lifted=False)
    signal.next(1000)
    assert 10.0 <= held(signal, 4.0, elbow_flexion=0.0)[:, 0].std() * 10.0 < 100.0


def test_a_posture_holds_muscles_and_slides_the_skin() -> None:
    signal = MuscleSignal(QUIET)
    before = held(signal, 4.0, elbow_extension=0.5).std(axis=0)
    signal.set_posture("overhead")
    held(signal, 1.0, elbow_extension=0.0)
    at_rest = signal.next(3000).std(axis=0)
    assert at_rest[1] > 2.0
    raised = held(signal, 4.0, elbow_extension=0.5).std(axis=0)
    assert abs(raised[1] / before[1] - 1.0) > 0.03
    signal.set_posture(None)
    held(signal, 1.0, elbow_extension=0.0)
    assert not signal.next(1000).any()


def test_sweat_lowers_what_arrives() -> None:
    signal = MuscleSignal(QUIET)
    dry = held(signal, 6.0, elbow_flexion=0.7)[:, 0].std()
    signal.set_sweat(1.0)
    assert held(signal, 6.0, elbow_flexion=0.7)[:, 0].std() == pytest.approx(0.6 * dry, rel=0.1)


@pytest.mark.parametrize("rate_hz", [200.0, 250.0, 500.0, 2000.0, 4000.0])
def test_other_rates_measure_the_same_muscle(rate_hz: float) -> None:
    x = held(MuscleSignal(QUIET, rate_hz), 6.0, elbow_flexion=1.0)[:, 0]
    assert x.std() == pytest.approx(350.0, rel=0.12)


def test_what_cannot_be_is_refused_and_changes_nothing() -> None:
    signal = MuscleSignal(QUIET)
    wrongs: tuple[Callable[[], None], ...] = (
        lambda: signal.set_activations({"biceps": 0.5}),
        lambda: signal.set_activations({BICEPS: 1.5}),
        lambda: signal.set_activations({BICEPS: float("nan")}),
        lambda: signal.lift("elbow"),
        lambda: signal.set_posture("flying"),
        lambda: signal.set_sweat(-0.1),
        lambda: signal.set_fatigue(2.0),
        lambda: signal.shift_sites(1.0, site="nowhere"),
    )
    for wrong in wrongs:
        with pytest.raises(SimError):
            wrong()
    assert not signal.next(1000).any()
    with pytest.raises(SimError, match="200 to 20000 Hz, not at 100 Hz"):
        MuscleSignal(QUIET, 100.0)
    with pytest.raises(SimError, match="seed and take are 0 or more"):
        MuscleSignal(QUIET, seed=-1)


def test_efforts_beyond_the_scale_are_cut() -> None:
    rows = np.full((1000, 6), 7.0)
    assert np.array_equal(MuscleSignal(QUIET).next_driven(rows), MuscleSignal(QUIET).next_driven(rows / 7.0))
