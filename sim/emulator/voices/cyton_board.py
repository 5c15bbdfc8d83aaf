"""What a Cyton understands and answers, command by command.

Sources: OpenBCI, Cyton SDK, https://docs.openbci.com/Cyton/CytonSDK/; what firmware 3 does where that page is silent.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from drivers.protocols.cyton_dialogue import CHANNEL_LETTERS, CHANNELS, DAISY_CHANNELS, END_OF_ANSWER
from drivers.protocols.cyton_packet import GAINS

_OFF, _ON = b"12345678qwertyui", b"!@#$%^&*QWERTYUI"
NORMAL_INPUT, SHORTED_INPUT, TEST_INPUT = 0, 1, 5
# Command: input, pulses of double height, pulses per second (ADS1299 data sheet, CONFIG2: its clock over 2^21 or 2^20).
SLOW_HZ, FAST_HZ = 2.048e6 / (1 << 21), 2.048e6 / (1 << 20)
_TESTS: Mapping[int, tuple[int, bool, float]] = {
    ord("0"): (SHORTED_INPUT, False, 0.0),
    ord("-"): (TEST_INPUT, False, SLOW_HZ),
    ord("="): (TEST_INPUT, False, FAST_HZ),
    ord("p"): (TEST_INPUT, True, 0.0),
    ord("["): (TEST_INPUT, True, SLOW_HZ),
    ord("]"): (TEST_INPUT, True, FAST_HZ),
}
_MODES = ("default", "debug", "analog", "digital", "marker")
_RATES = (16000, 8000, 4000, 2000, 1000, 500, 250)
_RADIO_KEY, _RADIO_STATUS = 0xF0, 0x07
# Commands of several bytes, first byte to length; the firmware gives up on one after 1 s.
_LENGTHS: Mapping[int, int] = {ord("x"): 9, ord("z"): 5, ord("/"): 2, ord("~"): 2, _RADIO_KEY: 2}
_GIVE_UP_NS = 1_000_000_000


@dataclass(slots=True)
class Channel:
    """Settings of one channel, by default as the firmware has them after a reset."""

    is_on: bool = True
    gain: int = 24
    input: int = NORMAL_INPUT
    bias: bool = True
    srb2: bool = True
    srb1: bool = False


class CytonBoard:
    """Settings and answers of one board, with or without a Daisy. Pure: bytes and times come in, bytes go out."""

    def __init__(self, has_daisy: bool) -> None:
        self._has_daisy = has_daisy
        self.resets = self.starts = self.unknown_commands = 0
        self.reset()

    def reset(self) -> None:
        """Forget all that was set, and stop."""
        self.daisy_attached = self._has_daisy
        self.streaming = False
        self.stamping = self.stamp_was_set = False
        self.mode = _MODES[0]
        self.double_test, self.test_hz = False, 0.0
        self._rate_hz = _RATES[-1]
        self._command = b""
        self._give_up_ns = 0
        self.set_defaults()

    def set_defaults(self) -> None:
        """Set every channel as the firmware does after a reset."""
        self.channels = [Channel() for _ in range(DAISY_CHANNELS)]

    @property
    def channel_count(self) -> int:
        """Channels in use."""
        return DAISY_CHANNELS if self.daisy_attached else CHANNELS

    def banner(self) -> bytes:
        """Return what the board says after a reset."""
        lines = ["OpenBCI V3 8-16 channel", "On Board ADS1299 Device ID: 0x3E"]
        lines += ["On Daisy ADS1299 Device ID: 0x3E"] if self._has_daisy else []
        lines += ["LIS3DH Device ID: 0x33", "Firmware: v3.1.2", "$$$"]
        return "\n".join(lines).encode()

    def hear(self, byte: int, now_ns: int) -> bytes:
        """Take the next byte, and return the answer to what it completes."""
        if not self._command and byte not in _LENGTHS:
            return self._do(byte)
        self._command += bytes([byte])
        self._give_up_ns = now_ns + _GIVE_UP_NS if len(self._command) == 1 else self._give_up_ns
        kind = self._command[0]
        early = len(self._command) < _LENGTHS[kind]
        if early and byte != {ord("x"): ord("X"), ord("z"): ord("Z")}.get(kind):
            return b""
        command, self._command = self._command, b""
        if early:
            return self._answer("Failure: too few chars")
        return {
            ord("x"): self._set_channel,
            ord("z"): self._set_impedance,
            ord("/"): self._set_mode,
            ord("~"): self._set_rate,
            _RADIO_KEY: self._ask_radio,
        }[kind](command)

    def give_up(self, now_ns: int) -> bytes:
        """Return the complaint about half a command that was not completed by now."""
        if not self._command or now_ns < self._give_up_ns:
            return b""
        self._command = b""
        return self._answer("Timeout processing multi byte message - please send all commands at once as of v2")

    def _do(self, byte: int) -> bytes:
        if byte in _OFF:
            self.channels[_OFF.index(byte)].is_on = False
            return b""
        if byte in _ON:
            self.channels[_ON.index(byte)].is_on = True
            return b""
        if byte in _TESTS:
            return self._connect_test(*_TESTS[byte])
        commands: Mapping[int, Callable[[], bytes]] = {
            ord("v"): self._be_reset,
            ord("b"): self._start,
            ord("s"): self._stop,
            ord("d"): self._default,
            ord("D"): lambda: b"060110" + END_OF_ANSWER,
            ord("V"): lambda: b"v3.1.2" + END_OF_ANSWER,
            ord("?"): self._registers,
            ord("C"): self._attach_daisy,
            ord("c"): self._remove_daisy,
            ord("<"): self._stamp,
            ord(">"): self._stamp_no_more,
        }
        if byte in commands:
            return commands[byte]()
        self.unknown_commands += 1
        return b""

    def _answer(self, text: str) -> bytes:
        """Return the answer; a board that streams gives none."""
        return b"" if self.streaming else text.encode() + END_OF_ANSWER

    def _be_reset(self) -> bytes:
        self.reset()
        self.resets += 1
        return b""

    def _start(self) -> bytes:
        self._rate_hz = _RATES[-1]  # more than that the radio cannot carry, and the firmware knows
        self.streaming = True
        self.starts += 1
        return b""

    def _stop(self) -> bytes:
        self.streaming = False
        return b""

    def _default(self) -> bytes:
        self.set_defaults()
        return self._answer("updating channel settings to default")

    def _registers(self) -> bytes:
        lines = [
            f"CH{number}SET on {channel.is_on:d} gain {channel.gain} input {channel.input} "
            f"bias {channel.bias:d} srb2 {channel.srb2:d} srb1 {channel.srb1:d}"
            for number, channel in enumerate(self.channels[: self.channel_count], 1)
        ]
        return self._answer("\n".join(("Board ADS Registers", *lines, "LIS3DH Registers", "WHO_AM_I 33", "")))

    def _attach_daisy(self) -> bytes:
        if self.daisy_attached:
            return self._answer("16")
        self.daisy_attached = self._has_daisy
        return self._answer("daisy attached16" if self._has_daisy else "no daisy to attach!8")

    def _remove_daisy(self) -> bytes:
        if not self.daisy_attached:
            return b""
        self.daisy_attached = False
        return self._answer("daisy removed")

    def _stamp(self) -> bytes:
        self.stamping, self.stamp_was_set = True, False
        return b"," + self._answer("Time stamp ON")  # the comma is the dongle's

    def _stamp_no_more(self) -> bytes:
        self.stamping = False
        return self._answer("Time stamp OFF")

    def _connect_test(self, channel_input: int, double: bool, hertz: float) -> bytes:
        for channel in self.channels:
            channel.input = channel_input
        if channel_input == TEST_INPUT:
            self.double_test, self.test_hz = double, hertz
        return self._answer("Success: Configured internal test signal.")

    def _set_channel(self, command: bytes) -> bytes:
        if command[-1:] != b"X":
            return self._answer("Failure: 9th char not X")
        power, gain, channel_input, bias, srb2, srb1 = (byte - ord("0") for byte in command[2:8])
        if command[1] not in CHANNEL_LETTERS or gain not in range(len(GAINS)) or channel_input not in range(8):
            return self._answer("Failure: Err: too many chars")
        place = CHANNEL_LETTERS.index(command[1])
        self.channels[place] = Channel(power == 0, GAINS[gain], channel_input, bias == 1, srb2 == 1, srb1 == 1)
        return self._answer(f"Success: Channel set for {place + 1}")

    def _set_impedance(self, command: bytes) -> bytes:
        if command[-1:] != b"Z" or command[1] not in CHANNEL_LETTERS:
            return self._answer("Failure: 5th char not Z")
        return self._answer(f"Success: Lead off set for {CHANNEL_LETTERS.index(command[1]) + 1}")

    def _set_mode(self, command: bytes) -> bytes:
        code = command[1] - ord("0")
        if command != b"//":
            if code not in range(len(_MODES)):
                return self._answer("Failure: board mode value out of bounds.")
            self.mode = _MODES[code]
        return self._answer(f"Success: {self.mode}")

    def _set_rate(self, command: bytes) -> bytes:
        code = command[1] - ord("0")
        if command != b"~~":
            if code not in range(len(_RATES)):
                return self._answer("Failure: sample value out of bounds.")
            self._rate_hz = _RATES[code]
        return self._answer(f"Success: Sample rate is {self._rate_hz}Hz")

    def _ask_radio(self, command: bytes) -> bytes:
        if command[1] != _RADIO_STATUS:
            self.unknown_commands += 1
            return b""
        return b"Success: System is Up" + END_OF_ANSWER
