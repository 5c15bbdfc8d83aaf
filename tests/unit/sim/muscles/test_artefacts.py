from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.muscles.contact import Contact
from sim.muscles.heart import Heart
from sim.muscles.mains import Mains
from sim.muscles.motion_bursts import MotionBursts
from sim.muscles.skin_noise import SkinNoise

RATE_HZ = 1000.0
Next = Callable[[int], NDArray[np.float64]]

MAKERS: dict[str, Callable[[], Next]] = {
    "skin noise": lambda: SkinNoise(4, 3.0, RATE_HZ, np.random.default_rng(1)).next,
    "mains": lambda: Mains(4, 2.0, 50.0, RATE_HZ, np.random.default_rng(1)).next,
    "motion": lambda: MotionBursts(4, 60.0, 300.0, RATE_HZ, np.random.default_rng(1)).next,
    "heart": lambda: Heart(np.array([300.0, 0.0, -80.0, 10.0]), 72.0, RATE_HZ, np.random.default_rng(1)).next,
    "contact": lambda: Contact(4, RATE_HZ, np.random.default_rng(1)).gains,
}


@pytest.mark.parametrize("name", MAKERS)
def test_chunks_do_not_matter(name: str) -> None:
    whole = MAKERS[name]()(7000)
    cut = MAKERS[name]()
    parts = [cut(count) for count in (1, 2, 0, 3, 994, 1, 1999, 4000)]
    assert np.array_equal(np.concatenate(parts), whole)
    assert np.isfinite(whole).all()


def test_skin_noise_has_its_rms_and_more_of_it_below_20_hz() -> None:
    noise = SkinNoise(2, 4.0, RATE_HZ, np.random.default_rng(3)).next(60_000)
    assert noise.std(axis=0) == pytest.approx([4.0, 4.0], rel=0.05)
    power = np.abs(np.fft.rfft(noise[:, 0])) ** 2
    frequency = np.fft.rfftfreq(len(noise), 1 / RATE_HZ)
    assert power[(frequency > 1) & (frequency < 10)].mean() > 5 * power[frequency > 200].mean()
    assert abs(np.mean(noise[:, 0] * noise[:, 1])) / 16.0 < 0.05


def test_mains_stands_at_its_frequency_and_its_third_harmonic() -> None:
    hum = Mains(1, 2.0, 60.0, RATE_HZ, np.random.default_rng(0)).next(10_000)[:, 0]
    power = np.abs(np.fft.rfft(hum)) ** 2
    loudest = np.argsort(power)[::-1][:2] * RATE_HZ / len(hum)
    assert list(loudest) == [60.0, 180.0]
    assert 1.0 <= hum.std() <= 3.0


def test_mains_has_no_harmonic_that_would_fold() -> None:
    hum = Mains(1, 2.0, 60.0, 250.0, np.random.default_rng(0)).next(5000)[:, 0]
    power = np.abs(np.fft.rfft(hum)) ** 2
    assert power[1200] > 0.999 * power.sum()


def test_the_heart_beats_at_its_rate_with_the_height_of_each_site() -> None:
    heart = Heart(np.array([400.0, -100.0]), 75.0, RATE_HZ, np.random.default_rng(5))
    signal = heart.next(120_000)
    loud = signal[:, 0] > 250.0
    beats = np.flatnonzero(np.diff(loud.astype(int)) == 1)
    assert len(beats) == pytest.approx(150, abs=4)
    intervals_s = np.diff(beats) / RATE_HZ
    assert intervals_s.mean() == pytest.approx(0.8, abs=0.02)
    assert 0.02 < intervals_s.std() < 0.08
    assert signal[:, 0].max() == pytest.approx(400.0, rel=0.1)
    assert signal[:, 1] == pytest.approx(-0.25 * signal[:, 0])


def test_motion_is_slow_rare_and_silent_between() -> None:
    bursts = MotionBursts(3, 12.0, 300.0, RATE_HZ, np.random.default_rng(2))
    signal = bursts.next(300_000)
    active = np.abs(signal).max(axis=1) > 0
    assert 0.02 < active.mean() < 0.2
    power = np.abs(np.fft.rfft(signal[:, 0])) ** 2
    assert power[np.fft.rfftfreq(len(signal), 1 / RATE_HZ) > 20].sum() < 0.02 * power.sum()


def test_without_a_rate_motion_comes_only_when_asked_for() -> None:
    bursts = MotionBursts(1, 0.0, 300.0, RATE_HZ, np.random.default_rng(2))
    assert not bursts.next(5000).any()
    bursts.bump()
    assert bursts.next(600).any()
    assert not bursts.next(5000).any()


def test_one_site_may_be_bumped_alone() -> None:
    bursts = MotionBursts(3, 0.0, 300.0, RATE_HZ, np.random.default_rng(2))
    bursts.bump(1)
    signal = bursts.next(600)
    assert signal[:, 1].any()
    assert not signal[:, [0, 2]].any()


def test_sensitivity_drifts_slowly_and_little() -> None:
    gains = Contact(2, 10.0, np.random.default_rng(4)).gains(10 * 7200)
    assert np.abs(np.diff(gains, axis=0)).max() < 0.01
    assert 0.02 < np.log(gains).std() < 0.16
    assert Contact(2, 10.0, np.random.default_rng(4), drift=0.0).gains(100) == pytest.approx(np.ones((100, 2)))


def test_sweat_and_lifting() -> None:
    contact = Contact(3, RATE_HZ, np.random.default_rng(4), drift=0.0)
    contact.sweat[0] = 1.0
    contact.lifted[2] = True
    assert contact.gains(1)[0] == pytest.approx([0.6, 1.0, 0.0])
    assert contact.hum[2] > 100 * contact.hum[1]
