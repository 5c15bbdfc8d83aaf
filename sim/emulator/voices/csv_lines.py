"""Arduino boards that print their samples as text: in our own form, or bare as sketches for the plotter do."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from drivers.protocols.csv_text import MOST_CHANNELS, Header, write_header, write_row
from drivers.source import StreamInfo, Unit
from sim.emulator.voice import VoiceCounters
from sim.emulator.voices.small_board import uv_per_count
from sim.errors import SimError

_BITS = 10
_MID = 1 << (_BITS - 1)
_HEADER_EVERY_NS = 1_000_000_000
# What a wire of 115,200 baud has room for: two numbers in some thirty bytes.
_USUAL_CHANNELS, _USUAL_RATE_HZ = 2, 250.0


class CsvLinesVoice:
    """Prints from power-on whether asked or not, and starts anew when its port is opened, without taking time for it.

    `bare`: numbers from 0 to 1023 and nothing else; otherwise our own form, with a header every second.
    """

    asked = streaming = True

    def __init__(self, info: StreamInfo, bare: bool) -> None:
        self.info = info
        self.uv_per_count = uv_per_count(_BITS)
        self.counters = VoiceCounters()
        self._bare = bare
        scale = self.uv_per_count if info.unit is Unit.MICROVOLT else 0.0
        self._header = b"" if bare else write_header(Header(info.name, info.channel_count, info.rate_hz, scale))
        self._number = self._next_header_ns = 0

    def switch_on(self) -> None:
        """Number lines from 0."""
        self._number = self._next_header_ns = 0

    def opened(self, now_ns: int) -> bytes:
        """Start anew."""
        self.switch_on()
        return self.due(now_ns)

    def hear(self, data: bytes, now_ns: int) -> bytes:  # noqa: ARG002 - deaf
        """Hear nothing."""
        return b""

    def due(self, now_ns: int) -> bytes:
        """Print the header when it is time."""
        if now_ns < self._next_header_ns:
            return b""
        self._next_header_ns = now_ns + _HEADER_EVERY_NS
        self.counters.descriptions += not self._bare
        return self._header

    def skip(self, n_samples: int) -> None:
        """Number on."""
        self._number += n_samples

    def frames(self, counts: NDArray[np.int32], newest_time_us: int, samples_per_packet: int) -> Sequence[bytes]:  # noqa: ARG002
        """Return one line per sample."""
        values = np.clip(counts.astype(np.int64), -_MID, _MID - 1)
        if self._bare:
            return [",".join(map(str, row)).encode("ascii") + b"\r\n" for row in (values + _MID).tolist()]
        ages_us = np.arange(len(counts) - 1, -1, -1) * (1e6 / self.info.rate_hz)
        numbers = range(self._number, self._number + len(counts))
        self._number += len(counts)
        return [
            write_row(number, newest_time_us - round(age_us), row)
            for number, age_us, row in zip(numbers, ages_us.tolist(), values, strict=True)
        ]


def make_csv_lines(name: str, source_id: str, channels: int | None, rate_hz: float | None) -> CsvLinesVoice:  # noqa: ARG001
    """Return a board that prints our own form. Raises `SimError` for channels or a rate that make no line."""
    return CsvLinesVoice(_info(name, channels, rate_hz, Unit.MICROVOLT), bare=False)


def make_csv_bare(name: str, source_id: str, channels: int | None, rate_hz: float | None) -> CsvLinesVoice:  # noqa: ARG001
    """Return a board that prints bare numbers. Raises `SimError` for channels or a rate that make no line."""
    return CsvLinesVoice(_info(name, channels, rate_hz, Unit.ARBITRARY), bare=True)


def _info(name: str, channels: int | None, rate_hz: float | None, unit: Unit) -> StreamInfo:
    channels = _USUAL_CHANNELS if channels is None else channels
    rate_hz = _USUAL_RATE_HZ if rate_hz is None else rate_hz
    if not (1 <= channels <= MOST_CHANNELS and 1.0 <= rate_hz <= 10_000.0):
        raise SimError(f"a board prints 1 to {MOST_CHANNELS} channels at 1 to 10000 Hz, not {channels} at {rate_hz:g}")
    return StreamInfo(name or "csv lines", channels, rate_hz, unit)
