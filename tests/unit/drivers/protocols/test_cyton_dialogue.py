import re
from typing import Any

import pytest

from drivers.errors import SettingsError
from drivers.protocols.cyton_dialogue import ANSWER_S, ASK_AGAIN_S, TEST_SIGNALS, CytonDialogue, CytonSettings

BANNER = b"OpenBCI V3 8-16 channel\nOn Board ADS1299 Device ID: 0x3E\nLIS3DH Device ID: 0x33\nFirmware: v3.1.2\n$$$"
DAISY_BANNER = BANNER.replace(b"\nLIS", b"\nOn Daisy ADS1299 Device ID: 0x3E\nLIS")
OLD_BANNER = b"OpenBCI V3 16 channel\nADS1299 Device ID: 0x3E\nLIS3DH Device ID: 0x33\n$$$"
NO_BOARD = b"Failure: Communications timeout - Device failed to poll Host$$$"


def after_banner(banner: bytes = BANNER, **options: Any) -> CytonDialogue:
    dialogue = CytonDialogue(CytonSettings(**options))
    assert dialogue.say(0.0) == b"v"
    dialogue.hear(banner)
    return dialogue


def set_up(dialogue: CytonDialogue, now_s: float = 1.0) -> list[bytes]:
    """Answer everything as a board does; return what was said."""
    said = []
    while words := dialogue.say(now_s):
        said.append(words)
        if words.startswith(b"x"):
            number = b"12345678QWERTYUI".index(words[1:2]) + 1
            dialogue.hear(b"Success: Channel set for %d$$$" % number)
        elif words == b"c":
            dialogue.hear(b"daisy removed$$$")
        elif words in TEST_SIGNALS.values():
            dialogue.hear(b"Success: Configured internal test signal.$$$")
    return said


def test_every_channel_is_set_bipolar_and_the_board_started() -> None:
    dialogue = after_banner()
    assert set_up(dialogue) == [*(b"x%d060100X" % number for number in range(1, 9)), b"b"]
    assert (dialogue.started, dialogue.channel_count) == (True, 8)


def test_the_daisy_of_the_banner_is_set_up_too() -> None:
    dialogue = after_banner(DAISY_BANNER, gain=8, bias=False)
    letters = b"12345678QWERTYUI"
    assert set_up(dialogue) == [*(b"x%c040000X" % letter for letter in letters), b"b"]
    assert dialogue.channel_count == 16


def test_a_daisy_that_is_not_wanted_is_told_to_go() -> None:
    dialogue = after_banner(DAISY_BANNER, daisy=False)
    said = set_up(dialogue)
    assert (said[0], len(said), dialogue.channel_count) == (b"c", 10, 8)


@pytest.mark.parametrize(("name", "command"), TEST_SIGNALS.items())
def test_a_test_signal_is_connected_after_the_channels(name: str, command: bytes) -> None:
    assert set_up(after_banner(test_signal=name))[-2:] == [command, b"b"]


def test_firmware_that_does_not_confirm_a_test_signal_is_started_all_the_same() -> None:
    dialogue = after_banner(test_signal="ground")
    for number in range(1, 9):
        dialogue.say(1.0)
        dialogue.hear(b"Success: Channel set for %d\n$$$" % number)
    assert dialogue.say(2.0) == b"0"
    assert dialogue.say(2.0 + ANSWER_S - 0.01) == b""
    assert dialogue.say(2.0 + ANSWER_S) == b"b"
    assert dialogue.started


def test_the_banner_is_asked_for_again_but_not_while_the_board_resets() -> None:
    dialogue = CytonDialogue(CytonSettings())
    assert dialogue.say(0.0) == b"v"
    assert dialogue.say(ASK_AGAIN_S - 0.01) == b""
    assert dialogue.say(ASK_AGAIN_S) == b"v"


def test_a_command_without_its_answer_is_repeated() -> None:
    dialogue = after_banner()
    assert dialogue.say(1.0) == b"x1060100X"
    dialogue.hear(b"Timeout processing multi byte message - please send all commands at once as of v2$$$")
    assert dialogue.say(1.0 + ANSWER_S - 0.01) == b""
    assert dialogue.say(1.0 + ANSWER_S) == b"x1060100X"
    dialogue.hear(b"Success: Channel set for 1$$$Success: Channel set for 1$$$")
    assert dialogue.say(1.0 + ANSWER_S) == b"x2060100X"


def test_an_answer_for_another_channel_is_none() -> None:
    dialogue = after_banner(DAISY_BANNER)
    dialogue.say(1.0)
    dialogue.hear(b"Success: Channel set for 11$$$")
    assert dialogue.say(1.1) == b""


def test_the_start_is_repeated_until_packets_come() -> None:
    dialogue = after_banner()
    set_up(dialogue)
    assert dialogue.say(1.0 + ANSWER_S) == b"b"


def test_answers_are_heard_byte_by_byte_and_behind_a_stream() -> None:
    dialogue = CytonDialogue(CytonSettings())
    dialogue.say(0.0)
    for byte in bytes(range(256)) * 100 + BANNER:
        dialogue.hear(bytes([byte]))
    assert dialogue.say(0.1) == b"x1060100X"


def test_a_banner_in_the_middle_begins_anew() -> None:
    dialogue = after_banner()
    said = set_up(dialogue)
    assert dialogue.hear(BANNER)
    assert not dialogue.started
    assert set_up(dialogue, 2.0) == said


@pytest.mark.parametrize(
    ("heard", "options", "message"),
    [
        (b"1,2,3\n" * 3, {}, "no banner of an OpenBCI Cyton"),
        (NO_BOARD, {}, "the dongle is there, but no board answers it"),
        (OLD_BANNER, {}, "'OpenBCI V3 16 channel'.* is older than 2.0"),
        (BANNER, {"daisy": True}, "the board finds no Daisy"),
        (BANNER, {}, "not the command 'x1060100X'"),
    ],
)
def test_what_went_wrong_is_said_and_the_board_is_asked_again(
    heard: bytes, options: dict[str, Any], message: str
) -> None:
    dialogue = after_banner(heard, **options)
    assert re.search(message, dialogue.why_not_started())
    if heard != BANNER or options:
        assert dialogue.say(ASK_AGAIN_S) == b"v"
        dialogue.hear(DAISY_BANNER)
        assert dialogue.say(ASK_AGAIN_S + 1) == b"x1060100X", "a board that was switched on meanwhile is welcome"


def test_a_board_that_sends_nothing_after_the_start_is_told() -> None:
    dialogue = after_banner()
    set_up(dialogue)
    assert "no packets came" in dialogue.why_not_started()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gain": 3}, "the gain of a Cyton is one of 1, 2, 4, 6, 8, 12, 24, not 3"),
        ({"gain": True}, "not True"),
        ({"gain": "24"}, "not '24'"),
        ({"daisy": "yes"}, "daisy is true, false or auto, not 'yes'"),
        ({"bias": 1}, "bias of a Cyton is true or false, not 1"),
        ({"test_signal": "sine"}, "test_signal is one of ground, slow, .*, or empty, not 'sine'"),
    ],
)
def test_wrong_settings_are_refused_in_a_sentence(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        CytonSettings(**options)
