"""Where have the classes moved since training? The posterior of a Gaussian process over the class means.

Prior: the shifts d_c of the classes, whitened, have covariance K between classes, alike along every axis. Data: class
c was seen with weight P_c and mean a_c. Posterior: covariance B = K (I + P K)⁻¹, mean d = B P (a - m). The variance
B_cc widens class c: as long as nobody knows where it went, it reaches farther.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.decoders.gaussian.adaptation import AdaptationSettings, AdaptationState
from controller.decoders.gaussian.whitened import WhitenedClasses
from controller.emg.compiled import compiled


@compiled("void(f8[:, ::1], f8[::1], f8[:, ::1], f8[:, ::1], f8[:, ::1])")
def posterior_covariance(
    prior: NDArray[np.float64],
    weight: NDArray[np.float64],
    factor: NDArray[np.float64],
    half: NDArray[np.float64],
    posterior: NDArray[np.float64],
) -> None:
    """Write B = K - (L⁻¹ √P K)ᵀ (L⁻¹ √P K) with L Lᵀ = I + √P K √P: symmetric, and sound for weights of zero.

    `prior` K, scratch `factor` and `half`, `posterior`: [classes, classes]; `weight` P [classes].
    """
    size = prior.shape[0]
    for row in range(size):
        root = np.sqrt(weight[row])
        for column in range(row + 1):
            value = root * prior[row, column] * np.sqrt(weight[column])
            if row == column:
                value += 1.0
            for inner in range(column):
                value -= factor[row, inner] * factor[column, inner]
            factor[row, column] = np.sqrt(value) if row == column else value / factor[column, column]
        for column in range(size):
            half[row, column] = root * prior[row, column]
        for inner in range(row):
            value = factor[row, inner]
            for column in range(size):
                half[row, column] -= value * half[inner, column]
        for column in range(size):
            half[row, column] /= factor[row, row]
    for row in range(size):
        for column in range(size):
            posterior[row, column] = prior[row, column]
        for inner in range(size):
            value = half[inner, row]
            for column in range(size):
                posterior[row, column] -= value * half[inner, column]


@compiled("void(f8[::1], f8[:, ::1], f8, f8[::1], f8[:, ::1], f8, f8[::1], f8[:, ::1])")
def _weigh_sums(
    seconds: NDArray[np.float64],
    sums: NDArray[np.float64],
    per_s: float,
    labelled_seconds: NDArray[np.float64],
    labelled_sums: NDArray[np.float64],
    labelled_per_s: float,
    weight: NDArray[np.float64],
    total: NDArray[np.float64],
) -> None:
    """Write the weight P [classes] and the weighted sums P a [classes, f] of all that was seen."""
    for index in range(sums.shape[0]):
        weight[index] = per_s * seconds[index] + labelled_per_s * labelled_seconds[index]
        for column in range(sums.shape[1]):
            total[index, column] = per_s * sums[index, column] + labelled_per_s * labelled_sums[index, column]


@compiled("void(f8[:, ::1], f8[:, ::1], f8[::1], f8[:, ::1], f8[:, ::1], f8[:, ::1], f8[:, ::1])")
def _posterior_mean(
    total: NDArray[np.float64],
    whitening: NDArray[np.float64],
    weight: NDArray[np.float64],
    means: NDArray[np.float64],
    posterior: NDArray[np.float64],
    surplus: NDArray[np.float64],
    shift: NDArray[np.float64],
) -> None:
    """Write the mean shift [classes, r]: B times what was seen, whitened, less what was expected."""
    classes, width = means.shape
    for index in range(classes):
        for column in range(width):
            surplus[index, column] = -weight[index] * means[index, column]
            shift[index, column] = 0.0
        for row in range(total.shape[1]):
            value = total[index, row]
            for column in range(width):
                surplus[index, column] += value * whitening[row, column]
    for index in range(classes):
        for other in range(classes):
            share = posterior[index, other]
            for column in range(width):
                shift[index, column] += share * surplus[other, column]


@compiled("void(f8[:, ::1], f8, f8[:, ::1])")
def _approach(target: NDArray[np.float64], largest: float, shift: NDArray[np.float64]) -> None:
    """Move each row of `shift` [classes, r] to its target, but by no more than the length `largest`."""
    for index in range(shift.shape[0]):
        squared = 0.0
        for column in range(shift.shape[1]):
            squared += (target[index, column] - shift[index, column]) ** 2
        share = 1.0
        if squared > largest * largest:
            share = largest / np.sqrt(squared)
        for column in range(shift.shape[1]):
            shift[index, column] += share * (target[index, column] - shift[index, column])


@dataclass(slots=True)
class MeanShift:
    """Moves the classes of an `AdaptationState`; allocates nothing after it was made.

    `covariance` B [classes, classes]: how uncertain the shifts are still, overwritten by the next `update`.
    """

    classes: WhitenedClasses
    settings: AdaptationSettings
    covariance: NDArray[np.float64] = field(init=False)
    _weight: NDArray[np.float64] = field(init=False)
    _total: NDArray[np.float64] = field(init=False)
    _surplus: NDArray[np.float64] = field(init=False)
    _target: NDArray[np.float64] = field(init=False)
    _factor: NDArray[np.float64] = field(init=False)
    _half: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        classes, width = self.classes.means.shape
        self.covariance = np.zeros((classes, classes))
        self._weight = np.zeros(classes)
        self._total, self._surplus = np.zeros((classes, width)), np.zeros((classes, width))
        self._target = np.zeros((classes, width))
        self._factor, self._half = np.zeros((classes, classes)), np.zeros((classes, classes))

    def update(self, state: AdaptationState, whitening: NDArray[np.float64], largest: float) -> None:
        """Move `state.shift` to where the evidence puts the classes, none by more than `largest`.

        `whitening` [f, f] as it is now: for the armband's present turn.
        """
        settings = self.settings
        _weigh_sums(
            state.seconds,
            state.sums,
            settings.unlabelled_per_s,
            state.labelled_seconds,
            state.labelled_sums,
            settings.labelled_per_s,
            self._weight,
            self._total,
        )
        posterior_covariance(self.classes.shift_prior, self._weight, self._factor, self._half, self.covariance)
        _posterior_mean(
            self._total, whitening, self._weight, self.classes.means, self.covariance, self._surplus, self._target
        )
        _approach(self._target, largest, state.shift)
