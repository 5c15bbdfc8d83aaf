"""Compile a numeric kernel once, keep the machine code on disk."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(signature: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Compile for exactly these types when the module is imported, so that no hop ever waits for a compiler.

    The result is cached beside the source (or in the user's cache where that is read-only). No fast-math: NaN must
    stay NaN, and sums keep their order, so that streaming equals batch to the last bit.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        return cast("Callable[P, R]", numba.njit(signature, cache=True, nogil=True)(function))

    return decorate
