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
    full_scale=float(LARGEST),
)
# The lowest bit of each sample is no signal: 0 in the first of a frame, 1 in the 63 others.
_MARK = np.array([0] + [1] * (CHANNELS - 1), dtype=np.uint8)
_LOCK_BYTES = 2 * FRAME_BYTES
# A frame is good when the mark goes on behind it: in two samples, one of either kind.
_BEHIND_BYTES = 4
# Looked at in one go: damage makes the rest be looked at again.
_PIECE_BYTES = 64 * FRAME_BYTES


class EmagerParser:
    """Turns bytes, cut anywhere, into samples in the electrodes' order; never raises and keeps 64 frames at most.

    Two marked frames in a row begin the stream, once a third has come; a frame without its mark, or without the
    beginning of another behind it, ends the lock. High bytes may look like a mark as well, as long as the signal stays
    on the right side of zero everywhere: while two places could be the beginning of frames, nothing is delivered. A
    frame has 64 fixed bits, so random bytes pass for one once in 10^19. The cuff numbers nothing: of a gap no more is
    known than how many bytes of it came.
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
            was_locked = self._locked
            used = self._take_frames(piece, events) if was_locked else self._seek(piece)
            at += used
            if not used and self._locked == was_locked:
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
        begins = _beginnings(piece)
        begin = _surest(begins, len(piece))
        self._locked = begin is not None
        if begin is not None:
            stray = begin
        elif begins:  # in doubt: what follows will tell, and what is too old by then goes
            stray = begins[0] or (FRAME_BYTES if len(piece) == _PIECE_BYTES else 0)
        else:
            stray = max(len(piece) - _LOCK_BYTES + 1, 0)
        self._stray_bytes += stray
        self.health.discarded_bytes += stray
        return stray

    def _take_frames(self, piece: NDArray[np.uint8], events: list[Event]) -> int:
        """Deliver whole frames up to the first without its mark; return how many bytes they have."""
        count = max(len(piece) - _BEHIND_BYTES, 0) // FRAME_BYTES
        marks = piece[1::2] & 1
        frames = marks[: count * CHANNELS].reshape(-1, CHANNELS)
        behind = marks[CHANNELS:][: count * CHANNELS : CHANNELS], marks[CHANNELS + 1 :][: count * CHANNELS : CHANNELS]
        good = (frames == _MARK).all(axis=1) & (behind[0] == 0) & (behind[1] == 1)
        whole = count if good.all() else int(good.argmin())
        if whole < count:
            self._locked = False
            self.health.bad_frames += 1
        if whole:
            self._deliver(piece[: whole * FRAME_BYTES].reshape(-1, FRAME_BYTES), events)
        return whole * FRAME_BYTES

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


def _beginnings(piece: NDArray[np.uint8]) -> list[int]:
    """Return where two frames in a row begin: a low byte marked 0, 63 marked 1, and the same again."""
    begins = []
    for parity in (0, 1):
        bits = piece[parity::2] & 1
        zeros = np.flatnonzero(bits == 0)
        distances = np.diff(zeros, append=len(bits))
        pairs = np.flatnonzero((distances[:-1] == CHANNELS) & (distances[1:] >= CHANNELS))
        begins += [begin for begin in (parity + 2 * zeros[pairs] - 1).tolist() if begin >= 0]
    return sorted(begins)


def _surest(begins: list[int], size: int) -> int | None:
    """Return the first beginning, or a rival whose frames go on for longer; None while it is not known who has any."""
    if not begins or begins[0] + _LOCK_BYTES + FRAME_BYTES > size:
        return None
    rivals = [begin for begin in begins if begin < begins[0] + FRAME_BYTES]
    known, runs = set(begins), [0 for _ in rivals]
    for place, begin in enumerate(rivals):
        while begin + runs[place] * FRAME_BYTES in known:
            runs[place] += 1
    longest, second = sorted([*runs, -1], reverse=True)[:2]
    # The end of what has come may cut one of them off a frame earlier.
    return rivals[runs.index(longest)] if longest - second > 1 else None
