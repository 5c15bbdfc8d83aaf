from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive samples from one device, with their age.

    `samples`: [n, channels] float64, n >= 1, in the unit of `StreamInfo.unit`, C-contiguous, never written again.
    `newest_t_ns`: when the newest sample was taken, nanoseconds of this machine's monotonic clock (never the future).
    `first_index`: index of `samples[0]`, counted by the device from the start of the stream; lost samples count too.
    `lost_before`: samples that the device took and that never arrived, directly before `samples[0]`.
    """

    samples: NDArray[np.float64]
    newest_t_ns: int
    first_index: int
    lost_before: int = 0

    @property
    def next_index(self) -> int:
        """Index of the sample that follows this chunk if nothing is lost."""
        return self.first_index + len(self.samples)
