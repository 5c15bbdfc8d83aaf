"""An OpenBCI Cyton behind its dongle, alone or with a Daisy on top."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from drivers.protocols.cyton_packet import (
    COUNT_LIMIT,
    NUMBERS,
    PACKET_BYTES,
    PACKET_CHANNELS,
    PACKET_RATE_HZ,
    REFERENCE_UV,
    Bytes,
    pack,
    uv_per_count,
)
from drivers.source import StreamInfo
from sim.emulator.voice import VoiceCounters
from sim.emulator.voices.cyton_board import SHORTED_INPUT, TEST_INPUT, CytonBoard

DEFAULT_GAIN = 24
# The firmware waits that long on purpose before it says its banner.
_RESET_NS = 500_000_000
# Words that come during a reset wait in the UART; more than this are lost.
_LONGEST_WAITING = 256
# ADS1299 data sheet, CONFIG2: the reference voltage over 2400.
_TEST_UV = REFERENCE_UV / 2400
_ACCELEROMETER_EVERY = 10  # it measures at 25 Hz; the packets between carry zeros
_ONE_G = 8000  # counts of 0.002/16 g: the board lies flat
_STAMP_MODULUS = 1 << 32  # uint32, big-endian: ms since the board was started
_ACCELEROMETER, _RAW, _SET_ACCELEROMETER, _SET_RAW = 0xC0, 0xC1, 0xC3, 0xC5


class CytonVoice:
    """Answers as firmware 3 does, and streams once told to, 250 packets a second.

    The feed's counts are what the inputs give at gain 24; another gain makes others of them. With a Daisy each sample
    of 16 channels at 125 Hz leaves as an even packet with channels 9 to 16 and an odd one with 1 to 8; the first even
    packet after a start holds zeros, as it has no mean yet. Told to do without its Daisy, it sends each sample twice.
    """

    def __init__(self, name: str = "", source_id: str = "", daisy: bool = False) -> None:
        channels, rate_hz = (2 * PACKET_CHANNELS, PACKET_RATE_HZ / 2) if daisy else (PACKET_CHANNELS, PACKET_RATE_HZ)
        self.info = StreamInfo(name or "emulated Cyton", channels, rate_hz, source_id=source_id)
        self.uv_per_count = uv_per_count(DEFAULT_GAIN)
        self.counters = VoiceCounters()
        self.asked = False
        self.board = CytonBoard(daisy)
        self._has_daisy = daisy
        self._next_packet = self._starts = self._resets = 0
        self._reset_until_ns: int | None = None
        self._waiting = b""

    @property
    def streaming(self) -> bool:
        """Whether the board was started and not stopped since."""
        return self.board.streaming

    def switch_on(self) -> None:
        """Begin as after power-on, banner said into the air."""
        self.board.reset()
        self.asked = False
        self._reset_until_ns, self._waiting = None, b""

    def opened(self, now_ns: int) -> bytes:  # noqa: ARG002 - says nothing at any time
        """Say nothing: the board does not notice that a port is opened, and streams on if it was told to."""
        return b""

    def hear(self, data: bytes, now_ns: int) -> bytes:
        """Answer; what comes while the board starts is answered after its banner."""
        if self._reset_until_ns is not None:
            self._waiting = (self._waiting + data)[:_LONGEST_WAITING]
            return b""
        answers = []
        for place, byte in enumerate(data):
            answers.append(self.board.hear(byte, now_ns))
            if self.board.resets != self._resets:
                self._resets = self.board.resets
                self._reset_until_ns = now_ns + _RESET_NS
                self._waiting = data[place + 1 :][:_LONGEST_WAITING]
                break
            if self.board.starts != self._starts:
                self._starts, self._next_packet, self.asked = self.board.starts, 0, True
        self.counters.unknown_commands = self.board.unknown_commands
        return b"".join(answers)

    def due(self, now_ns: int) -> bytes:
        """Say the banner when the board has started, or that it has waited too long for half a command."""
        if self._reset_until_ns is None:
            return self.board.give_up(now_ns)
        if now_ns < self._reset_until_ns:
            return b""
        self._reset_until_ns, waiting, self._waiting = None, self._waiting, b""
        self.counters.descriptions += 1
        return self.board.banner() + self.hear(waiting, now_ns)

    def skip(self, n_samples: int) -> None:
        """Count on, where the board streams and nobody listens."""
        if self.streaming:
            self._next_packet += n_samples * (1 + self._has_daisy)

    def frames(
        self,
        counts: NDArray[np.int32],
        newest_time_us: int,
        samples_per_packet: int,  # noqa: ARG002 - its packets hold one sample, or half of one
    ) -> Sequence[bytes]:
        """Return one packet per sample, or two with a Daisy; the stamps, where asked for, are of the given time."""
        if self._has_daisy:
            counts = self._take_turns(counts)
        counts = self._convert(counts)
        numbers = self._next_packet + np.arange(len(counts))
        auxiliary, footers = self._auxiliary(numbers, newest_time_us)
        packets = pack(self._next_packet, counts, auxiliary, footers).tobytes()
        self._next_packet += len(counts)
        return [packets[start : start + PACKET_BYTES] for start in range(0, len(packets), PACKET_BYTES)]

    def _take_turns(self, counts: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return [n, 16] as [2 n, 8]: the Daisy's channels, then the board's; without the Daisy the board's twice."""
        both = np.empty((2 * len(counts), PACKET_CHANNELS), dtype=np.int32)
        both[1::2] = counts[:, :PACKET_CHANNELS]
        both[::2] = counts[:, PACKET_CHANNELS:] if self.board.daisy_attached else counts[:, :PACKET_CHANNELS]
        return both

    def _convert(self, counts: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the packets' counts [n, 8] as the settings of the channels make them."""
        converted = counts.astype(np.int64)
        numbers = self._next_packet + np.arange(len(counts))
        on_daisy = (numbers % 2 == 0) & self.board.daisy_attached
        high = (numbers * (2 * self.board.test_hz / PACKET_RATE_HZ)).astype(np.int64) % 2 == 0
        for place, channel in enumerate(self.board.channels[: self.board.channel_count]):
            rows = on_daisy if place >= PACKET_CHANNELS else ~on_daisy
            column = converted[rows, place % PACKET_CHANNELS]
            if channel.gain != DEFAULT_GAIN:
                column = np.rint(column * (channel.gain / DEFAULT_GAIN)).astype(np.int64)
            if not channel.is_on or channel.input == SHORTED_INPUT:
                column = np.zeros_like(column)
            elif channel.input == TEST_INPUT:
                height = round(_TEST_UV * (1 + self.board.double_test) / uv_per_count(channel.gain))
                column = np.where(high[rows], height, -height)
            converted[rows, place % PACKET_CHANNELS] = column
        if self._next_packet == 0 and self.board.daisy_attached:
            converted[0] = 0
        return np.clip(converted, -COUNT_LIMIT - 1, COUNT_LIMIT).astype(np.int32)

    def _auxiliary(self, numbers: NDArray[np.int64], newest_time_us: int) -> tuple[Bytes, Bytes]:
        """Return the six bytes [n, 6] before the footer, and the footers [n]."""
        auxiliary = np.zeros((len(numbers), 6), dtype=np.uint8)
        raw = self.board.mode in ("analog", "digital", "marker")
        if self.board.stamping:
            before_ms = (numbers[-1] - numbers) * (1e3 / PACKET_RATE_HZ)
            stamps = (newest_time_us // 1000 - before_ms.astype(np.int64)) % _STAMP_MODULUS
            auxiliary[:, 2:] = stamps.astype(">u4").view(np.uint8).reshape(-1, 4)
            footers = np.full(len(numbers), (_SET_RAW if raw else _SET_ACCELEROMETER) + 1, dtype=np.uint8)
            footers[:1] -= not self.board.stamp_was_set
            self.board.stamp_was_set = True
            return auxiliary, footers
        if not raw:
            auxiliary[numbers % NUMBERS % _ACCELEROMETER_EVERY == 0, 4:] = divmod(_ONE_G, 256)
        return auxiliary, np.full(len(numbers), _RAW if raw else _ACCELEROMETER, dtype=np.uint8)
