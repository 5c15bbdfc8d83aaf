import numpy as np
import pytest
from numpy.typing import NDArray

from sim.emg.generator import DEFAULT_MOTIONS, WearerSignal
from sim.errors import SimError


def rms(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    level: NDArray[np.float64] = np.sqrt(np.mean(samples**2, axis=0))
    return level


def settled(wearer: WearerSignal, motion: str, effort: float, n_samples: int = 4000) -> NDArray[np.float64]:
    wearer.set_intent(motion, effort)
    wearer.next(round(wearer.info.rate_hz))
    return wearer.next(n_samples)


def share_of_power(samples: NDArray[np.float64], rate_hz: float, low_hz: float, high_hz: float) -> float:
    power = np.abs(np.fft.rfft(samples)) ** 2
    frequency_hz = np.fft.rfftfreq(len(samples), 1 / rate_hz)
    return float(power[(frequency_hz >= low_hz) & (frequency_hz <= high_hz)].sum() / power.sum())


def test_rest_is_the_noise_of_skin_and_amplifier() -> None:
    level_uv = rms(WearerSignal(seed=3).next(20_000))
    assert np.all(level_uv > 2.9)
    assert np.all(level_uv < 5.5)


def test_rest_holds_a_little_mains_hum() -> None:
    samples = WearerSignal(seed=3).next(20_000)
    for channel in samples.T:
        spectrum_uv = 2 * np.abs(np.fft.rfft(channel)) / len(channel)
        hum_uv = spectrum_uv[round(50 * len(channel) / 1000)]
        assert 0.9 < hum_uv < 2.2


@pytest.mark.parametrize("motion", DEFAULT_MOTIONS[1:])
def test_full_effort_gives_what_skin_electrodes_show(motion: str) -> None:
    strongest_uv = rms(settled(WearerSignal(seed=5), motion, 1.0)).max()
    assert 100 < strongest_uv < 350


def test_amplitude_follows_effort_in_proportion() -> None:
    wearer = WearerSignal(seed=5)
    weak = rms(settled(wearer, "hand_close", 0.3, 20_000)).max()
    strong = rms(settled(wearer, "hand_close", 0.9, 20_000)).max()
    assert strong / weak == pytest.approx(3.0, rel=0.1)


def test_muscle_power_lies_in_the_band_of_surface_emg() -> None:
    samples = settled(WearerSignal(seed=1), "hand_close", 1.0, 20_000)
    strongest = samples[:, rms(samples).argmax()]
    assert share_of_power(strongest, 1000.0, 20, 450) > 0.98
    assert share_of_power(strongest, 1000.0, 50, 150) > 0.5
    assert share_of_power(strongest, 1000.0, 0, 12) < 0.005


def test_a_slow_device_gets_the_band_it_can_hold() -> None:
    samples = settled(WearerSignal(rate_hz=200.0, seed=1), "hand_close", 1.0)
    strongest = samples[:, rms(samples).argmax()]
    assert share_of_power(strongest, 200.0, 20, 100) > 0.98


def test_every_motion_has_a_pattern_of_its_own() -> None:
    wearer = WearerSignal(seed=2)
    patterns = np.array([rms(settled(wearer, motion, 0.6)) for motion in wearer.motions[1:]])
    directions = patterns / np.linalg.norm(patterns, axis=1, keepdims=True)
    likeness = directions @ directions.T - np.eye(len(patterns))
    assert likeness.max() < 0.93
    assert likeness.max() > 0.2, "surface electrodes overlap"


def test_another_seed_is_another_person() -> None:
    here, there = (rms(settled(WearerSignal(seed=seed), "pronation", 0.6)) for seed in (1, 2))
    assert np.abs(here - there).max() > 10


def test_another_take_is_the_same_person_with_other_noise() -> None:
    first, second = WearerSignal(seed=1, take=0), WearerSignal(seed=1, take=1)
    one, other = settled(first, "pronation", 0.6, 20_000), settled(second, "pronation", 0.6, 20_000)
    np.testing.assert_allclose(rms(one), rms(other), rtol=0.1)
    assert abs(np.corrcoef(one[:, 0], other[:, 0])[0, 1]) < 0.1


def run_in_pieces(pieces: list[int]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    wearer = WearerSignal(channel_count=4, seed=9)
    parts, labels = [], []
    for motion, effort in (("rest", 0.0), ("hand_open", 0.7), ("hand_close", 0.4)):
        wearer.set_intent(motion, effort)
        for n_samples in pieces:
            samples, active = wearer.next_labelled(n_samples)
            parts.append(samples)
            labels.append(active)
    return np.concatenate(parts), np.concatenate(labels)


@pytest.mark.parametrize("pieces", [[1] * 700, [7] * 100, [128, 128, 128, 316], [699, 1], [0, 700]])
def test_samples_do_not_depend_on_how_they_are_asked_for(pieces: list[int]) -> None:
    whole, whole_labels = run_in_pieces([700])
    samples, labels = run_in_pieces(pieces)
    np.testing.assert_array_equal(samples, whole)
    np.testing.assert_array_equal(labels, whole_labels)


def test_the_noise_has_no_seam_between_blocks() -> None:
    wearer = WearerSignal(seed=4)
    samples = settled(wearer, "elbow_flexion", 1.0, 128 * 200)
    steps = np.abs(np.diff(samples[:, rms(samples).argmax()]))
    # `settled` took 1000 samples before, so blocks of 128 end at these places
    at_seams = steps[(np.arange(len(steps)) + 1001) % 128 == 0]
    assert len(at_seams) == 200
    assert at_seams.mean() == pytest.approx(steps.mean(), rel=0.25)


def test_activation_follows_the_intent_as_fast_as_a_human() -> None:
    wearer = WearerSignal(seed=1)
    wearer.next(500)
    wearer.set_intent("hand_close", 1.0)
    _samples, rising = wearer.next_labelled(1000)
    wearer.set_intent("rest")
    _samples, falling = wearer.next_labelled(1000)
    onset, offset = int(np.argmax(rising > 0)), int(np.argmax(falling == 0))
    assert set(rising[onset:]) == {DEFAULT_MOTIONS.index("hand_close")}
    assert 5 <= onset <= 30
    assert 150 <= offset <= 300


def test_neighbouring_sites_hear_each_other() -> None:
    samples = settled(WearerSignal(seed=1), "elbow_flexion", 1.0, 20_000)
    strongest = int(rms(samples).argmax())
    neighbour, opposite = (samples[:, (strongest + step) % 8] for step in (1, 4))
    assert 0.1 < np.corrcoef(samples[:, strongest], neighbour)[0, 1] < 0.5
    assert abs(np.corrcoef(samples[:, strongest], opposite)[0, 1]) < 0.1


@pytest.mark.parametrize("channel_count", [1, 2, 64])
def test_any_number_of_channels(channel_count: int) -> None:
    samples = settled(WearerSignal(channel_count=channel_count), "hand_open", 1.0)
    assert samples.shape == (4000, channel_count)
    assert rms(samples).max() > 50


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"channel_count": 0}, "at least one channel, not 0"),
        ({"rate_hz": 20.0}, "100 Hz or more.*not 20"),
        ({"rate_hz": float("nan")}, "not nan"),
        ({"motions": ("hand_open",)}, "begin with 'rest', not: hand_open"),
        ({"motions": ()}, "not: none"),
        ({"motions": ("rest", "a", "a")}, "must be different"),
        ({"seed": -1}, "0 or more, not -1"),
    ],
)
def test_what_makes_no_wearer_is_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(SimError, match=message):
        WearerSignal(**arguments)  # type: ignore[arg-type] # pytest's table holds different types


@pytest.mark.parametrize(
    ("motion", "effort", "message"),
    [
        ("fist", 0.5, "no motion 'fist'; say one of: rest, elbow_flexion"),
        ("hand_close", 1.5, "between 0 and 1, not 1.5"),
        ("hand_close", float("nan"), "not nan"),
    ],
)
def test_an_impossible_intent_is_refused_and_changes_nothing(motion: str, effort: float, message: str) -> None:
    wearer = WearerSignal()
    wearer.set_intent("pronation", 0.4)
    with pytest.raises(SimError, match=message):
        wearer.set_intent(motion, effort)
    assert wearer.intent == ("pronation", 0.4)
