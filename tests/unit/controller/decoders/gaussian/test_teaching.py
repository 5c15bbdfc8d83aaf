import numpy as np
import pytest

from controller.decoders.gaussian.adaptation import AdaptationSettings
from controller.decoders.gaussian.fit import fit_gaussian
from controller.decoders.gaussian.teaching import fade, taught_class
from controller.decoders.gaussian.whitened import whiten_classes
from tests.unit.controller.decoders.gaussian.ring_wearer import RingWearer, trials

REST, MOTION = np.zeros(2), np.array([4.0, 0.0])
LEAST_LEVEL = np.array([-np.inf, 1.0])


def taught(
    likelihood: tuple[float, float], white: tuple[float, float], distance: float = 1.0, level: float = 2.0
) -> tuple[int, float]:
    """Return the class that a decision teaches, and its weight; gate 0.9, farthest 10 per feature."""
    means, weight = np.array([REST, MOTION]), np.zeros(1)
    index = taught_class(
        np.array(likelihood),
        np.full(2, distance),
        np.array(white),
        means,
        0.5 * (means**2).sum(axis=1),
        level,
        LEAST_LEVEL,
        0.9,
        10.0,
        weight,
    )
    return index, float(weight[0])


def test_a_sure_decision_teaches_with_the_weight_of_its_probability() -> None:
    index, weight = taught((-6.0, -1.0), (3.0, 0.5))
    assert index == 1
    assert weight == pytest.approx(1.0 / (1.0 + np.exp(-5.0)))


@pytest.mark.parametrize(
    ("likelihood", "white", "distance", "level"),
    [
        ((-2.0, -1.0), (3.0, 0.5), 1.0, 2.0),  # not sure
        ((-6.0, -1.0), (1.0, 0.5), 1.0, 2.0),  # as fitted, rest was nearer
        ((-6.0, -1.0), (3.0, 0.5), 21.0, 2.0),  # farther than 10 per feature
        ((-6.0, -1.0), (3.0, 0.5), 1.0, 0.9),  # as quiet as rest
        ((-6.0, np.nan), (3.0, 0.5), 1.0, 2.0),
        ((np.inf, -1.0), (3.0, 0.5), 1.0, 2.0),
        ((-6.0, -1.0), (3.0, 0.5), np.nan, 2.0),
        ((-6.0, -1.0), (3.0, 0.5), 1.0, np.nan),
    ],
)
def test_what_is_doubtful_in_any_way_teaches_nothing(
    likelihood: tuple[float, float], white: tuple[float, float], distance: float, level: float
) -> None:
    assert taught(likelihood, white, distance, level)[0] == -1


def test_rest_may_be_as_quiet_as_it_likes() -> None:
    assert taught((-1.0, -6.0), (0.5, 0.0), level=-100.0)[0] == 0


def test_a_motion_s_level_must_lie_nearer_to_its_own_than_to_rest() -> None:
    labels, _ = trials(3, 3, 25)
    model = fit_gaussian(RingWearer(3).windows(labels), labels, ("rest", "hand_close", "hand_open"), True)
    classes = whiten_classes(model, AdaptationSettings())
    levels = model.means[:, np.equal(*np.triu_indices(8))].mean(axis=1)
    np.testing.assert_allclose(model.means @ classes.level, levels)
    assert classes.least_level[0] == -np.inf
    np.testing.assert_allclose(classes.least_level[1:], (levels[0] + levels[1:]) / 2.0)


def test_what_fades_keeps_its_mean() -> None:
    seconds, sums = np.array([1.0, 8.0]), np.array([[1.0, 2.0], [16.0, 24.0]])
    fade(seconds, sums, 2.0)
    assert seconds.tolist() == [1.0, 2.0]
    assert sums.tolist() == [[1.0, 2.0], [4.0, 6.0]]
