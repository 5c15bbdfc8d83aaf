import pytest

from sim.emulator.bad_line import LineState
from sim.emulator.bad_signal import ChannelState
from sim.emulator.control import (
    ChangeRate,
    ControlLine,
    Disturb,
    Intend,
    Jitter,
    JumpClock,
    LoseBytes,
    Lumps,
    Mains,
    Noise,
    Plug,
    Quit,
    Spoil,
    Stall,
    Unplug,
    parse_control,
)
from sim.errors import SimError


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("intent hand_close 0.8\n", Intend("hand_close", 0.8)),
        ("intent rest", Intend("rest", 0.6)),
        ("  unplug  ", Unplug()),
        ("plug", Plug()),
        ("lumps 16", Lumps(16.0)),
        ("jitter 4.5", Jitter(4.5)),
        ("loss 0.001", LoseBytes(0.001)),
        ("noise 20", Noise(20.0)),
        ("mains 30", Mains(30.0, 50.0)),
        ("mains 30 60", Mains(30.0, 60.0)),
        ("channel 3 railed", Spoil(3, ChannelState.RAILED)),
        ("channel all nan", Spoil(None, ChannelState.NAN)),
        ("line garbage", Disturb(LineState.GARBAGE)),
        ("clock -500", JumpClock(-500.0)),
        ("rate 1.2", ChangeRate(1.2)),
        ("stall 1000", Stall(1000.0)),
        ("quit\r\n", Quit()),
        ("", None),
        ("   \n", None),
    ],
)
def test_lines_are_understood(line: str, meant: ControlLine | None) -> None:
    assert parse_control(line) == meant


@pytest.mark.parametrize(
    "line", ["intent", "intent a b c", "unplug now", "lumps", "dance", "channel 3", "channel x flat", "line up"]
)
def test_a_wrong_line_is_answered_with_what_can_be_said(line: str) -> None:
    with pytest.raises(SimError, match=rf"'{line}' is not understood; say one of: intent MOTION \[EFFORT\], unplug"):
        parse_control(line)


@pytest.mark.parametrize(
    ("line", "word"), [("intent rest much", "much"), ("lumps many", "many"), ("clock nan", "nan"), ("rate inf", "inf")]
)
def test_a_number_that_is_none_is_answered(line: str, word: str) -> None:
    with pytest.raises(SimError, match=f"'{word}' in '{line}' is no number"):
        parse_control(line)
