"""What a Gaussian decoder knows of a wearer: where the log covariances of each class lie, and how they spread."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from controller.errors import ModelError

ARRAYS = ("means", "covariances", "temperature", "ring")


@dataclass(frozen=True, slots=True)
class GaussianModel:
    """A normal distribution per class, over vectors of `LogCovariance`.

    `means` [classes, f] and `covariances` [classes, f, f], regularised, with f = ch(ch+1)/2; the mean of the
    covariances is the pooled one. `temperature`: log likelihoods are divided by it to give a calibrated confidence.
    `ring`: the electrodes are equally spaced around the limb, in the order of the channels, so that a turned armband
    can be followed.
    """

    means: NDArray[np.float64]
    covariances: NDArray[np.float64]
    temperature: float
    ring: bool

    @property
    def channel_count(self) -> int:
        """Channels whose log covariance makes the vector."""
        return (isqrt(8 * self.means.shape[1] + 1) - 1) // 2

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """Return all that the model is, for an `.npz` file."""
        return {
            "means": self.means,
            "covariances": self.covariances,
            "temperature": np.array(self.temperature),
            "ring": np.array(float(self.ring)),
        }


def model_from_arrays(arrays: Mapping[str, NDArray[np.float64]]) -> GaussianModel:
    """Rebuild a model from `GaussianModel.arrays`. Raises `ModelError` for arrays that cannot be one."""
    missing = [name for name in ARRAYS if name not in arrays]
    if missing:
        raise ModelError(f"a Gaussian model needs the arrays {', '.join(ARRAYS)}; missing: {', '.join(missing)}")
    means, covariances, temperature, ring = (np.asarray(arrays[name], dtype=np.float64) for name in ARRAYS)
    if means.ndim != 2 or len(means) < 2 or temperature.shape != () or ring.shape != ():
        raise ModelError(f"a Gaussian model's means should be [classes, features], two classes or more: {means.shape}")
    model = GaussianModel(
        np.ascontiguousarray(means), np.ascontiguousarray(covariances), float(temperature), bool(ring != 0.0)
    )
    classes, width = means.shape
    if width != model.channel_count * (model.channel_count + 1) // 2 or covariances.shape != (classes, width, width):
        raise ModelError(
            f"a Gaussian model's means {means.shape} do not fit its covariances {covariances.shape}; fit it again"
        )
    if not all(np.isfinite(array).all() for array in (means, covariances, temperature)) or model.temperature <= 0.0:
        raise ModelError("a Gaussian model holds a value that is no number, or a temperature of zero; fit again")
    try:
        np.linalg.cholesky(covariances)
    except np.linalg.LinAlgError as error:
        raise ModelError("a Gaussian model's covariances are not positive definite; fit it again") from error
    return model
