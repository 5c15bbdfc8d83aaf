import numpy as np
import pytest

from sim.emulator.voices.spikerbox import make_spikerbox
from sim.errors import SimError

MS = 1_000_000


def test_it_restarts_when_opened_greets_and_then_answers() -> None:
    voice = make_spikerbox("", "", None, None)
    voice.switch_on()
    assert voice.opened(1000 * MS) == b""
    assert (voice.due(1299 * MS), voice.streaming) == (b"", False)
    assert voice.hear(b"b:;\n", 1299 * MS) == b""
    assert (voice.due(1300 * MS), voice.streaming) == (b"StartUp!\r\n", True)
    assert voice.due(1301 * MS) == b""
    answer = b"\xff\xff\x01\x01\x80\xffHWT:MUSCLESS;\xff\xff\x01\x01\x81\xff"
    assert voice.hear(b"b:", 0) == b""
    assert voice.hear(b";\n", 0) == answer
    assert voice.hear(b"conf s:10000;c:2;b:;\n", 0) == answer
    assert voice.counters.unknown_commands == 0
    voice.hear(b"c:5;\nhello\n", 0)
    assert voice.counters.unknown_commands == 2


@pytest.mark.parametrize(("channels", "rate_hz"), [(1, 10_000), (3, 10_000 / 3), (6, 10_000 / 6)])
def test_the_rate_follows_from_the_channels(channels: int, rate_hz: float) -> None:
    voice = make_spikerbox("", "", channels, None)
    assert (voice.info.channel_count, voice.info.rate_hz) == (channels, rate_hz)
    frames = voice.frames(np.zeros((3, channels), dtype=np.int32), 0, 1)
    assert [len(frame) for frame in frames] == [2 * channels] * 3


@pytest.mark.parametrize(("channels", "rate_hz"), [(7, None), (0, None), (2, 1000.0)])
def test_other_channels_and_rates_are_refused(channels: int, rate_hz: float | None) -> None:
    with pytest.raises(SimError, match="1 to 6 channels"):
        make_spikerbox("", "", channels, rate_hz)
