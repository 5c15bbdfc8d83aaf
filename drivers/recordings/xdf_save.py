"""A recording as an XDF file, and what every XDF file of ours says of a device."""

import math
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np

from drivers.atomic_file import write_atomically
from drivers.recordings.recording import SEGMENT_GAP_S, Recording
from drivers.recordings.xdf_writer import XdfStream, XdfWriter
from drivers.source import StreamInfo, Unit

UNITS = {Unit.MICROVOLT: "microvolts", Unit.ARBITRARY: "arbitrary"}
# Read back by our own adapter: a channel at its full scale is not trusted.
FULL_SCALE = "full_scale"


def emg_stream(info: StreamInfo) -> XdfStream:
    """Return how a device is described. Doubles: a decoder gets from the file what it got live, to the last bit."""
    return XdfStream(
        info.name or "EMG",
        "EMG",
        "double64",
        info.rate_hz,
        info.labels or tuple(f"EMG {k}" for k in range(1, info.channel_count + 1)),
        (UNITS[info.unit],) * info.channel_count,
        info.source_id,
        even=True,
        details={FULL_SCALE: repr(info.full_scale)} if math.isfinite(info.full_scale) else {},
        places_mm=info.places_mm,
    )


def save_xdf(recording: Recording, path: Path) -> int:
    """Write the recording, its prompts as a stream of markers; return how many breaks there were. Raises `OSError`.

    Nobody knows how long a break was; `SEGMENT_GAP_S` stand for it.
    """
    writer, rate_hz, count = XdfWriter(), recording.info.rate_hz, len(recording)
    parts = [writer.header(datetime.now(UTC).isoformat(timespec="seconds"))]
    emg, header = writer.add(emg_stream(recording.info), 0.0)
    parts.append(header)
    edges = [0, *(np.flatnonzero(np.diff(recording.segment)) + 1).tolist(), count]
    stamps_s = (np.arange(count) / rate_hz) + np.repeat(np.arange(len(edges) - 1), np.diff(edges)) * SEGMENT_GAP_S
    for first, last in pairwise(edges):
        parts += [writer.samples(emg, recording.samples[first:last], float(stamps_s[first])), writer.boundary()]
    if recording.class_names:
        prompts, header = writer.add(XdfStream("prompts", "Markers", "string"), 0.0)
        changes = np.flatnonzero(np.diff(recording.class_of_sample, prepend=-1))
        texts = [recording.class_names[index] for index in recording.class_of_sample[changes]]
        parts += [header, writer.texts(prompts, list(zip(stamps_s[changes].tolist(), texts, strict=True)))]
    write_atomically(path, b"".join([*parts, writer.footers()]))
    return len(edges) - 2
