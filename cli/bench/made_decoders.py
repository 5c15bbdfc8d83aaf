"""Arrays of decoders as large as fitted ones, for measuring time: it does not depend on their numbers."""

import numpy as np
from numpy.typing import NDArray

from controller.decoders.direct.site import Site
from controller.decoders.discriminant import Discriminant
from controller.decoders.gaussian.model import GaussianModel
from controller.decoders.model import LOG_COVARIANCE
from controller.decoders.regression.linear import RegressionModel
from controller.decoders.reliability import AS_CLEAR
from controller.decoders.simultaneous.decoder import ParallelModel
from controller.decoders.stored import direct, lda, regression, simultaneous
from controller.emg.features.named_sets import FEATURE_SETS

NOISE_UV = 50.0

Arrays = dict[str, NDArray[np.float64]]


def decoder_arrays(
    decoder: str, feature_set: str, channels: int, classes: int, joints: int, generator: np.random.Generator
) -> Arrays:
    """Return what a model file of this decoder would hold."""
    if feature_set == LOG_COVARIANCE:
        return _gaussian(channels, classes, generator)
    width = FEATURE_SETS[feature_set].columns_per_channel * channels
    if decoder == "direct":
        # Thresholds in the middle of what the noise of the benchmark gives, so that sites pull and let go.
        sites = [Site(column, 0.8 * NOISE_UV, NOISE_UV) for column in range(2 * joints)]
        pairs = [[joint, 2 * joint, 2 * joint + 1] for joint in range(joints)]
        return direct.arrays(sites, pairs, range(joints), AS_CLEAR)
    whole = lda.arrays(_discriminant(classes, width, generator), 2.0)
    if decoder == "lda":
        return whole
    if decoder == "regression":
        moments = RegressionModel(
            np.full(channels, 6.0),
            np.eye(channels),
            generator.normal(0.0, 0.2, (joints, channels)),
            np.zeros(joints),
            np.ones(channels),
            logarithm=False,
        )
        return {**whole, **regression.arrays(moments, AS_CLEAR)}
    # For each joint one context with three states: rest and each way, as trained singly.
    parts = (_discriminant(classes, width, generator), *(_discriminant(3, width, generator) for _ in range(joints)))
    row = np.full((joints, classes), -1, dtype=np.int64)
    for joint in range(joints):
        row[joint, :3] = classes + 3 * joint + np.arange(3)
    context = generator.integers(0, 3, (joints, classes))
    return simultaneous.arrays(ParallelModel(parts, row, context), 2.0)


def _discriminant(classes: int, width: int, generator: np.random.Generator) -> Discriminant:
    means = generator.normal(0.0, 0.1, (classes, width))
    return Discriminant(means, -0.5 * np.sum(means**2, axis=1), means, np.eye(width))


def _gaussian(channels: int, classes: int, generator: np.random.Generator) -> Arrays:
    features = channels * (channels + 1) // 2
    covariances = np.repeat(0.1 * np.eye(features)[None], classes, axis=0)
    # A ring, and means around what the noise of the benchmark gives, so that it decides, searches and learns.
    means = generator.normal(0.0, 0.3, (classes, features))
    rows, columns = np.triu_indices(channels)
    means[:, rows == columns] += np.log(NOISE_UV**2)
    return {**GaussianModel(means, covariances, 1.0, True).arrays(), "covariance_floor": np.array(1e-3)}
