import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from controller.emg.mains_detection import detect_mains
from controller.errors import CalibrationError

RATE_HZ = 1000.0


def rest(seconds: float = 5.0, seed: int = 0, rate_hz: float = RATE_HZ) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(0.0, 3.0, (round(seconds * rate_hz), 4)) + 500.0


def hum(frequency_hz: float, amplitude: float, seconds: float = 5.0, rate_hz: float = RATE_HZ) -> NDArray[np.float64]:
    wave: NDArray[np.float64] = np.sin(2 * np.pi * frequency_hz * np.arange(round(seconds * rate_hz)) / rate_hz)
    return amplitude * wave


@pytest.mark.parametrize("rate_hz", [200.0, 1000.0, 2000.0])
@pytest.mark.parametrize("line_hz", [50.0, 60.0, 49.8, 60.2])
def test_finds_the_line_on_the_one_channel_that_has_it(rate_hz: float, line_hz: float) -> None:
    samples = rest(rate_hz=rate_hz)
    samples[:, 2] += hum(line_hz, 4.0, rate_hz=rate_hz)
    finding = detect_mains([samples], rate_hz)
    assert finding.notch_hz == round(line_hz, -1)
    share = finding.share[0 if line_hz < 55 else 1]
    assert share[2] == pytest.approx(8 / (8 + 9), abs=0.12)
    assert share[[0, 1, 3]].max() < 0.1


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([200.0, 500.0, 1000.0]), st.floats(3.0, 10.0))
def test_noise_needs_no_notch(seed: int, rate_hz: float, seconds: float) -> None:
    assert detect_mains([rest(seconds, seed, rate_hz)], rate_hz).notch_hz is None


def test_the_stronger_line_wins_and_a_faint_one_is_left() -> None:
    samples = rest()
    samples[:, 0] += hum(50, 4.0)
    samples[:, 1] += hum(60, 20.0)
    assert detect_mains([samples], RATE_HZ).notch_hz == 60.0
    faint = rest()
    faint[:, 0] += hum(50, 1.5)  # 11 % of the power
    finding = detect_mains([faint], RATE_HZ)
    assert finding.line_ratio[0, 0] > 10
    assert finding.notch_hz is None


def test_a_twitch_or_a_muscle_near_50_hz_is_no_line() -> None:
    samples = rest(10.0)
    samples[3000:4500] += np.random.default_rng(1).normal(0.0, 60.0, (1500, 4))
    spectrum = np.fft.rfft(np.random.default_rng(2).normal(0.0, 30.0, (10_000, 4)), axis=0)
    frequency = np.fft.rfftfreq(10_000, 1 / RATE_HZ)[:, None]
    muscle = np.fft.irfft(spectrum * np.exp(-(((frequency - 55) / 20) ** 2)), axis=0)
    assert detect_mains([samples + muscle], RATE_HZ).notch_hz is None


def test_silence_and_a_rate_without_room_for_the_line_need_no_notch() -> None:
    assert detect_mains([np.zeros((5000, 2))], RATE_HZ).notch_hz is None
    assert detect_mains([rest(rate_hz=100.0) + hum(50, 50.0, rate_hz=100.0)[:, None]], 100.0).notch_hz is None


def test_rests_between_contractions_do_as_well_as_one_long_rest() -> None:
    samples = rest()
    samples[:, 2] += hum(50, 4.0)
    offsets = np.repeat([0.0, 900.0, -300.0, 50.0], 1250)[:, None]  # a jump inside a segment would hide the line
    finding = detect_mains(np.split(samples + offsets, 4), RATE_HZ)
    assert finding.notch_hz == 50.0
    assert finding.share[0, 2] == pytest.approx(8 / 17, abs=0.12)


def test_values_that_are_no_numbers_end_a_piece_and_spoil_nothing() -> None:
    samples = rest(6.0)
    samples[:, 2] += hum(50, 4.0, 6.0)
    broken = samples.copy()
    broken[[2000, 2001, 4500], 1] = [np.nan, np.inf, -np.inf]
    expected = detect_mains([samples[:2000], samples[2002:4500], samples[4501:]], RATE_HZ)
    finding = detect_mains([broken], RATE_HZ)
    assert finding.notch_hz == expected.notch_hz == 50.0
    assert (finding.share == expected.share).all()


@pytest.mark.parametrize(
    "pieces", [[], [rest(2.9)], [rest(0.9)] * 10, [np.full((5000, 4), np.nan)], [np.zeros((0, 4))]]
)
def test_too_short_a_rest_is_refused(pieces: list[NDArray[np.float64]]) -> None:
    with pytest.raises(CalibrationError, match="at least 3 s"):
        detect_mains(pieces, RATE_HZ)
