import numpy as np
import pytest

from drivers.protocols.umyo_frame import UmyoReader
from drivers.source import SourceHealth
from sim.emulator.catalogue import make_voice
from sim.emulator.voices.umyo import REST_COUNTS, UmyoVoice
from sim.errors import SimError


def test_each_sensor_counts_its_own_blocks_over_those_that_nobody_hears() -> None:
    base = UmyoVoice(2)
    read = UmyoReader(SourceHealth())
    counts = np.zeros((8, 2), dtype=np.int32)
    first = [frame.block for frame in read.feed(b"".join(base.frames(counts, 0, 1)))]
    base.skip(8 * 255 + 3)
    second = [frame.block for frame in read.feed(b"".join(base.frames(counts[:5], 0, 1)))]
    assert first != [first[0]] * 2
    assert second == first  # 256 blocks later


def test_a_block_is_eight_samples_about_the_converters_rest() -> None:
    base = UmyoVoice(1)
    counts = np.array([0, 1, -1, 100, -20_000, 20_000, 5, 6, 7], dtype=np.int32).reshape(-1, 1)
    assert base.frames(counts[:7], 0, 1) == []
    (frame,) = UmyoReader(SourceHealth()).feed(b"".join(base.frames(counts[7:], 0, 1)))
    samples = np.frombuffer(frame.samples, dtype=">i2").tolist()
    assert samples == [REST_COUNTS + count for count in (0, 1, -1, 100)] + [0, 32_766, REST_COUNTS + 5, REST_COUNTS + 6]


def test_it_offers_so_many_sensors_at_one_rate() -> None:
    assert make_voice("umyo", channels=12).info.channel_count == 12
    for channels, rate_hz in ((0, None), (13, None), (None, 500.0)):
        with pytest.raises(SimError, match="1 to 12 sensors at 1116 Hz"):
            make_voice("umyo", channels=channels, rate_hz=rate_hz)


@pytest.mark.parametrize("name", ["emager", "myo"])
def test_a_device_without_a_choice_refuses_one(name: str) -> None:
    info = make_voice(name, "mine", "unit 7").info
    assert (info.name, info.source_id) == ("mine", "unit 7")
    assert make_voice(name, channels=info.channel_count, rate_hz=info.rate_hz).info.rate_hz == info.rate_hz
    with pytest.raises(SimError, match="leave out --channels and --rate"):
        make_voice(name, channels=3)
