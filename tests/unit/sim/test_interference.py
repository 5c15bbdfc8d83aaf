import numpy as np
import pytest
from numpy.typing import NDArray

from sim.emulator.interference import Interference
from sim.errors import SimError

RATE_HZ = 1000.0
UV_PER_COUNT = 0.5
NOTHING = np.zeros((20_000, 3), dtype=np.int32)


def uv(interference: Interference, counts: NDArray[np.int32] = NOTHING) -> NDArray[np.float64]:
    return np.asarray(interference.add(counts) * UV_PER_COUNT, dtype=np.float64)


def test_nothing_is_added_unless_it_is_asked_for() -> None:
    counts = np.arange(40, dtype=np.int32).reshape(20, 2)
    assert Interference(RATE_HZ, UV_PER_COUNT).add(counts) is counts


def test_noise_has_its_rms_and_is_another_on_each_channel() -> None:
    interference = Interference(RATE_HZ, UV_PER_COUNT)
    interference.set_noise(40.0)
    added = uv(interference)
    assert added.std(axis=0) == pytest.approx(40.0, rel=0.03)
    assert abs(float((added[:, 0] * added[:, 1]).mean())) < 0.05 * 40.0**2


@pytest.mark.parametrize("mains_hz", [50.0, 60.0])
def test_a_hum_has_its_rms_its_frequency_and_a_third_harmonic(mains_hz: float) -> None:
    interference = Interference(RATE_HZ, UV_PER_COUNT)
    interference.set_mains(100.0, mains_hz)
    added = uv(interference)
    assert np.sqrt((added**2).mean(axis=0)) == pytest.approx(100.0, rel=0.01)
    spectrum = np.abs(np.fft.rfft(added[:, 0]))
    strongest = np.argsort(spectrum)[-2:] * RATE_HZ / len(added)
    assert sorted(strongest) == pytest.approx([mains_hz, 3 * mains_hz])


def test_the_same_samples_in_other_pieces_get_the_same() -> None:
    ways = []
    for cuts in ([], [7, 100, 101]):
        interference = Interference(RATE_HZ, UV_PER_COUNT, seed=4)
        interference.set_noise(10.0)
        interference.set_mains(10.0)
        ways.append(np.concatenate([uv(interference, part) for part in np.split(NOTHING[:500], cuts)]))
    np.testing.assert_array_equal(ways[0], ways[1])


def test_what_is_too_large_is_cut_off_at_the_rail() -> None:
    interference = Interference(RATE_HZ, 1e-3)
    interference.set_noise(100_000.0)
    assert np.abs(interference.add(NOTHING)).max() == 2**23 - 1


def test_what_makes_no_sense_is_refused_and_leaves_things_as_they_were() -> None:
    interference = Interference(RATE_HZ, UV_PER_COUNT)
    for rms_uv in (-1.0, float("nan"), 1e6):
        with pytest.raises(SimError, match="noise is 0 to 100000"):
            interference.set_noise(rms_uv)
        with pytest.raises(SimError, match="a hum is 0 to 100000"):
            interference.set_mains(rms_uv)
    with pytest.raises(SimError, match="of 50 or 60 Hz, not 1 µV of 55 Hz"):
        interference.set_mains(1.0, 55.0)
    assert interference.add(NOTHING) is NOTHING
