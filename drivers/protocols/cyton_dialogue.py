"""What the host and a Cyton say to each other before samples flow: reset, banner, channel settings, start.

Source: OpenBCI, Cyton SDK, https://docs.openbci.com/Cyton/CytonSDK/, for firmware 2 and 3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from drivers.errors import SettingsError
from drivers.protocols.cyton_packet import GAINS

RESET, START, STOP = b"v", b"b", b"s"
REMOVE_DAISY = b"c"
END_OF_ANSWER = b"$$$"
BANNER = b"OpenBCI V3"
CHANNEL_LETTERS = b"12345678QWERTYUI"
TEST_SIGNALS: Mapping[str, bytes] = {
    "ground": b"0",  # inputs shorted: what is left is the noise of the amplifier
    "slow": b"-",  # square wave of 1.875 mV each way, 0.98 Hz
    "fast": b"=",  # the same at 1.95 Hz
    "dc": b"p",
    "slow_double": b"[",  # 3.75 mV each way
    "fast_double": b"]",
}
CHANNELS, DAISY_CHANNELS = 8, 16

# A reset takes the board a second, half of which the firmware waits on purpose; asked again too early it begins anew.
ASK_AGAIN_S = 2.5
# The radio asks the dongle for words every 63 ms, and the firmware gives up on half a command after 1 s.
ANSWER_S = 1.2
# The longest answer, a dump of all registers, has some 2000 bytes; of a stream only its end can become an answer.
_LONGEST_ANSWER = 4096


@dataclass(frozen=True, slots=True)
class CytonSettings:
    """What the user may choose. Raises `SettingsError` for what the board cannot.

    `gain` of every channel. `daisy`: whether there is one on the board; "auto" takes what the board says, false
    leaves it alone. `bias`: whether the channels drive the bias electrode. `test_signal`: a name of `TEST_SIGNALS`
    instead of the inputs.
    """

    gain: int = 24
    daisy: bool | Literal["auto"] = "auto"
    bias: bool = True
    test_signal: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.gain, bool) or self.gain not in GAINS:
            raise SettingsError(f"the gain of a Cyton is one of {', '.join(map(str, GAINS))}, not {self.gain!r}")
        if self.test_signal and self.test_signal not in TEST_SIGNALS:
            raise SettingsError(f"test_signal is one of {', '.join(TEST_SIGNALS)}, or empty, not {self.test_signal!r}")
        if not isinstance(self.daisy, bool) and self.daisy != "auto":
            raise SettingsError(f"daisy is true, false or auto, not {self.daisy!r}")
        if not isinstance(self.bias, bool):
            raise SettingsError(f"bias of a Cyton is true or false, not {self.bias!r}")

    def channel_command(self, channel: int) -> bytes:
        """Return what sets a channel, counted from 0, for bipolar EMG: on, gain, normal input, bias, no SRB2, no SRB1.

        The board's own default ties every positive input to SRB2, as EEG has it.
        """
        return b"x%c0%d0%d00X" % (CHANNEL_LETTERS[channel], GAINS.index(self.gain), self.bias)


@dataclass(frozen=True, slots=True)
class _Step:
    """One command and the end of its answer. Firmware that does not know an `optional` one says nothing."""

    words: bytes
    answer: bytes
    optional: bool = False


class CytonDialogue:
    """The host's side, one command after the other, each repeated until it is answered. Pure: time is passed in.

    A banner at any time means that the board has started anew, and so do we. `started` once the board was told to
    stream; `channel_count` is known from then on.
    """

    def __init__(self, settings: CytonSettings) -> None:
        self.channel_count = 0
        self._settings = settings
        self._heard = b""
        self._steps: list[_Step] | None = None  # what is still to be said; None before the banner
        self._say_at_s = 0.0
        self._asked = False  # whether the first step was said
        self._refusal = ""

    @property
    def started(self) -> bool:
        """Whether everything is set and the board was told to stream."""
        return self._steps == [] and self._asked

    def hear(self, data: bytes) -> bool:
        """Take the board's words, cut anywhere; return whether it has started anew."""
        *answers, rest = (self._heard + data).split(END_OF_ANSWER)
        self._heard = rest[-_LONGEST_ANSWER:]
        restarted = False
        for answer in answers:
            if BANNER in answer:
                self._take_banner(answer[answer.rindex(BANNER) :])
                restarted = True
            else:
                self._take_answer(answer.rstrip())
        return restarted

    def say(self, elapsed_s: float) -> bytes:
        """Return what is to be said now, mostly nothing; see `WireProtocol.say`."""
        if elapsed_s < self._say_at_s:
            return b""
        if self._steps is None:
            self._say_at_s = elapsed_s + ASK_AGAIN_S
            return RESET
        self._say_at_s = elapsed_s + ANSWER_S
        if self._steps and self._asked and self._steps[0].optional:
            del self._steps[0]
        self._asked = True
        return self._steps[0].words if self._steps else START

    def why_not_started(self) -> str:
        """Return what is known about a board that does not come as far as streaming."""
        if self._refusal or self._steps is None:
            return self._refusal or "bytes came, but no banner of an OpenBCI Cyton; is the baud rate 115200?"
        if self._steps:
            words = self._steps[0].words.decode()
            return f"the board answered the reset, but not the command '{words}'; move it nearer to the dongle"
        return "the board is set up, but no packets came; switch it off and on, and look at its battery"

    def _take_banner(self, banner: bytes) -> None:
        has_daisy, settings = b"On Daisy" in banner, self._settings
        self._steps, self._asked = None, False
        if b"Firmware: v" not in banner:
            first_line = banner.split(b"\n")[0].decode("ascii", "replace").strip()
            self._refusal = f"the firmware of this board ('{first_line}') is older than 2.0; update it"
            return
        if settings.daisy is True and not has_daisy:
            self._refusal = "the board finds no Daisy; push it on firmly, or set daisy to auto"
            return
        self._refusal = ""  # after one the board is asked again: it may be switched on, or its Daisy put on, meanwhile
        self.channel_count = DAISY_CHANNELS if has_daisy and settings.daisy is not False else CHANNELS
        steps = [_Step(REMOVE_DAISY, b"daisy removed")] if has_daisy and settings.daisy is False else []
        steps += [
            _Step(settings.channel_command(channel), b"Channel set for %d" % (channel + 1))
            for channel in range(self.channel_count)
        ]
        if settings.test_signal:
            steps.append(_Step(TEST_SIGNALS[settings.test_signal], b"test signal.", optional=True))
        self._steps, self._say_at_s = steps, 0.0

    def _take_answer(self, answer: bytes) -> None:
        if self._steps is None:
            if b"Failure" in answer:  # from the dongle: "Communications timeout - Device failed to poll Host"
                self._refusal = "the dongle is there, but no board answers it; switch the board to PC, near the dongle"
            return
        if self._steps and self._asked and answer.endswith(self._steps[0].answer):
            del self._steps[0]
            self._asked, self._say_at_s = False, 0.0
