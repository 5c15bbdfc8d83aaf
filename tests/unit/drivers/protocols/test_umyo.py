import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from drivers.errors import SettingsError
from drivers.protocols.protocol import Described, Event, SampleBlock
from drivers.protocols.umyo import RATE_HZ, UmyoParser
from drivers.protocols.umyo_frame import UmyoFrame, UmyoReader, encode_frame
from drivers.source import SourceHealth, Unit
from sim.emulator.voices.umyo import REST_COUNTS, UmyoVoice
from tests.unit.drivers.protocols.fuzzed_umyo import listen

SAMPLES = bytes(range(16))
COUNTS = np.random.default_rng(0).integers(-16_000, 16_000, (800, 3), dtype=np.int32)
NAMES = ("5a0c11e0", "5a0c11e1", "5a0c11e2")


def blocks(events: list[Event]) -> list[SampleBlock]:
    return [event for event in events if isinstance(event, SampleBlock)]


def rows(events: list[Event]) -> NDArray[np.float64]:
    return np.concatenate([block.samples for block in blocks(events)])


def sent() -> list[bytes]:
    """Return a hundred frames of each of three sensors."""
    return [*UmyoVoice(3).frames(COUNTS, 0, 1)]


def test_a_frame_is_laid_out_as_the_base_sends_it() -> None:
    frame = encode_frame(UmyoFrame(0x5A0C11E7, 200, SAMPLES), packet=5, battery_mv=3900, signal=60)
    assert len(frame) == 65
    assert frame[:31].hex() == "4fd53c05" + "3e" + "5a0c11e7" + "58" + "00" + "be6500" + "c8" + SAMPLES.hex()
    assert UmyoReader(SourceHealth()).feed(frame) == [UmyoFrame(0x5A0C11E7, 200, SAMPLES)]


def test_frames_without_the_magnetic_field_and_with_other_numbers_of_samples_are_read() -> None:
    whole = encode_frame(UmyoFrame(7, 1, SAMPLES), 5)
    short = whole[:4] + bytes([56]) + whole[5:-6]
    long = encode_frame(UmyoFrame(7, 2, bytes(78)), 6)
    reader = UmyoReader(SourceHealth())
    assert [frame.samples for frame in reader.feed(short + long)] == [SAMPLES, bytes(78)]


def test_a_head_whose_kind_and_length_disagree_is_none() -> None:
    good = encode_frame(UmyoFrame(7, 1, SAMPLES), 5)
    for place, value in ((4, 61), (9, 80), (9, 120), (9, 89)):
        wrong = good[:place] + bytes([value]) + good[place + 1 :]
        health = SourceHealth()
        assert UmyoReader(health).feed(wrong + good) == [UmyoFrame(7, 1, SAMPLES)]
        assert health.bad_frames == 1


@given(st.lists(st.integers(1, 300), max_size=30))
def test_frames_cut_anywhere_arrive_whole(cuts: list[int]) -> None:
    data, health, got = b"".join(sent()[:30]), SourceHealth(), []
    reader = UmyoReader(health)
    for cut in cuts:
        got += reader.feed(data[:cut])
        data = data[cut:]
    got += reader.feed(data)
    assert len(got) == 30
    assert health == SourceHealth()


def test_the_sensors_that_are_heard_become_channels_by_their_names() -> None:
    parser, frames = UmyoParser(), sent()
    listen(parser, b"".join(frames[:120]))
    described, block = parser.feed(b"".join(frames[120:]))
    assert isinstance(described, Described)
    assert (described.info.labels, described.info.rate_hz, described.info.unit) == (NAMES, RATE_HZ, Unit.ARBITRARY)
    assert described.info.source_id == "umyo-" + "-".join(NAMES)
    assert described.ticks.unseen_loss == 256 * 8
    assert isinstance(block, SampleBlock)
    assert (block.first_index, block.lost_before, block.newest_ticks) == (0, 0, 480)
    assert np.array_equal(block.samples, COUNTS[320:] + REST_COUNTS)


def test_the_option_chooses_the_order_and_leaves_others_out() -> None:
    parser, frames = UmyoParser(sensors=["5A0C11E2", "5a0c11e0"]), sent()
    listen(parser, b"".join(frames[:120]))
    described, block = parser.feed(b"".join(frames[120:]))
    assert isinstance(described, Described)
    assert described.info.labels == ("5a0c11e2", "5a0c11e0")
    assert isinstance(block, SampleBlock)
    assert np.array_equal(block.samples[:, 0], COUNTS[320:-8, 2] + REST_COUNTS)
    # Blocks of this one come just before those of the first channel: it stands beside the one that came before.
    assert np.array_equal(block.samples[:, 1], COUNTS[328:, 0] + REST_COUNTS)
    assert parser.health.extra["other_sensors"] == 60


def test_sensors_that_are_named_need_not_be_listened_for() -> None:
    parser, frames = UmyoParser(sensors=NAMES), sent()
    assert parser.feed(b"".join(frames[:93])) == []
    assert parser.feed(b"".join(frames[93:96])) == []
    (described, block) = parser.feed(b"".join(frames[96:]))
    assert isinstance(described, Described)
    assert isinstance(block, SampleBlock)
    assert np.array_equal(block.samples, COUNTS[256:] + REST_COUNTS)


def test_sensors_that_are_not_there_are_told() -> None:
    parser = UmyoParser(sensors=["5a0c11e0", "0badcafe"])
    listen(parser, b"".join(sent()))
    assert parser.feed(b"") == []
    assert parser.why_not_described().startswith("sensors 0badcafe of `sensors` were not heard, only 5a0c11e0, ")
    parser = UmyoParser()
    listen(parser, b"\x4f\xd5" * 50)
    assert parser.feed(b"") == []
    assert "no uMyo sensor" in parser.why_not_described()


def test_a_name_heard_by_chance_is_no_sensor() -> None:
    parser, frames = UmyoParser(), sent()
    listen(parser, encode_frame(UmyoFrame(0x0BADCAFE, 1, SAMPLES), 1) + b"".join(frames[:120]))
    (described,) = parser.feed(b"")
    assert isinstance(described, Described)
    assert described.info.labels == NAMES


def test_frames_of_another_size_are_bad() -> None:
    parser, frames = UmyoParser(), sent()
    listen(parser, b"".join(frames[:120]))
    odd = encode_frame(UmyoFrame(0x5A0C11E0, 40, bytes(20)), 1)
    assert len(rows(parser.feed(odd + b"".join(frames[120:])))) == 480
    assert parser.health.bad_frames == 1


@pytest.mark.parametrize("sensors", [["left"], ["5a0c11e0", "5A0C11E0"], ["5a0c11e00"], "5a0c11e", [1234]])
def test_names_that_are_none_are_refused(sensors: list[str]) -> None:
    with pytest.raises(SettingsError, match="sensors"):
        UmyoParser(sensors=sensors)
