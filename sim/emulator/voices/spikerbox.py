"""A Muscle SpikerShield on an Arduino Uno."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from drivers.protocols.spikerbox_boards import BOARDS
from drivers.protocols.spikerbox_frames import pack_frames
from drivers.protocols.spikerbox_messages import message
from drivers.source import StreamInfo, Unit
from sim.emulator.voice import VoiceCounters
from sim.emulator.voices.small_board import Lines, frame_by_frame, uv_per_count
from sim.errors import SimError

_BOARD = "MUSCLESS"
_USUAL_CHANNELS = 2
# From the firmware: so long after its reset it greets. A boot loader comes before that, one to two seconds more.
_START_NS = 300_000_000


class SpikerBoxVoice:
    """Starts anew when its port is opened, greets, and sends from then on; says what it is when asked.

    The channels stay those it was made with: `c:N;` with another number is counted as an unknown command.
    """

    asked = True

    def __init__(self, channels: int) -> None:
        kind = BOARDS[_BOARD]
        self.info = StreamInfo(kind.title, channels, kind.rates_hz[channels], Unit.ARBITRARY)
        self.uv_per_count = uv_per_count(kind.bits)
        self.counters = VoiceCounters()
        self.streaming = False
        self._bits = kind.bits
        self._lines = Lines()
        self._greet_at_ns = 0

    def switch_on(self) -> None:
        """Begin to start."""
        self.streaming = False
        self._lines.clear()

    def opened(self, now_ns: int) -> bytes:
        """Restart, as an Uno does."""
        self.switch_on()
        self._greet_at_ns = now_ns + _START_NS
        return b""

    def hear(self, data: bytes, now_ns: int) -> bytes:  # noqa: ARG002 - it has no clock
        """Obey what can be obeyed; hear nothing before the start is over."""
        if not self.streaming:
            return b""
        return b"".join(
            self._obey(command) for line in self._lines.feed(data) for command in line.split(b";") if command
        )

    def due(self, now_ns: int) -> bytes:
        """Greet when the start is over."""
        if self.streaming or now_ns < self._greet_at_ns:
            return b""
        self.streaming = True
        return b"StartUp!\r\n"

    def skip(self, n_samples: int) -> None:
        """Count nothing: no frame says which it is."""

    def frames(self, counts: NDArray[np.int32], newest_time_us: int, samples_per_packet: int) -> Sequence[bytes]:  # noqa: ARG002
        """Return one frame per sample."""
        return frame_by_frame(pack_frames(counts, self._bits))

    def _obey(self, command: bytes) -> bytes:
        match command.split(b":"):
            case [b"b", _]:
                self.counters.descriptions += 1
                return message(f"HWT:{_BOARD};")
            case [b"c", count] if count == b"%d" % self.info.channel_count:
                return b""
            case [b"conf s", _]:  # the firmware does nothing with it either
                return b""
        self.counters.unknown_commands += 1
        return b""


def make_spikerbox(name: str, source_id: str, channels: int | None, rate_hz: float | None) -> SpikerBoxVoice:  # noqa: ARG001
    """Return a shield of two channels unless told otherwise. Raises `SimError` for a rate that does not follow."""
    count = _USUAL_CHANNELS if channels is None else channels
    rates_hz = BOARDS[_BOARD].rates_hz
    if count not in rates_hz or (rate_hz is not None and abs(rate_hz - rates_hz[count]) > 1.0):
        raise SimError("a Muscle SpikerShield has 1 to 6 channels, at 10 kHz divided by them; leave out --rate")
    return SpikerBoxVoice(count)
