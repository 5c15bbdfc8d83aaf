"""Olimex SHIELD-EKG-EMG on an Arduino: six channels of 10 bits in frames of 17 bytes, sent without being asked.

Layout: that of the shield's demo sketch, also used by the ModularEEG ("P2"); github.com/logston/olimex-ekg-emg.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.errors import SettingsError
from drivers.protocols.fixed_frames import COUNTS, ByteNumbering, FixedFrames
from drivers.protocols.protocol import Described, Event, Ticks
from drivers.sample_clock import CRYSTAL_OR_RESONATOR
from drivers.source import SourceHealth, StreamInfo, Unit

HEAD = b"\xa5\x5a\x02"
NUMBER_AT, FIRST_SAMPLE_AT = 3, 4
CHANNELS = 6
FRAME_BYTES = 17
MID = 512
RATE_HZ = 256.0
# The last byte holds four switches in its lower bits. It also keeps the next frame's first byte from passing for it.
MOST_SWITCHES = 0x0F
_SAMPLES = slice(FIRST_SAMPLE_AT, FIRST_SAMPLE_AT + 2 * CHANNELS)


class OlimexParser:
    """The host's side; the device hears nothing. Samples are counts around mid scale.

    `rate_hz`: what the sketch on the Arduino was set to; the frames do not say it. Raises `SettingsError` for no rate.
    """

    def __init__(self, health: SourceHealth | None = None, rate_hz: float = RATE_HZ) -> None:
        if not 0 < rate_hz <= 1e4:
            raise SettingsError(f"rate_hz is that of the sketch, above 0 and up to 10000 Hz, not {rate_hz}")
        self.health = SourceHealth() if health is None else health
        self._rate_hz = rate_hz
        self._frames = FixedFrames(HEAD, b"", FRAME_BYTES, _plausible, self.health)
        self._numbering = ByteNumbering(self.health)
        self._described = False

    def feed(self, data: bytes) -> list[Event]:
        """Take the next bytes; the stream is described by its first frame."""
        frames = self._frames.feed(data)
        if not len(frames):
            return []
        events: list[Event] = []
        if not self._described:
            self._described = True
            info = StreamInfo("Olimex EKG/EMG", CHANNELS, self._rate_hz, Unit.ARBITRARY, full_scale=float(MID))
            events.append(Described(info, Ticks(1e9 / self._rate_hz, CRYSTAL_OR_RESONATOR, unseen_loss=COUNTS)))
        return [*events, *self._numbering.blocks(frames, NUMBER_AT, _samples)]

    def say(self, elapsed_s: float) -> bytes:  # noqa: ARG002 - the device hears nothing
        """Say nothing: the sketch sends from power-on."""
        return b""

    def farewell(self) -> bytes:
        """Say nothing: the sketch knows no stop."""
        return b""

    def why_not_described(self) -> str:
        """Know nothing of a device that sends no frames."""
        return ""


class OlimexEncoder:
    """Turns counts around mid scale into frames, as the sketch does; what does not fit into 10 bits is clipped."""

    def __init__(self) -> None:
        self.next_number = 0

    def frames(self, counts: NDArray[np.integer[Any]]) -> NDArray[np.uint8]:
        """Return one frame per row of counts [n, 6], as [n, 17]; no switch is pressed."""
        frames = np.zeros((len(counts), FRAME_BYTES), dtype=np.uint8)
        frames[:, :NUMBER_AT] = tuple(HEAD)
        frames[:, NUMBER_AT] = (self.next_number + np.arange(len(counts))) % COUNTS
        raw = np.clip(counts.astype(np.int64) + MID, 0, 2 * MID - 1).astype(">u2")
        frames[:, _SAMPLES] = raw.view(np.uint8).reshape(len(counts), -1)
        self.next_number = (self.next_number + len(counts)) % COUNTS
        return frames


def _plausible(frames: NDArray[np.uint8]) -> NDArray[np.bool_]:
    high = frames[:, FIRST_SAMPLE_AT : _SAMPLES.stop : 2]
    return np.asarray(np.all(high <= (2 * MID - 1) >> 8, axis=1) & (frames[:, -1] <= MOST_SWITCHES))


def _samples(frames: NDArray[np.uint8]) -> NDArray[np.float64]:
    return np.ascontiguousarray(frames[:, _SAMPLES]).view(">u2") - np.float64(MID)
