"""An Arduino with the Olimex EKG/EMG shield and its demo sketch."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from drivers.protocols.olimex import CHANNELS, RATE_HZ, OlimexEncoder
from drivers.source import StreamInfo, Unit
from sim.emulator.voice import VoiceCounters
from sim.emulator.voices.small_board import frame_by_frame, uv_per_count
from sim.errors import SimError


class OlimexVoice:
    """Sends from power-on, listens to nothing, and starts anew when its port is opened."""

    asked = streaming = True

    def __init__(self, rate_hz: float) -> None:
        self.info = StreamInfo("Olimex EKG/EMG", CHANNELS, rate_hz, Unit.ARBITRARY)
        self.uv_per_count = uv_per_count(bits=10)
        self.counters = VoiceCounters()
        self._encoder = OlimexEncoder()

    def switch_on(self) -> None:
        """Number frames from 0."""
        self._encoder.next_number = 0

    def opened(self, now_ns: int) -> bytes:  # noqa: ARG002 - it has no clock
        """Start anew, saying nothing: opening the port resets an Uno."""
        self.switch_on()
        return b""

    def hear(self, data: bytes, now_ns: int) -> bytes:  # noqa: ARG002 - deaf
        """Hear nothing."""
        return b""

    def due(self, now_ns: int) -> bytes:  # noqa: ARG002 - it has no clock
        """Say nothing but frames."""
        return b""

    def skip(self, n_samples: int) -> None:
        """Number on: the sketch sends whether or not anybody listens."""
        self._encoder.next_number += n_samples

    def frames(self, counts: NDArray[np.int32], newest_time_us: int, samples_per_packet: int) -> Sequence[bytes]:  # noqa: ARG002
        """Return one frame per sample."""
        return frame_by_frame(self._encoder.frames(counts))


def make_olimex(name: str, source_id: str, channels: int | None, rate_hz: float | None) -> OlimexVoice:  # noqa: ARG001
    """Return a shield whose sketch samples at `rate_hz`. Raises `SimError` for other than its 6 channels."""
    if channels not in (None, CHANNELS) or not (rate_hz is None or 1.0 <= rate_hz <= 1000.0):
        raise SimError(
            f"an Olimex shield's sketch sends {CHANNELS} channels, at a rate of 1 to 1000 Hz; choose it with --rate"
        )
    return OlimexVoice(RATE_HZ if rate_hz is None else rate_hz)
