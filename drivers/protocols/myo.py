"""The Myo armband over its own dongle: finding it, connecting, and what it sends."""

import re
from collections.abc import Callable, Generator
from dataclasses import dataclass

import numpy as np

from drivers.errors import SettingsError
from drivers.protocols import myo_attributes as myo
from drivers.protocols.bgapi import DONGLE_WORDS, Packet, PacketReader, Word, encode
from drivers.protocols.protocol import Described, Event, SampleBlock, StreamRestarted, Ticks
from drivers.sample_clock import RATE_ON_PAPER
from drivers.source import SourceHealth, StreamInfo, Unit

# What the turn of the four attributes cannot show: a loss of a whole round.
ROUND_SAMPLES = len(myo.EMG) * myo.SAMPLES_PER_VALUE
_VALUE_BYTES = myo.CHANNELS * myo.SAMPLES_PER_VALUE
# A dongle has room for eight connections; the Myo's is delivered for three. They outlive the program that made them.
_OLD_CONNECTIONS = range(3)
_DISCOVER_ALL = 1
# As myo-raw asks for it: an interval of 6 x 1.25 ms, given up after 64 x 10 ms without a sign of life, no latency.
_INTERVAL, _TIMEOUT, _LATENCY = 6, 64, 0
_ANSWER_S, _CONNECT_S, _SCAN_S = 1.0, 3.0, 5.0
_CAUSES = {0x0208: "it was out of reach, or its battery is empty", 0x0213: "it ended the connection itself"}


@dataclass(frozen=True, slots=True)
class _Step:
    """What is said, what is waited for, for how long, and what is wrong when it does not come."""

    words: bytes
    is_wanted: Callable[[Packet], bool]
    patience_s: float
    trouble: str


class MyoParser:
    """Leads the dongle until the armband streams, and turns its values into samples; never raises for any bytes.

    `filtered`: with mains hum taken out by the armband. `address`: which armband; empty for the first that is heard. A
    step that is not answered makes the whole talk begin again. The armband numbers nothing, but four attributes take
    turns: of a loss, all but whole rounds of 8 samples shows. There is no check sum: random bytes end the stream (they
    say that the armband has gone) once in 2^40.
    """

    def __init__(self, health: SourceHealth | None = None, filtered: bool = True, address: str = "") -> None:
        self.health = SourceHealth() if health is None else health
        self._address = address.lower()
        if address and not re.fullmatch("([0-9a-f]{2}:){5}[0-9a-f]{2}", self._address):
            raise SettingsError(f"an armband's address is six pairs such as d5:0a:11:22:33:44, not '{address}'")
        self._mode = myo.FILTERED if filtered else myo.UNFILTERED
        self._reader = PacketReader(DONGLE_WORDS, self.health)
        self._found = b""
        self._connection: int | None = None
        self._described = False
        self._next_turn = self._next_index = self._lost = 0
        self._trouble = ""
        self._said_s: float | None = None  # when the last words were said; None while they are due
        self._begin_talk()

    def feed(self, data: bytes) -> list[Event]:
        """Take the next bytes and return what they complete; values that follow each other become one block."""
        events: list[Event] = []
        values: list[bytes] = []
        for packet in self._reader.feed(data):
            if packet.word is Word.DISCONNECTED and packet.fields[0] == self._connection:
                self._end_block(values, events)
                self._disconnect(packet.fields[1], events)
            elif self._is_emg(packet):
                self._take_value(packet, values, events)
            else:
                self._go_on(packet)
        self._end_block(values, events)
        return events

    def say(self, elapsed_s: float) -> bytes:
        """Say the next words of the talk; begin again when the last ones had no effect."""
        if self._said_s is None:
            self._said_s = elapsed_s
            return self._step.words if self._step else b""
        if self._step and elapsed_s - self._said_s > self._step.patience_s:
            self._begin_talk()
            self._said_s = elapsed_s
            return self._step.words
        return b""

    def farewell(self) -> bytes:
        """End the connection, which ends the stream too, or whatever was begun instead."""
        if self._connection is None:
            return encode(Word.END)
        return encode(Word.DISCONNECT, self._connection)

    def why_not_described(self) -> str:
        """Tell how far the talk came."""
        return self._trouble

    def _begin_talk(self) -> None:
        self._connection = None
        self._reader.frequent_head = b""
        self._talk = self._lead()
        self._step: _Step | None = next(self._talk)
        self._said_s = None

    def _go_on(self, packet: Packet) -> None:
        """Take the next step if this is what the last one waits for."""
        if self._step is not None and self._step.is_wanted(packet):
            try:
                self._step = self._talk.send(packet)
                self._trouble = self._step.trouble or self._trouble
            except StopIteration:
                self._step = None
            self._said_s = None

    def _lead(self) -> Generator[_Step, Packet, None]:
        """Ask for one thing after the other; each `yield` returns what was waited for."""
        yield _answered(encode(Word.END), Word.ENDS)
        for connection in _OLD_CONNECTIONS:
            yield _answered(encode(Word.DISCONNECT, connection), Word.DISCONNECTS)
        yield _answered(encode(Word.DISCOVER, _DISCOVER_ALL), Word.DISCOVERS)
        which = f"no Myo armband {self._address}".rstrip()
        trouble = f"the dongle answers, but hears {which}; move the armband so that it wakes, and bring it near"
        advertised = yield _Step(b"", self._is_wanted_armband, _SCAN_S, trouble)
        yield _answered(encode(Word.END), Word.ENDS)
        self._found = advertised.fields[2]
        armband = f"the armband {myo.address_text(self._found)}"
        words = encode(Word.CONNECT, *advertised.fields[2:4], _INTERVAL, _INTERVAL, _TIMEOUT, _LATENCY)
        connects = yield _answered(words, Word.CONNECTS, f"{armband} was found, but does not connect; bring it near")
        self._connection = connection = connects.fields[1]
        yield _Step(b"", lambda p: p.word is Word.CONNECTED and p.fields[0] == connection, _CONNECT_S, "")
        words = encode(Word.READ, connection, myo.FIRMWARE)
        version = yield _Step(words, lambda p: _is_value(p, connection, myo.FIRMWARE), _ANSWER_S, "")
        if version.data[:2] == b"\0\0":
            self._trouble = f"{armband} has firmware 0.x, which sends no raw EMG; bring it to 1.x"
            return
        trouble = f"{armband} is connected, but does not do what it is told"
        for attribute in myo.EMG_SWITCHES:
            yield self._written(attribute, myo.NOTIFY, trouble)
        yield self._written(myo.COMMAND, myo.NEVER_SLEEP, trouble)
        self._reader.frequent_head = encode(Word.VALUE, connection, 0, 0, data=bytes(_VALUE_BYTES))[:5]
        yield self._written(myo.COMMAND, myo.set_mode(self._mode), f"{armband} is connected, but sends no EMG")

    def _written(self, attribute: int, value: bytes, trouble: str) -> _Step:
        connection = self._connection

        def is_done(packet: Packet) -> bool:
            return packet.word is Word.PROCEDURE_ENDED and packet.fields == (connection, 0, attribute)

        return _Step(encode(Word.WRITE, connection or 0, attribute, data=value), is_done, _ANSWER_S, trouble)

    def _is_wanted_armband(self, packet: Packet) -> bool:
        if packet.word is not Word.ADVERTISED or not myo.is_myo(packet.data):
            return False
        return self._address in ("", myo.address_text(packet.fields[2]))

    def _is_emg(self, packet: Packet) -> bool:
        return (
            packet.word is Word.VALUE
            and packet.fields[0] == self._connection
            and packet.fields[1] in myo.EMG
            and packet.fields[2] == myo.NOTIFIED
            and len(packet.data) == _VALUE_BYTES
        )

    def _take_value(self, packet: Packet, values: list[bytes], events: list[Event]) -> None:
        turn = myo.EMG.index(packet.fields[1])
        if not self._described:
            self._described = True
            self._step, self._next_turn = None, turn
            events.append(Described(self._info(), Ticks(1e9 / myo.RATE_HZ, RATE_ON_PAPER, unseen_loss=ROUND_SAMPLES)))
        lost = (turn - self._next_turn) % len(myo.EMG) * myo.SAMPLES_PER_VALUE
        if lost:
            self._end_block(values, events)
            self._next_index += lost
            self.health.lost_samples += lost
        values.append(packet.data)
        self._next_turn = (turn + 1) % len(myo.EMG)
        self._lost = lost if len(values) == 1 else self._lost

    def _end_block(self, values: list[bytes], events: list[Event]) -> None:
        if values:
            samples = np.frombuffer(b"".join(values), dtype=np.int8).reshape(-1, myo.CHANNELS).astype(np.float64)
            first_index = self._next_index
            self._next_index += len(samples)
            events.append(SampleBlock(samples, first_index, self._lost, self._next_index))
            values.clear()

    def _disconnect(self, reason: int, events: list[Event]) -> None:
        cause = f"the armband has disconnected: {_CAUSES.get(reason, f'reason 0x{reason:04x}')}"
        if self._described:
            self._described = False
            events.append(StreamRestarted(cause))
        self._begin_talk()
        self._trouble = cause

    def _info(self) -> StreamInfo:
        labels = tuple(f"sensor {number + 1}" for number in range(myo.CHANNELS))
        source_id = f"myo-{myo.address_text(self._found)}"
        return StreamInfo(
            "Myo armband", myo.CHANNELS, myo.RATE_HZ, Unit.ARBITRARY, labels, source_id, float(myo.LARGEST)
        )


def _answered(words: bytes, answer: Word, trouble: str = "") -> _Step:
    return _Step(words, lambda packet: packet.word is answer, _ANSWER_S, trouble)


def _is_value(packet: Packet, connection: int, attribute: int) -> bool:
    return packet.word is Word.VALUE and packet.fields[:2] == (connection, attribute)
