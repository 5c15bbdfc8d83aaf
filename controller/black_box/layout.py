"""The file of a black box: a header, and records of one size that are written round and round.

Every record carries its number and a checksum, so that a file that was cut, or written to while the power went, opens.
"""

import zlib
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from controller.errors import BlackBoxError

MAGIC = b"EFFERBX1"
RUNNING, ENDED = b"R", b"E"
FLAG_AT = len(MAGIC)
# Room for the names of 256 channels and classes.
HEADER_BYTES = 65_536
TEXT_BYTES = 200
Count = Annotated[int, Field(ge=1, le=100_000)]


class Kind(IntEnum):
    """What a record tells."""

    DECISION = 0  # a hop and what was decided on it
    SAMPLES = 1  # a hop without a decision of its own
    TICK = 2  # a command that the timer sent, no samples
    NOTE = 3  # a line for people


class Header(BaseModel):
    """What the records are about. `wall_ns` and `t_ns`: one moment on the wall clock and on the monotonic one."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    arm: str
    session: str
    joints: tuple[str, ...]
    classes: tuple[str, ...]
    rate_hz: Annotated[float, Field(gt=0)]
    unit: str
    hop_samples: Count
    channels: Count
    capacity: Annotated[int, Field(ge=1, le=100_000_000)]
    wall_ns: int
    t_ns: int

    @property
    def dtype(self) -> np.dtype[Any]:
        """The layout of a record. `numbers`: confidence, effort, wanted per joint, commanded rad/s per joint."""
        return np.dtype(
            [
                ("number", "<u8"),  # counts from 1; 0: never written
                ("kind", "<i8"),
                ("t_ns", "<i8"),
                ("sample_index", "<i8"),
                ("sample_t_ns", "<i8"),
                ("seq", "<i8"),
                ("state", "<i8"),
                ("decided", "<i8"),
                ("healthy", "<i8"),
                ("dropped", "<i8"),
                ("numbers", "<f8", (2 + 2 * len(self.joints),)),
                ("samples", "<f4", (self.hop_samples, self.channels)),
                ("text", f"S{TEXT_BYTES}"),
                ("checksum", "<u4"),
            ]
        )

    def encode(self) -> bytes:
        """Return the first `HEADER_BYTES` of a file."""
        text = self.model_dump_json().encode()
        head = MAGIC + RUNNING + len(text).to_bytes(4, "little") + text
        if len(head) > HEADER_BYTES:
            raise ValueError("the names of channels and classes are too long for a black box")
        return head.ljust(HEADER_BYTES, b"\0")


def sealed(records: NDArray[Any]) -> bytes:
    """Return the records as bytes, each with its checksum."""
    size = records.dtype.itemsize
    raw = bytearray(records.tobytes())
    for end in range(size, len(raw) + 1, size):
        raw[end - 4 : end] = zlib.crc32(memoryview(raw)[end - size : end - 4]).to_bytes(4, "little")
    return bytes(raw)


def read_black_box(path: Path) -> tuple[Header, NDArray[Any], int]:
    """Return header, good records in their order, and how many were damaged. Raises `BlackBoxError`."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BlackBoxError(f"expected a black box at {path}, cannot read it: {error.strerror}") from error
    begins = FLAG_AT + 5
    length = int.from_bytes(raw[FLAG_AT + 1 : begins], "little")
    if not raw.startswith(MAGIC) or not 0 < length <= HEADER_BYTES - begins:
        raise BlackBoxError(f"{path} is no black box of this version: expected its first bytes to be {MAGIC.decode()}")
    try:
        header = Header.model_validate_json(raw[begins : begins + length])
    except ValidationError as error:
        raise BlackBoxError(f"the header of {path} is damaged; without it the records cannot be read") from error
    size = header.dtype.itemsize
    body = raw[HEADER_BYTES:]
    records = np.frombuffer(body[: len(body) // size * size], header.dtype)
    written = records[records["number"] > 0]
    sums = [zlib.crc32(record.tobytes()[:-4]) for record in written]
    good = written[np.array(sums, dtype=np.uint32) == written["checksum"]]
    damaged = len(written) - len(good) + bool(len(body) % size)
    return header, good[np.argsort(good["number"], kind="stable")], damaged
