"""A front end that speaks the efferent framing."""

import secrets
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from drivers.protocols.efferent_frame import EfferentEncoder
from drivers.protocols.efferent_packet import DESCRIBE_COMMAND
from drivers.source import StreamInfo
from sim.emulator.voice import VoiceCounters

_DESCRIBE_EVERY_NS = 1_000_000_000
_BOOTS = 256
# A host that sends more than this without a line end is not talking to us.
_LONGEST_COMMAND = 256


class EfferentVoice:
    """Describes itself when its port is opened, when asked and every second, and sends whether asked or not."""

    def __init__(self, info: StreamInfo, scale: float) -> None:
        self.info, self.uv_per_count = info, scale
        self.counters = VoiceCounters()
        self.asked = False
        self.streaming = True
        self._boot = secrets.randbelow(_BOOTS)
        self._encoder = EfferentEncoder(info, scale, self._boot)
        self._command = b""
        self._next_description_ns = 0

    def switch_on(self) -> None:
        """Begin a new run: another boot number, samples counted from 0."""
        self._boot = (self._boot + 1) % _BOOTS
        self._encoder = EfferentEncoder(self.info, self.uv_per_count, self._boot)
        self._command = b""
        self.asked = False

    def opened(self, now_ns: int) -> bytes:
        """Describe the stream."""
        return self._describe(now_ns)

    def hear(self, data: bytes, now_ns: int) -> bytes:
        """Answer `describe`."""
        *lines, rest = (self._command + data).split(b"\n")
        self._command = rest[-_LONGEST_COMMAND:]
        answers = []
        for line in lines:
            if line + b"\n" == DESCRIBE_COMMAND:
                self.asked = True
                answers.append(self._describe(now_ns))
            else:
                self.counters.unknown_commands += 1
        return b"".join(answers)

    def due(self, now_ns: int) -> bytes:
        """Describe the stream every second."""
        return self._describe(now_ns) if now_ns >= self._next_description_ns else b""

    def skip(self, n_samples: int) -> None:
        """Count on."""
        self._encoder.next_index += n_samples

    def frames(self, counts: NDArray[np.int32], newest_time_us: int, samples_per_packet: int) -> Sequence[bytes]:
        """Return data packets; the last has the given time and the others theirs by the rate."""
        packets = self._encoder.data(counts, newest_time_us, samples_per_packet)
        return [packet + b"\0" for packet in packets[:-1].split(b"\0")]

    def _describe(self, now_ns: int) -> bytes:
        self._next_description_ns = now_ns + _DESCRIBE_EVERY_NS
        self.counters.descriptions += 1
        return self._encoder.description()
