"""An EMaGer cuff, which sends from the moment it has power and hears nothing."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from drivers.protocols.emager import INFO, encode_frames
from sim.emulator.voice import VoiceCounters

# The step of the Intan RHD2164, a 64-channel front end of that word length; the cuff itself defines no scale.
_UV_PER_COUNT = 0.195


class EmagerVoice:
    """Sends one frame per sample. Samples that nobody hears leave no trace: frames have no number."""

    uv_per_count = _UV_PER_COUNT
    asked = True
    streaming = True

    def __init__(self, name: str = "", source_id: str = "") -> None:
        self.info = replace(INFO, name=name or INFO.name, source_id=source_id)
        self.counters = VoiceCounters()

    def switch_on(self) -> None:
        """Do nothing: there is nothing to forget."""

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
        """Do nothing: the samples are gone."""

    def frames(
        self,
        counts: NDArray[np.int32],
        newest_time_us: int,  # noqa: ARG002 - its frames have no time
        samples_per_packet: int,  # noqa: ARG002 - and one sample each
    ) -> Sequence[bytes]:
        """Return a frame for each sample."""
        return encode_frames(counts)
