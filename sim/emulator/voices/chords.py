"""An Arduino Uno R4 or R3 with the Chords firmware."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from drivers.protocols.chords import BOARDS, ChordsEncoder
from drivers.source import StreamInfo, Unit
from sim.emulator.voice import VoiceCounters
from sim.emulator.voices.small_board import Lines, frame_by_frame, uv_per_count
from sim.errors import SimError


class ChordsVoice:
    """Says its name when asked, streams from START on, and stops at any byte that it hears.

    An R3 starts anew when its port is opened, an R4 goes on; here neither takes time for it.
    """

    def __init__(self, board: str) -> None:
        kind = BOARDS[board]
        self.info = StreamInfo(board, kind.channels, kind.rate_hz, Unit.ARBITRARY)
        self.uv_per_count = uv_per_count(kind.bits)
        self.counters = VoiceCounters()
        self.asked = self.streaming = False
        self._board, self._bits = board, kind.bits
        self._lines = Lines()
        self._encoder = ChordsEncoder(kind.channels, kind.bits)

    def switch_on(self) -> None:
        """Count from 0 and wait for commands."""
        self.asked = self.streaming = False
        self._lines.clear()
        self._encoder.next_number = 0

    def opened(self, now_ns: int) -> bytes:  # noqa: ARG002 - it has no clock
        """Start anew where the board does, saying nothing."""
        if self._board == "UNO-R3":
            self.switch_on()
        return b""

    def hear(self, data: bytes, now_ns: int) -> bytes:  # noqa: ARG002 - it has no clock
        """Stop, then obey WHORU, START, STOP and STATUS."""
        if data:
            self.streaming = False
        answers = []
        for line in self._lines.feed(data):
            match line:
                case b"WHORU":
                    self.counters.descriptions += 1
                    answers.append(self._board.encode() + b"\r\n")
                case b"START":
                    self.asked = self.streaming = True
                case b"STOP":
                    self.streaming = False
                case b"STATUS":
                    answers.append(b"RUNNING\r\n" if self.streaming else b"STOPPED\r\n")
                case _:
                    self.counters.unknown_commands += 1
                    answers.append(b"UNKNOWN COMMAND\r\n")
        return b"".join(answers)

    def due(self, now_ns: int) -> bytes:  # noqa: ARG002 - it has no clock
        """Say nothing unasked."""
        return b""

    def skip(self, n_samples: int) -> None:
        """Count nothing: the firmware numbers what it sends."""

    def frames(self, counts: NDArray[np.int32], newest_time_us: int, samples_per_packet: int) -> Sequence[bytes]:  # noqa: ARG002
        """Return one frame per sample."""
        return frame_by_frame(self._encoder.frames(counts))


def make_chords(name: str, source_id: str, channels: int | None, rate_hz: float | None) -> ChordsVoice:  # noqa: ARG001
    """Return an Uno R4 (500 Hz), or an R3 where 250 Hz is asked for. Raises `SimError` for anything else."""
    boards = {BOARDS[board].rate_hz: board for board in ("UNO-R4", "UNO-R3")}
    rate_hz = 500.0 if rate_hz is None else rate_hz
    if rate_hz not in boards or channels not in (None, BOARDS[boards[rate_hz]].channels):
        raise SimError("a Chords board has 6 channels at 500 Hz (Uno R4) or 250 Hz (Uno R3); choose with --rate")
    return ChordsVoice(boards[rate_hz])
