"""Raw samples for who looks at them: published only while somebody asks."""

import base64
import binascii
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from controller.contract.message import MAX_PAYLOAD_BYTES, Count, Message, Nanoseconds, Text

SAMPLE = np.dtype("<f4")


class WatchRequest(Message):
    """Topic `emg/set`: publish raw samples for `for_s` seconds from now; 0 ends it. Asked anew by who looks on."""

    by: Text
    for_s: Annotated[float, Field(ge=0, le=30)]


class EmgBlock(Message):
    """Consecutive raw samples (topic `emg`, about 30 blocks a second while watched).

    `samples`: base64 of little-endian 32-bit floats, [n, channels] row by row, in the device's unit. `first_index`: of
    the first of them, counted by the device; what lies between two blocks was lost or found no room. `t_ns`: when the
    newest was taken, on the controller's monotonic clock.
    """

    first_index: Count
    t_ns: Nanoseconds
    rate_hz: Annotated[float, Field(gt=0)]
    channels: Annotated[int, Field(ge=1, le=1024)]
    samples: Annotated[str, Field(max_length=MAX_PAYLOAD_BYTES)]

    @model_validator(mode="after")
    def _whole_rows(self) -> Self:
        row = self.channels * SAMPLE.itemsize
        if len(self._bytes()) % row:
            raise ValueError(f"expected whole rows of {row} bytes for {self.channels} channels")
        return self

    @property
    def block(self) -> NDArray[np.float32]:
        """The samples as [n, channels]; read-only."""
        return np.frombuffer(self._bytes(), SAMPLE).reshape(-1, self.channels)

    def _bytes(self) -> bytes:
        try:
            return base64.b64decode(self.samples, validate=True)
        except (binascii.Error, ValueError) as error:
            raise ValueError(f"expected base64: {error}") from error


def encode_emg_block(first_index: int, t_ns: int, rate_hz: float, samples: NDArray[np.float32]) -> bytes:
    """Return the payload of an `EmgBlock` without building one. `samples` [n, channels] of `SAMPLE`.

    A test holds it equal to what `EmgBlock` reads.
    """
    return b'{"first_index":%d,"t_ns":%d,"rate_hz":%r,"channels":%d,"samples":"%s"}' % (
        first_index,
        t_ns,
        float(rate_hz),
        samples.shape[1],
        base64.b64encode(samples.tobytes()),
    )
