import numpy as np
import pytest

from drivers.errors import SettingsError
from drivers.protocols import myo_attributes as myo
from drivers.protocols.bgapi import Word, encode
from drivers.protocols.myo import MyoParser
from drivers.protocols.protocol import Described, Event, SampleBlock, StreamRestarted
from drivers.source import Unit
from sim.emulator.voices.myo import MyoVoice
from tests.unit.drivers.protocols.fuzzed_myo import connected, lead

ADDRESS = bytes.fromhex("010203040ad5")
COUNTS = np.random.default_rng(0).integers(-128, 128, (40, 8), dtype=np.int32)


def values(armband: MyoVoice) -> list[bytes]:
    return [*armband.frames(COUNTS, 0, 1)]


def blocks(events: list[Event]) -> list[SampleBlock]:
    return [event for event in events if isinstance(event, SampleBlock)]


def test_the_talk_is_the_one_that_the_armband_knows() -> None:
    ended = [encode(Word.PROCEDURE_ENDED, 0, 0, attribute) for attribute in (0x2C, 0x2F, 0x32, 0x35, 0x19)]
    written = encode(Word.WRITES, 0, 0)
    version = encode(Word.VALUE, 0, 0x17, 0, data=bytes.fromhex("010005000a000200"))
    found = encode(Word.ADVERTISED, -50, 0, ADDRESS, 0, 255, data=myo.advertise())
    script = [  # what the host says, and what it hears
        ("00000604", encode(Word.ENDS, 0)),
        ("0001030000", encode(Word.DISCONNECTS, 0, 0x0186)),
        ("0001030001", encode(Word.DISCONNECTS, 1, 0x0186)),
        ("0001030002", encode(Word.DISCONNECTS, 2, 0x0186)),
        ("0001060201", encode(Word.DISCOVERS, 0) + found),
        ("00000604", encode(Word.ENDS, 0)),
        (
            "000f0603010203040ad5000600060040000000",
            encode(Word.CONNECTS, 0, 0) + encode(Word.CONNECTED, 0, 5, ADDRESS, 0, 6, 64, 0, 255),
        ),
        ("00030404001700", encode(Word.READS, 0, 0) + version),
        ("00060405002c00020100", written + ended[0]),
        ("00060405002f00020100", written + ended[1]),
        ("00060405003200020100", written + ended[2]),
        ("00060405003500020100", written + ended[3]),
        ("00070405001900" + "03090101", written + ended[4]),
        ("00090405001900" + "050103020000", written + ended[4]),
    ]
    parser = MyoParser()
    for expected, answer in script:
        assert parser.say(0.0).hex() == expected
        assert parser.say(0.1) == b""
        assert parser.feed(answer) == []
    assert parser.say(0.2) == b""
    assert parser.why_not_described() == "the armband d5:0a:04:03:02:01 is connected, but sends no EMG"
    (described, block) = parser.feed(encode(Word.VALUE, 0, 0x31, 1, data=bytes(range(16))))
    assert isinstance(described, Described)
    assert (described.info.channel_count, described.info.rate_hz) == (8, 200.0)
    assert (described.info.source_id, described.info.unit) == ("myo-d5:0a:04:03:02:01", Unit.ARBITRARY)
    assert described.ticks.unseen_loss == 8
    assert isinstance(block, SampleBlock)
    assert np.array_equal(block.samples, np.arange(16.0).reshape(2, 8))
    assert parser.farewell().hex() == "0001030000"


def test_samples_arrive_in_order_as_signed_bytes() -> None:
    parser, armband = connected()
    events = parser.feed(b"".join(values(armband)))
    (block,) = blocks(events)
    assert np.array_equal(block.samples, COUNTS)
    assert (block.first_index, block.lost_before, block.newest_ticks) == (0, 0, 40)


def test_unfiltered_is_another_mode_and_the_armband_is_told_to_stay_awake() -> None:
    for filtered, mode in ((True, "050103020000"), (False, "050103030000")):
        parser, armband = MyoParser(filtered=filtered), MyoVoice()
        said = b""
        for turn in range(60):
            words = parser.say(0.05 * turn)
            said += words
            parser.feed(armband.hear(words, turn) + armband.due(10**9 * turn))
        assert "00090405001900" + mode in said.hex()
        assert armband.due(10**12) == b""
        assert armband.streaming


@pytest.mark.parametrize("missing", [1, 2, 3])
def test_values_out_of_turn_are_lost_samples(missing: int) -> None:
    parser, armband = connected()
    sent = values(armband)
    events = parser.feed(b"".join(sent[:6] + sent[6 + missing :]))
    first, second = blocks(events)
    assert (len(first.samples), first.lost_before) == (12, 0)
    assert (second.first_index, second.lost_before) == (12 + 2 * missing, 2 * missing)
    assert np.array_equal(second.samples, COUNTS[12 + 2 * missing :])
    assert parser.health.lost_samples == 2 * missing


def test_a_whole_round_that_is_lost_does_not_show() -> None:
    parser, armband = connected()
    sent = values(armband)
    (block,) = blocks(parser.feed(b"".join(sent[:6] + sent[10:])))
    assert (block.lost_before, len(block.samples)) == (0, 32)


def test_values_of_something_else_are_not_taken() -> None:
    parser, armband = connected()
    parser.feed(b"".join(values(armband)))
    others = [
        encode(Word.VALUE, 1, 0x2B, 1, data=bytes(16)),  # of another connection
        encode(Word.VALUE, 0, 0x1C, 1, data=bytes(20)),  # motion
        encode(Word.VALUE, 0, 0x2B, 0, data=bytes(16)),  # read, not sent
        encode(Word.VALUE, 0, 0x2B, 1, data=bytes(15)),
        encode(Word.DISCONNECTED, 1, 0x0208),
        encode(Word.ADVERTISED, -50, 0, ADDRESS, 0, 255, data=myo.advertise()),
    ]
    assert parser.feed(b"".join(others)) == []


@pytest.mark.parametrize(("reason", "words"), [(0x0208, "out of reach"), (0x0213, "itself"), (0x023E, "0x023e")])
def test_an_armband_that_goes_ends_the_stream_with_a_sentence(reason: int, words: str) -> None:
    parser, armband = connected()
    sent = b"".join(values(armband))
    block, *rest = parser.feed(sent + encode(Word.DISCONNECTED, 0, reason))[1:]
    assert isinstance(block, SampleBlock)
    (restarted,) = rest
    assert isinstance(restarted, StreamRestarted)
    assert words in restarted.cause
    assert parser.farewell() == encode(Word.END)


def test_an_armband_that_goes_during_the_talk_is_looked_for_again() -> None:
    parser, armband = MyoParser(), MyoVoice()
    while not armband.counters.descriptions:  # it has told its firmware
        parser.feed(armband.hear(parser.say(0.0), 0) + armband.due(0))
    armband.switch_on()
    assert parser.feed(encode(Word.DISCONNECTED, 0, 0x0208)) == []
    assert "out of reach" in parser.why_not_described()
    lead(parser, armband)
    assert len(blocks(parser.feed(b"".join(values(armband))))) == 1


def test_an_old_connection_that_still_streams_is_ended_first() -> None:
    _, armband = connected()
    parser = MyoParser()
    assert parser.feed(b"".join(values(armband))) == []
    lead(parser, armband)
    assert len(blocks(parser.feed(b"".join(values(armband))))) == 1


def test_a_step_without_an_answer_makes_the_talk_begin_again() -> None:
    parser = MyoParser()
    assert parser.say(0.0) == encode(Word.END)
    parser.feed(encode(Word.ENDS, 0))
    assert parser.say(0.1) == encode(Word.DISCONNECT, 0)
    assert parser.say(1.0) == b""
    assert parser.say(1.2) == encode(Word.END)
    assert parser.why_not_described() == ""


def test_without_an_armband_the_dongle_is_told_from_it() -> None:
    parser, dongle = MyoParser(), MyoVoice()
    for turn in range(400):  # twenty seconds, in which it scans again and again
        parser.feed(dongle.hear(parser.say(0.05 * turn), 0))
        parser.feed(encode(Word.ADVERTISED, -50, 0, ADDRESS, 0, 255, data=b"\x02\x01\x06\x03\x06\x0f\x18"))
    assert parser.why_not_described().startswith("the dongle answers, but hears no Myo armband;")
    assert parser.farewell() == encode(Word.END)


def test_one_of_several_armbands_is_chosen_by_its_address() -> None:
    parser, dongle = MyoParser(address="AA:0A:04:03:02:01"), MyoVoice()
    for turn in range(100):
        parser.feed(dongle.hear(parser.say(0.05 * turn), 0) + dongle.due(10**9 * turn))
    assert not dongle.streaming
    assert "hears no Myo armband aa:0a:04:03:02:01;" in parser.why_not_described()
    parser = MyoParser(address="d5:0a:04:03:02:01")
    lead(parser, MyoVoice())
    with pytest.raises(SettingsError, match="six pairs"):
        MyoParser(address="my left arm")


def test_firmware_without_raw_emg_is_told() -> None:
    parser, armband = MyoParser(), MyoVoice()
    while not armband.counters.descriptions:
        heard = armband.hear(parser.say(0.0), 0) + armband.due(0)
        parser.feed(heard.replace(bytes.fromhex("01000500b207"), bytes.fromhex("000008001200")))
    assert parser.say(5.0) == b""
    assert "firmware 0.x" in parser.why_not_described()


def test_the_service_is_found_wherever_it_is_advertised() -> None:
    assert myo.is_myo(myo.advertise())
    assert myo.is_myo(b"\x11\x07" + myo.SERVICE)
    assert not myo.is_myo(b"\x11\x16" + myo.SERVICE)
    assert not myo.is_myo(b"\x12\x06\x00" + myo.SERVICE)
    assert not myo.is_myo(b"")
    assert not myo.is_myo(b"\x00" + myo.advertise())
    assert not myo.is_myo(b"\xff\x06")
