"""Upside Down Labs Chords: Arduino boards that say who they are and send six channels in frames of 16 bytes.

Layout and commands: github.com/upsidedownlabs/Chords-Arduino-Firmware, UNO-R4.ino and NPG-LITE-Serial.ino.
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.errors import SettingsError
from drivers.protocols.fixed_frames import COUNTS, ByteNumbering, FixedFrames
from drivers.protocols.protocol import Described, Event, Ticks
from drivers.sample_clock import CRYSTAL_OR_RESONATOR
from drivers.source import SourceHealth, StreamInfo, Unit

HEAD, TAIL = b"\xc7\x7c", b"\x01"
NUMBER_AT, FIRST_SAMPLE_AT = 2, 3
WHO, START, STOP = b"WHORU\n", b"START\n", b"STOP\n"
MOST_CHANNELS = 16
# The firmware of 2024 reads a command until the line has been silent for a second, and an Uno starts for two.
ASK_AGAIN_S = 2.5
_LONGEST_NAME = 32
_NAME = re.compile(rb"([A-Z][A-Z0-9-]{3,30})\r?\n")


@dataclass(frozen=True, slots=True)
class Board:
    """What a board of this name sends."""

    channels: int
    rate_hz: float
    bits: int


BOARDS = {"UNO-R4": Board(6, 500.0, 14), "UNO-R3": Board(6, 250.0, 10), "NPG-LITE": Board(3, 500.0, 12)}


def frame_bytes(channels: int) -> int:
    """Return how long a frame is."""
    return FIRST_SAMPLE_AT + 2 * channels + len(TAIL)


class ChordsParser:
    """The host's side: asks who is there, starts the stream, and reads it. Samples are counts around mid scale.

    `channels`, `rate_hz` and `bits` tell what a board sends whose name is not in `BOARDS`, or sends it differently; 0
    for what its name says. Raises `SettingsError` for values that no board has.
    """

    def __init__(
        self, health: SourceHealth | None = None, channels: int = 0, rate_hz: float = 0.0, bits: int = 0
    ) -> None:
        if not (0 <= channels <= MOST_CHANNELS and 0 <= rate_hz <= 1e5 and 0 <= bits <= 16):
            raise SettingsError(
                f"a Chords board has 1 to {MOST_CHANNELS} channels, a rate_hz up to 1e5 and up to 16 bits (0: as its "
                f"name says); got {channels}, {rate_hz} and {bits}"
            )
        self.health = SourceHealth() if health is None else health
        self._said = Board(channels, rate_hz, bits)
        self._name = ""
        self._board: Board | None = None
        self._text = b""  # the end of what came before the board has said its name
        self._frames: FixedFrames | None = None
        self._numbering = ByteNumbering(self.health)
        self._described = False
        self._ask_at_s = self._start_at_s = 0.0

    def feed(self, data: bytes) -> list[Event]:
        """Take the next bytes; the stream is described by its first frame."""
        if self._frames is None or self._board is None:
            self._listen(data)
            return []
        frames = self._frames.feed(data)
        if not len(frames):
            return []
        events: list[Event] = []
        if not self._described:
            self._described = True
            events.append(Described(self._info(self._board), _ticks(self._board)))
        return [*events, *self._numbering.blocks(frames, NUMBER_AT, self._samples)]

    def say(self, elapsed_s: float) -> bytes:
        """Ask who is there until that is known, then start the stream; once more when nothing follows."""
        if self._described:
            return b""
        if self._board is not None and elapsed_s >= self._start_at_s:
            self._start_at_s = elapsed_s + ASK_AGAIN_S
            return START
        if self._board is None and elapsed_s >= self._ask_at_s:
            self._ask_at_s = elapsed_s + ASK_AGAIN_S
            return WHO
        return b""

    def farewell(self) -> bytes:
        """Stop the stream."""
        return STOP

    def why_not_described(self) -> str:
        """Tell which board answered, and what is missing."""
        if self._board is not None:
            length = frame_bytes(self._board.channels)
            return f"the board '{self._name}' was started, but no frame of {length} bytes came; set channels and bits"
        if self._name:
            return f"a board '{self._name}' answered, which is not known here; set channels, rate_hz and bits"
        return ""

    def _listen(self, data: bytes) -> None:
        """Look for the board's name between whatever else comes."""
        text = self._text + data
        self.health.discarded_bytes += len(data)
        self._text = text[-_LONGEST_NAME:]
        for match in _NAME.finditer(text):
            name = match[1].decode()
            if name in BOARDS or all((self._said.channels, self._said.rate_hz, self._said.bits)):
                known = BOARDS.get(name, self._said)
                self._name = name
                self._begin(
                    Board(
                        self._said.channels or known.channels,
                        self._said.rate_hz or known.rate_hz,
                        self._said.bits or known.bits,
                    )
                )
                return
            self._name = name

    def _begin(self, board: Board) -> None:
        self._board, self._text = board, b""
        self._frames = FixedFrames(HEAD, TAIL, frame_bytes(board.channels), self._plausible, self.health)

    def _plausible(self, frames: NDArray[np.uint8]) -> NDArray[np.bool_]:
        assert self._board is not None  # noqa: S101 - frames are looked for when it is known
        high = frames[:, FIRST_SAMPLE_AT:-1:2]
        return np.asarray(np.all(high <= ((1 << self._board.bits) - 1) >> 8, axis=1))

    def _samples(self, frames: NDArray[np.uint8]) -> NDArray[np.float64]:
        assert self._board is not None  # noqa: S101 - frames are looked for when it is known
        counts = np.ascontiguousarray(frames[:, FIRST_SAMPLE_AT:-1]).view(">u2")
        return counts - np.float64(1 << (self._board.bits - 1))

    def _info(self, board: Board) -> StreamInfo:
        full_scale = float(1 << (board.bits - 1))
        return StreamInfo(self._name, board.channels, board.rate_hz, Unit.ARBITRARY, full_scale=full_scale)


class ChordsEncoder:
    """Turns counts around mid scale into frames, as the firmware does; what does not fit is clipped."""

    def __init__(self, channels: int, bits: int) -> None:
        self._channels, self._mid = channels, 1 << (bits - 1)
        self.next_number = 0

    def frames(self, counts: NDArray[np.integer[Any]]) -> NDArray[np.uint8]:
        """Return one frame per row of counts [n, channels], as [n, length]."""
        frames = np.empty((len(counts), frame_bytes(self._channels)), dtype=np.uint8)
        frames[:, :NUMBER_AT] = tuple(HEAD)
        frames[:, NUMBER_AT] = (self.next_number + np.arange(len(counts))) % COUNTS
        raw = np.clip(counts.astype(np.int64) + self._mid, 0, 2 * self._mid - 1).astype(">u2")
        frames[:, FIRST_SAMPLE_AT:-1] = raw.view(np.uint8).reshape(len(counts), -1)
        frames[:, -1:] = tuple(TAIL)
        self.next_number = (self.next_number + len(counts)) % COUNTS
        return frames


def _ticks(board: Board) -> Ticks:
    return Ticks(1e9 / board.rate_hz, CRYSTAL_OR_RESONATOR, unseen_loss=COUNTS)
