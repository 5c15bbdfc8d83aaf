import io

import numpy as np
import pytest
from numpy.typing import NDArray

from controller.decoders.gaussian.fit import fit_gaussian
from controller.decoders.gaussian.model import GaussianModel, model_from_arrays
from controller.errors import ModelError
from tests.unit.controller.decoders.gaussian.ring_wearer import RingWearer, trials


@pytest.fixture(scope="module")
def model() -> GaussianModel:
    labels, _ = trials(3, 3, 25)
    return fit_gaussian(RingWearer(3).windows(labels), labels, ("rest", "hand_close", "hand_open"), True)


def test_comes_back_from_a_file_as_it_was(model: GaussianModel) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **model.arrays())
    buffer.seek(0)
    again = model_from_arrays(dict(np.load(buffer)))
    assert (again.temperature, again.ring, again.channel_count) == (model.temperature, True, 8)
    assert (again.means == model.means).all()
    assert (again.covariances == model.covariances).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"means": None}, "missing: means"),
        ({"means": np.zeros(36)}, "two classes or more"),
        ({"means": np.zeros((1, 36))}, "two classes or more"),
        ({"means": np.zeros((3, 35))}, "do not fit"),
        ({"means": np.full((3, 36), np.nan)}, "no number"),
        ({"covariances": np.zeros((3, 36, 35))}, "do not fit"),
        ({"covariances": np.zeros((3, 36, 36))}, "not positive definite"),
        ({"temperature": np.array(0.0)}, "temperature of zero"),
        ({"temperature": np.array(np.nan)}, "no number"),
        ({"ring": np.zeros(2)}, "two classes or more"),
    ],
)
def test_arrays_that_are_no_model_are_refused(
    model: GaussianModel, change: dict[str, NDArray[np.float64] | None], message: str
) -> None:
    arrays = {name: array for name, array in (model.arrays() | change).items() if array is not None}
    with pytest.raises(ModelError, match=message):
        model_from_arrays(arrays)
