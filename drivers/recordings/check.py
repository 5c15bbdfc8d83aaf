"""What every recording must be, wherever it comes from."""

import math

import numpy as np

from drivers.errors import RecordingError
from drivers.recordings.recording import Recording


def check_recording(recording: Recording, origin: str) -> None:
    """Raise `RecordingError`, naming `origin`, if the recording contradicts itself or holds what no device measures."""
    info, samples = recording.info, recording.samples
    if samples.ndim != 2 or samples.dtype != np.float64 or len(samples) == 0 or samples.shape[1] != info.channel_count:
        raise RecordingError(
            f"{origin}: samples should be float64 [n, {info.channel_count}] with n at least 1, "
            f"and are {samples.dtype} {list(samples.shape)}"
        )
    if not (math.isfinite(info.rate_hz) and info.rate_hz > 0):
        raise RecordingError(f"{origin}: the sample rate is {info.rate_hz} Hz")
    if not info.full_scale > 0:
        raise RecordingError(f"{origin}: the device's full scale is {info.full_scale}")
    if info.labels and len(info.labels) != info.channel_count:
        raise RecordingError(f"{origin}: {len(info.labels)} labels for {info.channel_count} channels")
    for name in ("class_of_sample", "repetition", "session", "segment"):
        column = getattr(recording, name)
        if column.shape != (len(samples),) or column.dtype != np.int64:
            raise RecordingError(
                f"{origin}: {name} should be int64 [{len(samples)}], and is {column.dtype} {list(column.shape)}"
            )
    classes = recording.class_of_sample
    if classes.min() < 0 or classes.max() >= max(1, len(recording.class_names)):
        raise RecordingError(
            f"{origin}: samples belong to classes {classes.min()}..{classes.max()}, "
            f"and {len(recording.class_names)} classes have names"
        )
    broken = int(np.count_nonzero(~np.isfinite(samples).all(axis=1)))
    if broken:
        raise RecordingError(f"{origin}: {broken} of {len(samples)} samples are not finite numbers")
