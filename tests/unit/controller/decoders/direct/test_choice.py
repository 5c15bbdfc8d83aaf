import numpy as np
import pytest
from numpy.typing import NDArray

from controller.decoders.direct.choice import fit_sites
from controller.errors import CalibrationError

NAMES = ("rest", "close", "open")


def levels() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Channel 3 hears `close` best, channel 2 `open`; channel 1 hears both, channel 4 nothing."""
    generator = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 200)
    means = np.array([[2, 2, 2, 2], [40, 4, 40, 2], [40, 30, 4, 2]])[labels]
    return means * generator.uniform(0.9, 1.1, means.shape), labels


def test_each_motion_gets_the_channel_that_tells_it_best() -> None:
    sites = fit_sites(*levels(), NAMES, 0, ("close", "open"), {})
    assert (sites["close"].column, sites["open"].column) == (2, 1)
    assert 4 < sites["close"].threshold < 5
    assert sites["close"].full == pytest.approx(40, rel=0.1)


def test_channels_that_people_name_are_taken_and_not_given_twice() -> None:
    assert fit_sites(*levels(), NAMES, 0, ("open",), {"open": 1})["open"].column == 0
    values, labels = levels()
    values[:, 1] = values[:, 2]
    with pytest.raises(CalibrationError, match=r"site 'open \(channel"):
        fit_sites(values, labels, NAMES, 0, ("close", "open"), {"close": 3})


def test_what_cannot_be_is_refused_in_a_sentence() -> None:
    with pytest.raises(CalibrationError, match=r"\[direct.sites\] open: there is no channel 5, only 1 to 4"):
        fit_sites(*levels(), NAMES, 0, ("close", "open"), {"open": 5})
    with pytest.raises(CalibrationError, match="gives a channel to two motions"):
        fit_sites(*levels(), NAMES, 0, ("close", "open"), {"open": 2, "close": 2})
    values, labels = levels()
    with pytest.raises(CalibrationError, match="2 sites need as many channels, there are 1; name fewer joints"):
        fit_sites(values[:, :1], labels, NAMES, 0, ("close", "open"), {})
