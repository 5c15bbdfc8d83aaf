"""The emulated board says what OpenBCI's SDK page says a board says."""

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.emulator.voices.cyton import CytonVoice
from tests.rigs.known_counts import known_counts

SECOND_NS = 1_000_000_000


def answer(commands: bytes, daisy: bool = False) -> bytes:
    """Return what a board that does not stream says to these commands."""
    return CytonVoice(daisy=daisy).hear(commands, 0)


def reset(voice: CytonVoice) -> bytes:
    said = voice.hear(b"v", 0)
    assert said == voice.due(100_000_000) == b"", "it takes its time"
    return voice.due(SECOND_NS)


def packets(voice: CytonVoice, n_samples: int, first_row: int = 0) -> NDArray[np.uint8]:
    frames = voice.frames(known_counts(first_row, n_samples, voice.info.channel_count), 5_000_000, 1)
    return np.frombuffer(b"".join(frames), np.uint8).reshape(-1, 33)


@pytest.mark.parametrize(
    ("commands", "said"),
    [
        (b"d", b"updating channel settings to default$$$"),
        (b"D", b"060110$$$"),
        (b"V", b"v3.1.2$$$"),
        (b"x3020000X", b"Success: Channel set for 3$$$"),
        (b"x1020000Xx2020000Xx3020000X", b"".join(b"Success: Channel set for %d$$$" % n for n in (1, 2, 3))),
        (b"x102000X", b"Failure: too few chars$$$"),
        (b"x1020000V", b"Failure: 9th char not X$$$"),
        (b"xA020000X", b"Failure: Err: too many chars$$$"),
        (b"z410Z", b"Success: Lead off set for 4$$$"),
        (b"z410Q", b"Failure: 5th char not Z$$$"),
        (b"0", b"Success: Configured internal test signal.$$$"),
        (b"12345678!@#$%^&*", b""),
        (b"<", b",Time stamp ON$$$"),
        (b">", b"Time stamp OFF$$$"),
        (b"//", b"Success: default$$$"),
        (b"/2//", b"Success: analog$$$Success: analog$$$"),
        (b"/9", b"Failure: board mode value out of bounds.$$$"),
        (b"~~", b"Success: Sample rate is 250Hz$$$"),
        (b"~4~~", b"Success: Sample rate is 1000Hz$$$" * 2),
        (b"~7", b"Failure: sample value out of bounds.$$$"),
        (b"\xf0\x07", b"Success: System is Up$$$"),
        (b"c", b""),
        (b"C", b"no daisy to attach!8$$$"),
        (b"bs", b""),
    ],
)
def test_a_command_has_its_answer(commands: bytes, said: bytes) -> None:
    assert answer(commands) == said
    voice = CytonVoice()
    assert b"".join(voice.hear(bytes([byte]), 0) for byte in commands) == said, "however the bytes are cut"


def test_a_daisy_comes_and_goes_by_command() -> None:
    assert answer(b"Cc", daisy=True) == b"16$$$daisy removed$$$"
    assert answer(b"cC", daisy=True) == b"daisy removed$$$daisy attached16$$$"
    assert answer(b"xQ060110X", daisy=True) == b"Success: Channel set for 9$$$"


def test_the_banner_names_what_is_there() -> None:
    alone, with_daisy = reset(CytonVoice()), reset(CytonVoice(daisy=True))
    for banner in (alone, with_daisy):
        assert banner.startswith(b"OpenBCI V3 8-16 channel\n")
        assert b"Firmware: v3" in banner
        assert banner.endswith(b"$$$")
    assert b"On Daisy" in with_daisy
    assert b"On Daisy" not in alone


def test_what_is_said_during_a_reset_is_answered_after_the_banner() -> None:
    voice = CytonVoice()
    assert voice.hear(b"vD", 0) == b""
    assert voice.hear(b"V", 100) == b""
    assert voice.due(SECOND_NS).endswith(b"$$$060110$$$v3.1.2$$$")


def test_half_a_command_is_given_up_after_a_second() -> None:
    voice = CytonVoice()
    assert voice.hear(b"x10", 0) == b""
    assert voice.due(SECOND_NS - 1) == b""
    assert voice.due(SECOND_NS).startswith(b"Timeout processing multi byte message")
    assert voice.hear(b"D", SECOND_NS) == b"060110$$$"


def test_the_registers_show_what_was_set() -> None:
    voice = CytonVoice()
    voice.hear(b"x2100000X3", 0)
    lines = voice.hear(b"?", 0).split(b"\n")
    assert b"CH1SET on 1 gain 24 input 0 bias 1 srb2 1 srb1 0" in lines
    assert b"CH2SET on 0 gain 1 input 0 bias 0 srb2 0 srb1 0" in lines
    assert b"CH3SET on 0 gain 24 input 0 bias 1 srb2 1 srb1 0" in lines
    assert lines[-1] == b"$$$"
    voice.hear(b"d", 0)
    assert b"CH2SET on 1 gain 24" in voice.hear(b"?", 0)


def test_a_board_that_streams_is_silent_but_obeys() -> None:
    voice = CytonVoice()
    voice.hear(b"b", 0)
    assert (voice.streaming, voice.asked) == (True, True)
    assert voice.hear(b"x1060000Xd0/2?", 0) == b""
    assert voice.board.mode == "analog"
    voice.hear(b"s", 0)
    assert not voice.streaming
    voice.hear(b"b", 0)
    reset(voice)
    assert not voice.streaming, "a reset stops it"


def test_unknown_commands_are_ignored_and_counted() -> None:
    voice = CytonVoice()
    assert voice.hear(b"XYZ\n\x00\xff", 0) == b""
    assert voice.counters.unknown_commands == 5, "Y switches a channel on"


def test_packets_are_numbered_from_the_start_and_while_nobody_listens() -> None:
    voice = CytonVoice()
    voice.hear(b"b", 0)
    voice.skip(3)
    assert packets(voice, 4)[:, 1].tolist() == [3, 4, 5, 6]
    voice.hear(b"sb", 0)
    assert packets(voice, 2)[:, 1].tolist() == [0, 1]
    stopped = CytonVoice(daisy=True)
    stopped.skip(3)
    assert packets(stopped, 1)[:, 1].tolist() == [0, 1]


def test_the_accelerometer_is_in_every_tenth_packet() -> None:
    packed = packets(CytonVoice(), 20)
    assert set(packed[:, 32]) == {0xC0}
    assert np.flatnonzero(packed[:, 26:32].any(axis=1)).tolist() == [0, 10]


def test_stamps_count_milliseconds_and_the_first_is_marked() -> None:
    voice = CytonVoice()
    voice.hear(b"<", 0)
    packed = packets(voice, 3)
    assert packed[:, 32].tolist() == [0xC3, 0xC4, 0xC4]
    assert [int.from_bytes(row[28:32].tobytes(), "big") for row in packed] == [4992, 4996, 5000]
    voice.hear(b"/2<", 0)
    assert packets(voice, 2)[:, 32].tolist() == [0xC5, 0xC6]
    voice.hear(b">", 0)
    assert packets(voice, 2)[:, 32].tolist() == [0xC1, 0xC1]


def test_a_channel_that_is_off_reads_zero_and_others_do_not() -> None:
    voice = CytonVoice(daisy=True)
    voice.hear(b"3W", 0)
    voice.hear(b"w", 0)
    packed = packets(voice, 50)[2:]
    board, daisy = packed[1::2, 2:26].reshape(-1, 8, 3), packed[::2, 2:26].reshape(-1, 8, 3)
    assert np.flatnonzero(board.max(axis=(0, 2)) == 0).tolist() == [2]
    assert np.flatnonzero(daisy.max(axis=(0, 2)) == 0).tolist() == [1]


def test_any_bytes_are_heard_without_harm() -> None:
    voice = CytonVoice(daisy=True)
    generator = np.random.default_rng(0)
    for turn in range(2000):
        voice.hear(generator.bytes(50), turn * 10_000_000)
        assert len(voice.due(turn * 10_000_000)) < 100_000
        packets(voice, 1)
    voice.switch_on()
    assert voice.hear(b"D", 0) == b"060110$$$"
