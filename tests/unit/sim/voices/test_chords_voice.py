import numpy as np
import pytest

from sim.emulator.voices.chords import make_chords
from sim.errors import SimError


def test_commands_are_answered_and_start_and_stop_the_stream() -> None:
    voice = make_chords("", "", None, None)
    assert (voice.asked, voice.streaming) == (False, False)
    assert voice.hear(b"WHO", 0) == b""
    assert voice.hear(b"RU\n", 0) == b"UNO-R4\r\n"
    assert voice.hear(b" START\r\n", 0) == b""
    assert (voice.asked, voice.streaming) == (True, True)
    assert voice.hear(b"STATUS\n", 0) == b"STOPPED\r\n"  # it stops at any byte
    assert voice.hear(b"hello\n", 0) == b"UNKNOWN COMMAND\r\n"
    assert voice.counters.unknown_commands == 1
    voice.hear(b"START\nSTOP\n", 0)
    assert not voice.streaming


def test_a_byte_stops_the_stream() -> None:
    voice = make_chords("", "", None, 250.0)
    voice.hear(b"START\n", 0)
    voice.hear(b"W", 0)
    assert not voice.streaming


def test_only_an_r3_starts_anew_when_its_port_is_opened() -> None:
    for rate_hz, goes_on in ((500.0, True), (250.0, False)):
        voice = make_chords("", "", 6, rate_hz)
        voice.hear(b"START\n", 0)
        voice.opened(0)
        assert voice.streaming is goes_on


def test_frames_hold_one_sample_each() -> None:
    voice = make_chords("", "", None, None)
    assert [len(frame) for frame in voice.frames(np.zeros((3, 6), dtype=np.int32), 0, 10)] == [16, 16, 16]


@pytest.mark.parametrize(("channels", "rate_hz"), [(8, None), (None, 1000.0), (5, 250.0)])
def test_other_channels_and_rates_are_refused(channels: int | None, rate_hz: float | None) -> None:
    with pytest.raises(SimError, match="6 channels at 500 Hz"):
        make_chords("", "", channels, rate_hz)
