"""A Myo armband near its dongle, as whoever talks to the dongle meets them."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from drivers.protocols import myo_attributes as myo
from drivers.protocols.bgapi import HOST_WORDS, Packet, PacketReader, Word, encode
from drivers.source import SourceHealth, StreamInfo, Unit
from sim.emulator.voice import VoiceCounters

# No scale is published. With this one strong contraction is some tens of counts, as in recordings of the armband.
_UV_PER_COUNT = 8.0
_ADDRESS = bytes.fromhex("010203040ad5")
_FIRMWARE = (1, 5, 1970, 2)
_CONNECTIONS = 3
_CONNECTION = 0
_WELL, _NOT_CONNECTED, _NO_ATTRIBUTE = 0, 0x0186, 0x0401
_BY_US, _BY_THEM = 0x0216, 0x0213
_CONNECTABLE, _PUBLIC, _NO_BOND = 0, 0, 0xFF
_CONNECTED_AND_NEW = 0b101
_ADVERTISE_EVERY_NS = 100_000_000
# An armband that nobody told to stay awake falls asleep some time after the wearer's last sync gesture.
_SLEEPS_AFTER_NS = 30_000_000_000
_LARGEST_ATTRIBUTE = 0x40


class MyoVoice:
    """The dongle answers when spoken to; the armband advertises, connects, obeys, and sends until it is disconnected.

    A connection outlives the host's closing of the port. Which of the four attributes are subscribed is not
    looked at, except that without any there is no stream.
    """

    uv_per_count = _UV_PER_COUNT

    def __init__(self, name: str = "", source_id: str = "") -> None:
        labels = tuple(f"sensor {number + 1}" for number in range(myo.CHANNELS))
        self.info = StreamInfo(
            name or "Myo armband", myo.CHANNELS, myo.RATE_HZ, Unit.ARBITRARY, labels, source_id, float(myo.LARGEST)
        )
        self.counters = VoiceCounters()
        self._asked = False
        self.switch_on()

    @property
    def asked(self) -> bool:
        """Whether a host has made the armband stream since it was switched on."""
        return self._asked

    @property
    def streaming(self) -> bool:
        """Whether the armband is connected and was told to send raw EMG to somebody."""
        wanted = self._connected and self._mode in (myo.FILTERED, myo.UNFILTERED) and bool(self._subscribed)
        self._asked = self._asked or wanted
        return wanted

    def switch_on(self) -> None:
        """Forget every connection."""
        self._not_understood = SourceHealth()
        self._reader = PacketReader(HOST_WORDS, self._not_understood)
        self._asked = self._scanning = False
        self._advertise_at_ns = 0
        self._half: list[NDArray[np.int8]] = []
        self._turn = 0
        self._disconnect()

    def opened(self, now_ns: int) -> bytes:  # noqa: ARG002 - the dongle says nothing of its own
        """Say nothing."""
        return b""

    def hear(self, data: bytes, now_ns: int) -> bytes:
        """Answer what the host says."""
        before = self._not_understood.bad_frames
        packets = self._reader.feed(data)
        self.counters.unknown_commands += self._not_understood.bad_frames - before
        return b"".join(part for packet in packets for part in self._answer(packet, now_ns))

    def due(self, now_ns: int) -> bytes:
        """Advertise while the dongle scans; fall asleep when nobody asked for staying awake."""
        if self._connected and not self._stays_awake and now_ns >= self._sleeps_at_ns:
            self._disconnect()
            return encode(Word.DISCONNECTED, _CONNECTION, _BY_THEM)
        if self._connected or not self._scanning or now_ns < self._advertise_at_ns:
            return b""
        self._advertise_at_ns = now_ns + _ADVERTISE_EVERY_NS
        return encode(Word.ADVERTISED, -60, _CONNECTABLE, _ADDRESS, _PUBLIC, _NO_BOND, data=myo.advertise())

    def skip(self, n_samples: int) -> None:  # noqa: ARG002 - the turn goes on with the first that is sent
        """Forget the samples."""
        self._half.clear()

    def frames(
        self,
        counts: NDArray[np.int32],
        newest_time_us: int,  # noqa: ARG002 - its values have no time
        samples_per_packet: int,  # noqa: ARG002 - always two
    ) -> Sequence[bytes]:
        """Return a value for each two samples; an odd one waits."""
        self._half += list(np.clip(counts, -myo.LARGEST, myo.LARGEST - 1).astype(np.int8))
        whole = len(self._half) // myo.SAMPLES_PER_VALUE * myo.SAMPLES_PER_VALUE
        taken, self._half = self._half[:whole], self._half[whole:]
        values = []
        for first, second in zip(taken[::2], taken[1::2], strict=True):
            data = first.tobytes() + second.tobytes()
            values.append(encode(Word.VALUE, _CONNECTION, myo.EMG[self._turn], myo.NOTIFIED, data=data))
            self._turn = (self._turn + 1) % len(myo.EMG)
        return values

    def _disconnect(self) -> None:
        self._connected = self._stays_awake = False
        self._sleeps_at_ns = self._mode = 0
        self._subscribed: set[int] = set()

    def _answer(self, packet: Packet, now_ns: int) -> Iterator[bytes]:
        match packet.word:
            case Word.END:
                yield encode(Word.ENDS, _WELL)
                self._scanning = False
            case Word.CONNECTIONS:
                yield encode(Word.HAS_CONNECTIONS, _CONNECTIONS)
            case Word.DISCOVER:
                yield encode(Word.DISCOVERS, _WELL)
                self._scanning = True
            case Word.CONNECT:
                yield from self._connect(packet.fields[0], now_ns)
            case Word.DISCONNECT:
                known = self._connected and packet.fields[0] == _CONNECTION
                yield encode(Word.DISCONNECTS, packet.fields[0], _WELL if known else _NOT_CONNECTED)
                if known:
                    self._disconnect()
                    yield encode(Word.DISCONNECTED, _CONNECTION, _BY_US)
            case Word.READ:
                yield from self._read(packet.fields[0], packet.fields[1])
            case Word.WRITE:
                yield from self._write(packet.fields[0], packet.fields[1], packet.data)

    def _connect(self, address: bytes, now_ns: int) -> Iterator[bytes]:
        yield encode(Word.CONNECTS, _WELL, _CONNECTION)
        if address == _ADDRESS and not self._connected:
            self._connected = True
            self._sleeps_at_ns = now_ns + _SLEEPS_AFTER_NS
            yield encode(Word.CONNECTED, _CONNECTION, _CONNECTED_AND_NEW, _ADDRESS, _PUBLIC, 6, 64, 0, _NO_BOND)

    def _read(self, connection: int, attribute: int) -> Iterator[bytes]:
        if not self._connected or connection != _CONNECTION:
            yield encode(Word.READS, connection, _NOT_CONNECTED)
            return
        yield encode(Word.READS, connection, _WELL)
        values = {myo.FIRMWARE: myo.FIRMWARE_VERSION.pack(*_FIRMWARE), myo.NAME: self.info.name.encode()[:20]}
        if attribute in values:
            self.counters.descriptions += attribute == myo.FIRMWARE
            yield encode(Word.VALUE, connection, attribute, myo.WAS_READ, data=values[attribute])
        else:
            yield encode(Word.PROCEDURE_ENDED, connection, _NO_ATTRIBUTE, attribute)

    def _write(self, connection: int, attribute: int, value: bytes) -> Iterator[bytes]:
        if not self._connected or connection != _CONNECTION:
            yield encode(Word.WRITES, connection, _NOT_CONNECTED)
            return
        yield encode(Word.WRITES, connection, _WELL)
        result = _WELL if 0 < attribute <= _LARGEST_ATTRIBUTE else _NO_ATTRIBUTE
        yield encode(Word.PROCEDURE_ENDED, connection, result, attribute)
        if attribute in myo.EMG_SWITCHES:
            (self._subscribed.add if value == myo.NOTIFY else self._subscribed.discard)(attribute)
        elif attribute == myo.COMMAND and value == myo.NEVER_SLEEP:
            self._stays_awake = True
        elif attribute == myo.COMMAND and value[:2] == myo.set_mode(0)[:2] and len(value) == len(myo.set_mode(0)):
            self._mode = value[2]
            self._turn = 0
            self._half.clear()
