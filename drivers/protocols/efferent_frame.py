"""The efferent framing as a stream: bytes in, descriptions and samples out, and back. No port, no clock, no thread."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.errors import SettingsError
from drivers.protocols.efferent_packet import (
    COUNT_LIMIT,
    CRC_BYTES,
    DATA_HEAD,
    DATA_V1,
    DESCRIBE_COMMAND,
    DESCRIPTION_V1,
    MAX_ENCODED_BYTES,
    MAX_SAMPLES,
    SAMPLE_BYTES,
    Description,
    pack_counts,
    read_description,
    seal,
    unpack_samples,
    unseal,
    write_description,
)
from drivers.protocols.protocol import Described, Event, SampleBlock, StreamRestarted, Ticks
from drivers.sample_clock import CRYSTAL_OR_RESONATOR
from drivers.source import SourceHealth, StreamInfo

WRAP = 1 << 32  # the index and the device's time are u32
# Firmware that keeps its boot number over a restart would send old indices for ever. So many packets in a row, each
# continuing the one before, are no echo but a new count.
OLD_PACKETS_OF_A_RESTART = 32


TICKS = Ticks(1000.0, CRYSTAL_OR_RESONATOR, WRAP)  # microseconds
# A board that starts when its port is opened misses the first question; it is asked again until it answers.
ASK_AGAIN_S = 0.5


class EfferentParser:
    """Turns bytes, cut anywhere, into events; never raises for any bytes and keeps a bounded number of them.

    Counts into `health`: `bad_frames` (wrong code, check sum, length, type or channel count), `discarded_bytes` (those
    that belong to no good packet), `lost_samples`, and in `extra` `old_packets` (already delivered, or too late) and
    `undescribed_packets` (samples before the description that says what they are).
    """

    def __init__(self, health: SourceHealth | None = None) -> None:
        self.health = SourceHealth() if health is None else health
        self.description: Description | None = None
        self._held = bytearray()  # the beginning of a packet
        self._synchronised = False  # the first piece may be the end of a packet: not the line's fault
        self._overlong = False  # inside a run without 0x00 that is longer than any packet
        self._next_index: int | None = None
        self._old_run = (0, 0)  # index that would follow the last old packet, length of this run of old packets
        self._payloads: list[bytes] = []  # of consecutive packets, not yet samples
        self._block_head = (0, 0)  # first_index and lost_before of the first of them
        self._block_time_us = 0  # device time of the last of them
        self._ask_at_s = 0.0

    def feed(self, data: bytes) -> list[Event]:
        """Take the next bytes and return what they complete, in order; consecutive packets become one block."""
        events: list[Event] = []
        for piece in self._pieces(data):
            try:
                packet = unseal(piece)
                if packet[0] == DATA_V1:
                    self._take_data(packet, events)
                elif packet[0] == DESCRIPTION_V1:
                    self._take_description(read_description(packet), events)
                else:
                    raise ValueError("unknown type")
            except ValueError:
                self._count_bad(piece)
            self._synchronised = True
        self._end_block(events)
        return events

    def say(self, elapsed_s: float) -> bytes:
        """Ask for the description, again and again until it comes."""
        if self.description is not None or elapsed_s < self._ask_at_s:
            return b""
        self._ask_at_s = elapsed_s + ASK_AGAIN_S
        return DESCRIBE_COMMAND

    def farewell(self) -> bytes:
        """Say nothing: the framing knows no stop."""
        return b""

    def why_not_described(self) -> str:
        """Tell of samples without a description."""
        if self.health.extra.get("undescribed_packets"):
            return "samples came, but no description; the device must answer the line `describe`"
        return ""

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        """Yield what stands between zero bytes, and hold what has not ended yet."""
        *pieces, rest = data.split(b"\0")
        if pieces:
            pieces[0] = bytes(self._held) + pieces[0]
            self._held.clear()
            if self._overlong:
                self.health.discarded_bytes += len(pieces.pop(0))
                self._overlong = False
        self._held += rest
        if len(self._held) > MAX_ENCODED_BYTES:
            self.health.discarded_bytes += len(self._held)
            self._held.clear()
            self._overlong = True
        return filter(None, pieces)

    def _count_bad(self, piece: bytes) -> None:
        self.health.discarded_bytes += len(piece)
        if self._synchronised:
            self.health.bad_frames += 1

    def _take_data(self, packet: bytes, events: list[Event]) -> None:
        size = len(packet)
        if size <= DATA_HEAD.size + CRC_BYTES:
            raise ValueError("no samples")
        _, channels, count, boot, index, time_us = DATA_HEAD.unpack_from(packet)
        if size != DATA_HEAD.size + channels * count * SAMPLE_BYTES + CRC_BYTES:
            raise ValueError("wrong length")
        description = self.description
        if description is None:
            self._count_extra("undescribed_packets")
            return
        if boot != description.boot:
            self._restart("the device has started again", events)
            return
        if channels != description.info.channel_count:
            raise ValueError("wrong channel count")
        if self._next_index is None:
            self._next_index = index
        ahead = (index - self._next_index) % WRAP
        if ahead >= WRAP // 2:
            self._take_old(index, count, events)
            return
        if ahead or not self._payloads:
            self._end_block(events)
            self._block_head = (self._next_index + ahead, ahead)
            self.health.lost_samples += ahead
        self._payloads.append(packet[DATA_HEAD.size : -CRC_BYTES])
        self._block_time_us = time_us
        self._next_index += ahead + count
        self._old_run = (0, 0)

    def _take_old(self, index: int, count: int, events: list[Event]) -> None:
        self._count_extra("old_packets")
        follows, length = self._old_run
        length = length + 1 if index == follows or length == 0 else 1
        self._old_run = ((index + count) % WRAP, length)
        if length >= OLD_PACKETS_OF_A_RESTART:
            self._restart("the device counts its samples anew", events)

    def _take_description(self, description: Description, events: list[Event]) -> None:
        if description == self.description:
            return
        if self.description is not None:
            same_run = description.boot == self.description.boot
            cause = "the device describes another stream" if same_run else "the device has started again"
            self._restart(cause, events)
        self.description = description
        events.append(Described(description.info, TICKS))

    def _restart(self, cause: str, events: list[Event]) -> None:
        self._end_block(events)
        self.description = None
        self._next_index = None
        self._old_run = (0, 0)
        events.append(StreamRestarted(cause))

    def _end_block(self, events: list[Event]) -> None:
        if self._payloads and self.description is not None:
            payload = self._payloads[0] if len(self._payloads) == 1 else b"".join(self._payloads)
            samples = unpack_samples(payload, self.description.info.channel_count, self.description.scale)
            events.append(SampleBlock(samples, *self._block_head, self._block_time_us))
            self._payloads.clear()

    def _count_extra(self, name: str) -> None:
        self.health.extra[name] = self.health.extra.get(name, 0) + 1


class EfferentEncoder:
    """Turns counts into bytes, as firmware does. One encoder is one run of one device, named by `boot` (0..255).

    `next_index` may be moved to play lost samples; `clipped_values` counts those that did not fit into 24 bits.
    """

    def __init__(self, info: StreamInfo, scale: float = 1.0, boot: int = 0, first_index: int = 0) -> None:
        self._channels = info.channel_count
        self._period_us = 1e6 / info.rate_hz
        self._boot = boot
        self._description = seal(write_description(Description(info, scale, boot)))
        self.next_index = first_index
        self.clipped_values = 0

    def description(self) -> bytes:
        """Return the description packet: to be sent at start, every second, and when asked."""
        return self._description

    def data(self, counts: NDArray[np.integer[Any]], newest_time_us: int, per_packet: int = MAX_SAMPLES) -> bytes:
        """Return the data packets for counts [n, channels], `per_packet` samples in each; the last may hold fewer.

        `newest_time_us` is the device's time of the last sample; earlier packets get theirs by the rate.
        Raises `SettingsError` for another shape or packet size.
        """
        if counts.ndim != 2 or counts.shape[1] != self._channels or not 1 <= per_packet <= MAX_SAMPLES:
            raise SettingsError(
                f"expected counts [n, {self._channels}] and 1..{MAX_SAMPLES} samples per packet; "
                f"got {counts.shape} and {per_packet}"
            )
        clipped = np.clip(counts.astype(np.int64), -COUNT_LIMIT, COUNT_LIMIT - 1)
        self.clipped_values += int(np.count_nonzero(clipped != counts))
        packets = []
        for start in range(0, len(counts), per_packet):
            rows = clipped[start : start + per_packet]
            after_us = (len(counts) - start - len(rows)) * self._period_us
            time_us = (newest_time_us - round(after_us)) % WRAP
            head = DATA_HEAD.pack(DATA_V1, self._channels, len(rows), self._boot, self.next_index % WRAP, time_us)
            packets.append(seal(head + pack_counts(rows.astype(np.int32))))
            self.next_index += len(rows)
        return b"".join(packets)
