"""Log likelihood of a vector under each class: the work of one decision.

Whitened, z = xᵀ W, the pooled covariance is the identity. In the eigenbasis U_c of its own whitened covariance a class
is a normal distribution with independent parts: log p = -½ Σ_e ((U_cᵀ z - o_c)_e² / v_ce + log v_ce). Learning moves
only W, o and v, so it costs no new eigenvectors.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.emg.compiled import compiled


@compiled("void(f8[::1], f8[:, ::1], f8[::1])")
def _whiten(vector: NDArray[np.float64], whitening: NDArray[np.float64], white: NDArray[np.float64]) -> None:
    """Write vector [f] times `whitening` [f, r] into `white` [r]."""
    for column in range(white.shape[0]):
        white[column] = 0.0
    for row in range(vector.shape[0]):
        value = vector[row]
        for column in range(white.shape[0]):
            white[column] += value * whitening[row, column]


@compiled("void(f8[::1], f8[:, :, ::1], f8[:, ::1], f8[:, ::1], f8[::1], f8[::1], f8[::1], f8[::1])")
def _class_likelihood(
    white: NDArray[np.float64],
    basis: NDArray[np.float64],
    offset: NDArray[np.float64],
    precision: NDArray[np.float64],
    log_determinant: NDArray[np.float64],
    rotated: NDArray[np.float64],
    distance: NDArray[np.float64],
    likelihood: NDArray[np.float64],
) -> None:
    size = white.shape[0]
    for index in range(basis.shape[0]):
        for column in range(size):
            rotated[column] = -offset[index, column]
        for row in range(size):
            value = white[row]
            for column in range(size):
                rotated[column] += value * basis[index, row, column]
        total = 0.0
        for column in range(size):
            total += rotated[column] * rotated[column] * precision[index, column]
        distance[index] = total
        likelihood[index] = -0.5 * (total + log_determinant[index])


@compiled("void(f8[:, ::1], f8[:, ::1], f8[:, :, ::1], f8[:, ::1], f8[:, ::1], f8[:, ::1], f8[:, ::1], f8[::1])")
def _place(
    means: NDArray[np.float64],
    shift: NDArray[np.float64],
    basis: NDArray[np.float64],
    variance: NDArray[np.float64],
    widening: NDArray[np.float64],
    offset: NDArray[np.float64],
    precision: NDArray[np.float64],
    log_determinant: NDArray[np.float64],
) -> None:
    """Put the classes to means + shift [classes, r] and add the diagonal of `widening` to their variances."""
    classes, width = means.shape
    for index in range(classes):
        log_determinant[index] = 0.0
        for column in range(width):
            wide = variance[index, column] + widening[index, index]
            precision[index, column] = 1.0 / wide
            log_determinant[index] += np.log(wide)
            offset[index, column] = 0.0
        for row in range(width):
            value = means[index, row] + shift[index, row]
            for column in range(width):
                offset[index, column] += value * basis[index, row, column]


@dataclass(slots=True)
class ClassLikelihood:
    """Weighs a vector against classes that stand where they were placed last.

    `whitening` [f, r], `basis` [classes, r, r], `variance` [classes, r] as above. After `weigh`: a copy of the `vector`
    [f], `white` [r], `distance` [classes], the squared Mahalanobis distance, and `log_likelihood` [classes], less a
    constant.
    """

    whitening: NDArray[np.float64]
    basis: NDArray[np.float64]
    variance: NDArray[np.float64]
    vector: NDArray[np.float64] = field(init=False)
    white: NDArray[np.float64] = field(init=False)
    distance: NDArray[np.float64] = field(init=False)
    log_likelihood: NDArray[np.float64] = field(init=False)
    _offset: NDArray[np.float64] = field(init=False)
    _precision: NDArray[np.float64] = field(init=False)
    _log_determinant: NDArray[np.float64] = field(init=False)
    _rotated: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        classes, width = self.variance.shape
        self.vector = np.zeros(self.whitening.shape[0])
        self.white, self._rotated = np.zeros(width), np.zeros(width)
        self.distance, self.log_likelihood = np.zeros(classes), np.zeros(classes)
        self._offset, self._precision = np.zeros((classes, width)), np.ones((classes, width))
        self._log_determinant = np.zeros(classes)

    def weigh(self, vector: NDArray[np.float64]) -> None:
        """Weigh `vector` [f] against every class."""
        self.vector[:] = vector
        _whiten(self.vector, self.whitening, self.white)
        _class_likelihood(
            self.white,
            self.basis,
            self._offset,
            self._precision,
            self._log_determinant,
            self._rotated,
            self.distance,
            self.log_likelihood,
        )

    def place(self, means: NDArray[np.float64], shift: NDArray[np.float64], widening: NDArray[np.float64]) -> None:
        """Put the classes to means + shift [classes, r], whitened, widened by the diagonal of `widening`."""
        _place(
            means,
            shift,
            self.basis,
            self.variance,
            widening,
            self._offset,
            self._precision,
            self._log_determinant,
        )
