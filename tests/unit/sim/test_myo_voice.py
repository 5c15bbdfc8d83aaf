import numpy as np

from drivers.protocols import myo_attributes as myo
from drivers.protocols.bgapi import DONGLE_WORDS, PacketReader, Word, encode
from drivers.source import SourceHealth
from sim.emulator.voices.myo import MyoVoice
from tests.unit.drivers.protocols.fuzzed_myo import connected

ADDRESS = bytes.fromhex("010203040ad5")


def words(said: bytes) -> list[Word]:
    return [packet.word for packet in PacketReader(DONGLE_WORDS, SourceHealth()).feed(said)]


def connect(armband: MyoVoice, now_ns: int = 0) -> bytes:
    return armband.hear(encode(Word.CONNECT, ADDRESS, 0, 6, 6, 64, 0), now_ns)


def test_it_advertises_only_while_the_dongle_scans() -> None:
    armband = MyoVoice()
    assert armband.due(0) == b""
    assert words(armband.hear(encode(Word.DISCOVER, 1), 0)) == [Word.DISCOVERS]
    assert words(armband.due(0)) == [Word.ADVERTISED]
    assert armband.due(50_000_000) == b""
    assert words(armband.due(100_000_000)) == [Word.ADVERTISED]
    armband.hear(encode(Word.END), 0)
    assert armband.due(10**9) == b""


def test_another_program_may_ask_for_its_name_and_switch_motion_on() -> None:
    armband = MyoVoice(name="left")
    assert words(connect(armband)) == [Word.CONNECTS, Word.CONNECTED]
    _, name = PacketReader(DONGLE_WORDS, SourceHealth()).feed(armband.hear(encode(Word.READ, 0, myo.NAME), 0))
    assert name.data == b"left"
    said = armband.hear(encode(Word.WRITE, 0, 0x1D, data=b"\x01\x00"), 0)
    assert words(said) == [Word.WRITES, Word.PROCEDURE_ENDED]
    assert words(armband.hear(encode(Word.READ, 0, 0x99), 0)) == [Word.READS, Word.PROCEDURE_ENDED]
    assert words(armband.hear(encode(Word.CONNECTIONS), 0)) == [Word.HAS_CONNECTIONS]


def test_without_a_connection_nothing_is_read_or_written() -> None:
    armband = MyoVoice()
    for command in (encode(Word.READ, 0, myo.NAME), encode(Word.WRITE, 0, 0x2C, data=b"\x01\x00")):
        (answer,) = PacketReader(DONGLE_WORDS, SourceHealth()).feed(armband.hear(command, 0))
        assert answer.fields == (0, 0x0186)
    assert words(armband.hear(encode(Word.CONNECT, bytes(6), 0, 6, 6, 64, 0), 0)) == [Word.CONNECTS]


def test_an_armband_that_nobody_keeps_awake_goes() -> None:
    armband = MyoVoice()
    connect(armband)
    assert armband.due(29 * 10**9) == b""
    assert words(armband.due(31 * 10**9)) == [Word.DISCONNECTED]
    assert armband.due(32 * 10**9) == b""


def test_it_streams_until_it_is_disconnected_and_an_odd_sample_waits() -> None:
    _, armband = connected()
    assert armband.asked
    assert armband.frames(np.zeros((1, 8), dtype=np.int32), 0, 1) == []
    assert len(armband.frames(np.zeros((2, 8), dtype=np.int32), 0, 1)) == 1
    armband.skip(1)
    assert armband.frames(np.zeros((1, 8), dtype=np.int32), 0, 1) == []
    assert words(armband.hear(encode(Word.DISCONNECT, 0), 0)) == [Word.DISCONNECTS, Word.DISCONNECTED]
    assert not armband.streaming
    armband.hear(b"garbage", 0)
    assert armband.counters.unknown_commands == 1
