"""Eigenvalues and logarithm of a small symmetric matrix.

Cyclic Jacobi rotations (Golub & Van Loan, Matrix Computations, section 8.5): short, accurate to the last bits, never
fails, and quicker than a library call up to some 16 x 16. Of its own because numba's linear algebra loads scipy, which
a running controller must not need.
"""

import numpy as np
from numpy.typing import NDArray

from controller.emg.compiled import compiled

# Six sweeps do for 8 x 8, nine for 64 x 64, thirteen for 64 x 64 with eigenvalues that span eight decades.
MOST_SWEEPS = 30
# Root of the summed squares beside the diagonal over that of the diagonal. The logarithm of a covariance whose
# smallest eigenvalue is a thousandth of the mean is then right to about 1e-10.
NEGLIGIBLE = 1e-14


@compiled("i8(f8[:, ::1], f8[:, ::1])")
def diagonalise(matrix: NDArray[np.float64], vectors: NDArray[np.float64]) -> int:  # noqa: PLR0912 - one sweep of the textbook's algorithm
    """Leave the eigenvalues of symmetric `matrix` [n, n] on its diagonal, unsorted, eigenvectors in rows of `vectors`.

    Returns how many sweeps it took, or -1 when something in it is no number or too large for its square (1e150).
    """
    size = matrix.shape[0]
    for row in range(size):
        for column in range(size):
            vectors[row, column] = 0.0
        vectors[row, row] = 1.0
    for sweep in range(MOST_SWEEPS + 1):
        beside, on = 0.0, 0.0
        for row in range(size):
            on += matrix[row, row] * matrix[row, row]
            for column in range(row + 1, size):
                beside += matrix[row, column] * matrix[row, column]
        if not np.isfinite(beside + on):
            return -1
        if beside <= NEGLIGIBLE * NEGLIGIBLE * on:
            return sweep
        # What would be negligible even if all were like it is left alone: turning by it only stirs rounding errors.
        too_small = NEGLIGIBLE * np.sqrt(on) / size
        for p in range(size - 1):
            for q in range(p + 1, size):
                if abs(matrix[p, q]) <= too_small:
                    continue
                ratio = (matrix[q, q] - matrix[p, p]) / (2.0 * matrix[p, q])
                tangent = 1.0 / (abs(ratio) + np.sqrt(ratio * ratio + 1.0))
                if ratio < 0.0:
                    tangent = -tangent
                cosine = 1.0 / np.sqrt(tangent * tangent + 1.0)
                sine = tangent * cosine
                first = matrix[p, p] - tangent * matrix[p, q]
                second = matrix[q, q] + tangent * matrix[p, q]
                for column in range(size):
                    a, b = matrix[p, column], matrix[q, column]
                    matrix[p, column] = cosine * a - sine * b
                    matrix[q, column] = sine * a + cosine * b
                for row in range(size):
                    matrix[row, p] = matrix[p, row]
                    matrix[row, q] = matrix[q, row]
                matrix[p, p], matrix[q, q] = first, second
                matrix[p, q] = matrix[q, p] = 0.0
                for column in range(size):
                    a, b = vectors[p, column], vectors[q, column]
                    vectors[p, column] = cosine * a - sine * b
                    vectors[q, column] = sine * a + cosine * b
    return -1


@compiled("void(f8[:, ::1], f8, f8[:, ::1], f8[::1])")
def log_triangle(
    matrix: NDArray[np.float64], smallest: float, vectors: NDArray[np.float64], triangle: NDArray[np.float64]
) -> None:
    """Write the upper triangle of log(`matrix`) [n, n], row by row, off-diagonals times √2, into `triangle`.

    With the √2 the Euclidean distance of two triangles is the Frobenius distance of the two logarithms. Eigenvalues
    below `smallest` (> 0) count as `smallest`. `matrix` and `vectors` [n, n] are overwritten. What is no number, or
    was not diagonalised, comes back as NaN.
    """
    size = matrix.shape[0]
    sweeps = diagonalise(matrix, vectors)
    for position in range(triangle.shape[0]):
        triangle[position] = 0.0 if sweeps >= 0 else np.nan
    for index in range(size):
        eigenvalue = matrix[index, index]
        if eigenvalue < smallest:  # noqa: PLR1730 - max() would turn a NaN into a number
            eigenvalue = smallest
        logarithm = np.log(eigenvalue)
        position = 0
        for row in range(size):
            value = logarithm * vectors[index, row]
            for column in range(row, size):
                triangle[position + column - row] += value * vectors[index, column]
            position += size - row
    position = 0
    for row in range(size):
        for column in range(row + 1, size):
            triangle[position + column - row] *= np.sqrt(2.0)
        position += size - row
