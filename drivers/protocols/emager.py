"""The EMaGer cuff: 64 channels in frames that are marked by nothing but the lowest bits of their samples.

Layout and channel order of the first generation: LibEMG `_emager_streamer.py`, emager-py `SensorLib.py` (SBIOML).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.errors import SettingsError
from drivers.protocols.protocol import Described, Event, SampleBlock, Ticks
from drivers.sample_clock import RATE_ON_PAPER
from drivers.source import SourceHealth, StreamInfo, Unit

ROWS, COLUMNS = 4, 16
CHANNELS = ROWS * COLUMNS
FRAME_BYTES = 2 * CHANNELS  # int16, high byte first
# emager-py asks for 1000 Hz; a data set that LibEMG recorded with the cuff says 1010 Hz.
RATE_HZ = 1000.0
LARGEST = 1 << 15
# Which sample of a frame comes from the electrode of that row and column, row by row.
WIRE_PLACE = np.array(
    [
        *(10, 22, 12, 24, 13, 26, 7, 28, 1, 30, 59, 32, 53, 34, 48, 36),
        *(62, 16, 14, 21, 11, 27, 5, 33, 63, 39, 57, 45, 51, 44, 50, 40),
        *(8, 18, 15, 19, 9, 25, 3, 31, 61, 37, 55, 43, 49, 46, 52, 38),
        *(6, 20, 4, 17, 2, 23, 0, 29, 60, 35, 58, 41, 56, 47, 54, 42),
    ]
)
INFO = StreamInfo(
    "EMaGer",
    CHANNELS,
    RATE_HZ,
    Unit.ARBITRARY,
    tuple(f"row {row + 1} column {column + 1}" for row in range(ROWS) for column in range(COLUMNS)),
    "emager",
    float(LARGEST),
)
# The lowest bit of each sample is no signal: 0 in the first of a frame, 1 in the 63 others.
_MARK = np.array([0] + [1] * (CHANNELS - 1), dtype=np.uint8)
_LOCK_BYTES = 2 * FRAME_BYTES
# Looked at in one go: damage makes the rest be looked at again.
_PIECE_BYTES = 64 * FRAME_BYTES


class EmagerParser:
    """Turns bytes, cut anywhere, into samples in the electrodes' order; never raises and keeps less than two frames.

    Two marked frames in a row begin the stream, one frame without its mark ends the lock. A frame has 64 fixed bits, so
    random bytes pass for one once in 10^19; but a byte lost in one of the last samples of a frame may spoil
    this one frame. The cuff numbers nothing: of a gap no more is known than how many bytes of it came.
    """

    def __init__(self, health: SourceHealth | None = None) -> None:
        self.health = SourceHealth() if health is None else health
        self._held = b""
        self._locked = self._described = False
        self._stray_bytes = 0  # since the last good frame
        self._next_index = 0

    def feed(self, data: bytes) -> list[Event]:
        """Take the next bytes and return the frames that they complete."""
        events: list[Event] = []
        held, at = self._held + data, 0
        while True:
            piece = np.frombuffer(held[at : at + _PIECE_BYTES], dtype=np.uint8)
            used = self._take_frames(piece, events) if self._locked else self._seek(piece)
            at += used
            if not used and len(piece) < (FRAME_BYTES if self._locked else _LOCK_BYTES):
                break
        self._held = held[at:]
        return events

    def say(self, elapsed_s: float) -> bytes:  # noqa: ARG002 - says nothing at any time
        """Say nothing: the cuff sends without being asked."""
        return b""

    def farewell(self) -> bytes:
        """Say nothing: the cuff knows no stop."""
        return b""

    def why_not_described(self) -> str:
        """Tell what was looked for."""
        return (
            "bytes came, but no two frames in a row that the lowest bits of 64 samples mark; "
            "is it an EMaGer cuff of the first generation, and is the baud rate its own?"
        )

    def _seek(self, piece: NDArray[np.uint8]) -> int:
        """Find two frames in a row; return how many bytes lie before them, or are no beginning of any."""
        begin = _first_frame(piece)
        self._locked = begin is not None
        stray = max(len(piece) - _LOCK_BYTES + 1, 0) if begin is None else begin
        self._stray_bytes += stray
        self.health.discarded_bytes += stray
        return stray

    def _take_frames(self, piece: NDArray[np.uint8], events: list[Event]) -> int:
        """Deliver whole frames up to the first without its mark; return how many bytes they have."""
        frames = piece[: len(piece) // FRAME_BYTES * FRAME_BYTES].reshape(-1, FRAME_BYTES)
        marked = ((frames[:, 1::2] & 1) == _MARK).all(axis=1)
        good = len(frames) if marked.all() else int(marked.argmin())
        if good < len(frames):
            self._locked = False
            self.health.bad_frames += 1
        if good:
            self._deliver(frames[:good], events)
        return good * FRAME_BYTES

    def _deliver(self, frames: NDArray[np.uint8], events: list[Event]) -> None:
        lost = -(-self._stray_bytes // FRAME_BYTES) if self._described else 0
        if not self._described:
            self._described = True
            events.append(Described(INFO, Ticks(1e9 / RATE_HZ, RATE_ON_PAPER, unseen_loss=1)))
        self._stray_bytes = 0
        self.health.lost_samples += lost
        first_index = self._next_index + lost
        self._next_index = first_index + len(frames)
        words = frames.view(">i2") & -2  # without the mark
        samples = words[:, WIRE_PLACE].astype(np.float64)
        events.append(SampleBlock(np.ascontiguousarray(samples), first_index, lost, self._next_index))


def encode_frames(counts: NDArray[np.integer[Any]]) -> list[bytes]:
    """Return the frames for [n, 64] counts in the electrodes' order; beyond 16 bits they are clipped."""
    if counts.ndim != 2 or counts.shape[1] != CHANNELS:
        raise SettingsError(f"expected counts [n, {CHANNELS}]; got {counts.shape}")
    words = np.empty(counts.shape, dtype=">i2")
    words[:, WIRE_PLACE] = np.clip(counts, -LARGEST, LARGEST - 1)
    words = (words & -2) | _MARK
    return [frame.tobytes() for frame in words.astype(">i2")]


def _first_frame(piece: NDArray[np.uint8]) -> int | None:
    """Return where the first two frames in a row begin: a low byte marked 0, 63 marked 1, and the same again."""
    begins = []
    for parity in (0, 1):
        bits = piece[parity::2] & 1
        zeros = np.flatnonzero(bits == 0)
        distances = np.diff(zeros, append=len(bits))
        pairs = np.flatnonzero((distances[:-1] == CHANNELS) & (distances[1:] >= CHANNELS))
        begins += [begin for begin in (parity + 2 * zeros[pairs] - 1)[:2].tolist() if begin >= 0]
    return min(begins, default=None)
