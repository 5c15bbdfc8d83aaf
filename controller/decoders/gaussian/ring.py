"""What turning a ring of electrodes does to a log covariance.

Turning the ring by whole spacings renames the channels: each circulant diagonal (i, i+k) of log C moves along itself. A
turn by a part of a spacing is the same with Fourier interpolation along the diagonals. So a turn is a linear map of the
triangle, and is made of as many harmonics as there are electrodes, whatever the angle.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from controller.emg.compiled import compiled


@compiled("void(f8, f8[::1])")
def harmonic_weights(turn: float, weights: NDArray[np.float64]) -> None:
    """Write how much of each of the `harmonics` makes up `turned`; `weights` [n] for n electrodes."""
    size = weights.shape[0]
    weights[0] = 1.0
    for index in range(1, (size + 1) // 2):
        angle = 2.0 * np.pi * index * turn / size
        weights[2 * index - 1] = np.cos(angle)
        weights[2 * index] = np.sin(angle)
    if size % 2 == 0:
        # At the Nyquist frequency a ring cannot tell a turn to the left from one to the right.
        weights[size - 1] = np.cos(np.pi * turn)


@cache
def harmonics(size: int) -> NDArray[np.float64]:
    """Return [n, f, f]; summed with `harmonic_weights` they are the map that `turned` returns."""
    parts = [_along_diagonals(size, _spectrum(size, {0: 1.0}))]
    for index in range(1, (size + 1) // 2):
        parts.append(_along_diagonals(size, _spectrum(size, {index: 1.0, size - index: 1.0})))
        parts.append(_along_diagonals(size, _spectrum(size, {index: -1j, size - index: 1j})))
    if size % 2 == 0:
        parts.append(_along_diagonals(size, _spectrum(size, {size // 2: 1.0})))
    result = np.stack(parts)
    result.flags.writeable = False  # shared by all who ask
    return result


def turned(size: int, turn: float) -> NDArray[np.float64]:
    """Return the map [f, f] that takes back a move of the electrodes by `turn` spacings towards the next channel."""
    weights = np.empty(size)
    harmonic_weights(turn, weights)
    result: NDArray[np.float64] = np.tensordot(weights, harmonics(size), 1)
    return result


def turned_orthogonal(size: int, turn: float) -> NDArray[np.float64]:
    """Return `turned` with the Nyquist parts kept in full: an orthogonal map, whose inverse is its transpose."""
    weights = np.empty(size)
    harmonic_weights(turn, weights)
    if size % 2 == 0:
        weights[-1] = 1.0 if weights[-1] >= 0.0 else -1.0
    result: NDArray[np.float64] = np.tensordot(weights, harmonics(size), 1)
    return result


def kept_whole(size: int) -> NDArray[np.float64]:
    """Return an orthonormal basis [f, r] of the triangles that every turn keeps whole: all but the Nyquist parts.

    A turn by half a spacing takes the Nyquist parts away. A likelihood that looked at them would prefer such turns,
    because they leave less variance.
    """
    if size % 2:
        return np.eye(size * (size + 1) // 2)
    lost = _along_diagonals(size, _spectrum(size, {size // 2: 1.0}))
    share, basis = np.linalg.eigh((lost + lost.T) / 2.0)
    return np.ascontiguousarray(basis[:, share < 0.5])


def _spectrum(size: int, values: dict[int, complex]) -> NDArray[np.complex128]:
    spectrum = np.zeros(size, dtype=np.complex128)
    for index, value in values.items():
        spectrum[index] = value
    return spectrum


def _along_diagonals(size: int, spectrum: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Return the map [f, f] that multiplies the Fourier coefficients along each circulant diagonal by `spectrum`."""
    rows, columns = np.triu_indices(size)
    place = np.zeros((size, size), dtype=np.int64)
    place[rows, columns] = place[columns, rows] = np.arange(len(rows))
    along = np.fft.ifft(spectrum[:, None] * np.fft.fft(np.eye(size), axis=0), axis=0).real
    result = np.zeros((len(rows), len(rows)))
    electrodes = np.arange(size)
    for distance in range(size // 2 + 1):
        diagonal = np.zeros((size, len(rows)))
        diagonal[electrodes, place[electrodes, (electrodes + distance) % size]] = 1.0
        # The diagonal of opposite electrodes holds each pair twice: take their mean.
        result += (diagonal / np.maximum(diagonal.sum(axis=0), 1.0)).T @ along @ diagonal
    return result
