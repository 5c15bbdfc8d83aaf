"""A bad line: bytes that never arrive."""

import numpy as np

from sim.errors import SimError


class ByteLoss:
    """Drops each byte with the same probability, as a UART without flow control does. Repeats itself by `seed`."""

    def __init__(self, probability: float, seed: int = 0) -> None:
        self.set(probability)
        self._generator = np.random.default_rng(seed)

    def set(self, probability: float) -> None:
        """Lose each byte with this probability from now on."""
        if not 0 <= probability < 1:
            raise SimError(f"a byte is lost with a probability of 0 or more and below 1, not {probability:g}")
        self._probability = probability

    def pass_on(self, data: bytes) -> bytes:
        """Return what is left of `data`."""
        if self._probability == 0:
            return data
        kept = self._generator.random(len(data)) >= self._probability
        return np.frombuffer(data, dtype=np.uint8)[kept].tobytes()
