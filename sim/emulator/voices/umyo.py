"""uMyo sensors and their USB base, which sends from the moment it has power and hears nothing."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from drivers.protocols.umyo import LARGEST, RATE_HZ
from drivers.protocols.umyo_frame import UmyoFrame, encode_frame
from drivers.source import StreamInfo, Unit
from sim.emulator.voice import DeviceVoice, VoiceCounters
from sim.errors import SimError

BLOCK_SAMPLES = 8
# The firmware keeps its converter at 8000 and adds two of its readings, to take out mains hum.
REST_COUNTS = 16_000
_HIGHEST = 2 * ((1 << 14) - 1)
# No scale is published. With this one strong contraction is about a thousand counts.
_UV_PER_COUNT = 0.5
_SENSORS, _MOST_SENSORS = 4, 12  # the maker names twelve
_FIRST_SENSOR = 0x5A0C11E0
_BLOCKS, _PACKETS = 256, 129
# Each sensor was switched on at another time.
_FIRST_BLOCKS = 37


class UmyoVoice:
    """Sends a frame per sensor and eight samples; each sensor counts its own blocks."""

    uv_per_count = _UV_PER_COUNT
    asked = True
    streaming = True

    def __init__(self, sensors: int = _SENSORS, name: str = "", source_id: str = "") -> None:
        self._sensors = [_FIRST_SENSOR + number for number in range(sensors)]
        labels = tuple(f"{sensor:08x}" for sensor in self._sensors)
        self.info = StreamInfo(name or "uMyo", sensors, RATE_HZ, Unit.ARBITRARY, labels, source_id, float(LARGEST))
        self.counters = VoiceCounters()
        self.switch_on()

    def switch_on(self) -> None:
        """Begin a block; the sensors have batteries of their own and count on."""
        self._waiting = np.empty((0, len(self._sensors)), dtype=np.int16)
        self._block = 0

    def opened(self, now_ns: int) -> bytes:  # noqa: ARG002 - says nothing at any time
        """Say nothing."""
        return b""

    def hear(self, data: bytes, now_ns: int) -> bytes:  # noqa: ARG002 - nothing is understood
        """Ignore it."""
        self.counters.unknown_commands += 1
        return b""

    def due(self, now_ns: int) -> bytes:  # noqa: ARG002 - says nothing at any time
        """Say nothing."""
        return b""

    def skip(self, n_samples: int) -> None:
        """Count the blocks that nobody hears."""
        passed = len(self._waiting) + n_samples
        self._block += passed // BLOCK_SAMPLES
        self._waiting = np.zeros((passed % BLOCK_SAMPLES, len(self._sensors)), dtype=np.int16)

    def frames(
        self,
        counts: NDArray[np.int32],
        newest_time_us: int,  # noqa: ARG002 - its frames have no time
        samples_per_packet: int,  # noqa: ARG002 - always eight
    ) -> Sequence[bytes]:
        """Return the frames of all sensors for each eight samples; a beginning waits."""
        readings = np.clip(counts.astype(np.int64) + REST_COUNTS, 0, _HIGHEST).astype(np.int16)
        self._waiting = np.concatenate([self._waiting, readings])
        frames = []
        while len(self._waiting) >= BLOCK_SAMPLES:
            block, self._waiting = self._waiting[:BLOCK_SAMPLES], self._waiting[BLOCK_SAMPLES:]
            frames += [
                self._frame(place, block[:, place].astype(">i2").tobytes()) for place in range(len(self._sensors))
            ]
            self._block += 1
        return frames

    def _frame(self, place: int, samples: bytes) -> bytes:
        number = self._block + _FIRST_BLOCKS * place
        return encode_frame(UmyoFrame(self._sensors[place], number % _BLOCKS, samples), number % _PACKETS)


def make_umyo(name: str, source_id: str, channels: int | None, rate_hz: float | None) -> DeviceVoice:
    """Return a base with so many sensors. Raises `SimError` for more than it hears, and for another rate."""
    count = _SENSORS if channels is None else channels
    if not 1 <= count <= _MOST_SENSORS or rate_hz not in (None, RATE_HZ):
        raise SimError(f"a uMyo base hears 1 to {_MOST_SENSORS} sensors at {RATE_HZ:g} Hz; choose them by --channels")
    return UmyoVoice(count, name, source_id)
