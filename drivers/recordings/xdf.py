"""XDF files, as LabRecorder and `efferent record` write them; read by pyxdf, after a look at what is whole in them."""

import io
import logging
import math
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.errors import RecordingError
from drivers.recordings.choice import WHATEVER_IS_THERE, Choice
from drivers.recordings.content import first_bytes, read_content
from drivers.recordings.continuous import assembled, breaks
from drivers.recordings.npz_file import MAX_BYTES
from drivers.recordings.prompts import Labels, Prompts, labels_of, look_like_prompts, no_labels
from drivers.recordings.recording import Recording
from drivers.recordings.xdf_chunks import FoundStream, WholeChunks, whole_chunks
from drivers.recordings.xdf_save import FULL_SCALE
from drivers.recordings.xdf_writer import MAGIC, TEXT
from drivers.source import StreamInfo, Unit
from drivers.voltage_unit import microvolts_per

# Marks beyond it are no prompts: a person gets one every few seconds.
_MOST_MARKS = 100_000
_FAULTS = (
    ValueError,
    ArithmeticError,
    LookupError,
    TypeError,
    AttributeError,
    OSError,
    RuntimeError,
    SyntaxError,  # of XML
    np.linalg.LinAlgError,
)
# What `efferent record` writes down of our own decisions is no prompt, though `rest` is among it.
OURS = "efferent"


def recognises(path: Path) -> bool:
    """Say whether it is an XDF file, packed by gzip or not."""
    return first_bytes(path, len(MAGIC)) == MAGIC


def load(path: Path, choice: Choice = WHATEVER_IS_THERE) -> Recording:
    """Read the one stream of numbers with a rate, the one of type EMG if there are several, or the one that is chosen.

    Its stamps are put on the recorder's clock by pyxdf, and not smoothed. A segment ends where that clock was reset and
    where samples are missing. Raises `RecordingError`; what is damaged or cut is left out.
    """
    if choice.rate_hz:
        raise RecordingError(f"{path} says its rates itself; leave the rate out")
    whole = whole_chunks(read_content(path))
    emg = _chosen(path, whole, choice.stream)
    if emg.values * 8 > MAX_BYTES:
        raise RecordingError(f"{path}: '{emg.name}' holds {emg.values} numbers, and at most {MAX_BYTES // 8} are read")
    marks = [stream for stream in whole.streams.values() if _may_hold_prompts(stream)]
    read = _read(path, whole.content, [emg, *marks])
    stamps = np.asarray(read[emg.number]["time_stamps"], dtype=np.float64)
    info, columns, scales = _described(emg)
    samples = np.asarray(read[emg.number]["time_series"])[:, columns].astype(np.float64) * scales
    broken = breaks(stamps, emg.rate_hz, even=emg.header.findtext(_CAN_DROP) == "true")
    resets = [start for start, _ in read[emg.number]["info"]["clock_segments"] if 0 < start < len(broken)]
    broken[resets] = True
    # To the nearest sample: stamps of two streams are never equal to the last bit.
    nearest = stamps + 0.5 / emg.rate_hz
    return assembled(info, samples, _labels(marks, read, nearest), broken, str(path))


_CAN_DROP = "desc/synchronization/can_drop_samples"


def _chosen(path: Path, whole: WholeChunks, name: str) -> FoundStream:
    numeric = [s for s in whole.streams.values() if s.channel_format != TEXT and s.rate_hz > 0 and s.samples]
    fitting = [s for s in numeric if s.name == name] if name else [s for s in numeric if s.stream_type == "EMG"]
    fitting = fitting or ([] if name else numeric)
    if len(fitting) == 1:
        return fitting[0]
    held = "; ".join(
        f"'{s.name}' (type {s.stream_type or 'unknown'}, {s.channel_format}, {s.rate_hz:g} Hz, {s.samples} samples)"
        for s in whole.streams.values()
    )
    what = f"streams called '{name}'" if name else "streams that may be EMG"
    raise RecordingError(
        f"{path} holds {len(fitting)} {what} with numbers at a rate, and one is needed; it holds "
        + (
            f"{held}; choose one by its name (stream, or --stream of efferent replay)"
            if held
            else "no whole stream at all"
        )
    )


def _may_hold_prompts(stream: FoundStream) -> bool:
    ours = stream.header.find(f"desc/{OURS}") is not None and not _says_prompts(stream)
    return stream.channel_format == TEXT and stream.channels == 1 and 0 < stream.samples <= _MOST_MARKS and not ours


def _says_prompts(stream: FoundStream) -> bool:
    return "prompt" in f"{stream.name} {stream.stream_type}".lower()


def _read(path: Path, content: bytes, streams: list[FoundStream]) -> dict[int, dict[str, Any]]:
    import pyxdf  # noqa: PLC0415 - the extra `recordings`

    # Its complaints are about what was looked at here, and would stand between sentences for people.
    logging.getLogger("pyxdf").setLevel(logging.CRITICAL)
    numbers = [stream.number for stream in streams]
    try:
        read, _ = pyxdf.load_xdf(io.BytesIO(content), select_streams=numbers, dejitter_timestamps=False)
        found = {int(stream["info"]["stream_id"]): stream for stream in read}
    except _FAULTS as error:
        raise RecordingError(f"{path} is damaged in a way that pyxdf cannot read: {error}") from error
    for stream in streams:
        if len(found[stream.number]["time_stamps"]) == 0:
            raise RecordingError(f"{path}: pyxdf finds no sample of '{stream.name}'")
    return found


def _described(emg: FoundStream) -> tuple[StreamInfo, list[int], NDArray[np.float64]]:
    """Return what it is, which of its columns are taken, and by what each is multiplied."""
    channels = emg.header.findall("desc/channels/channel")
    known = channels if len(channels) == emg.channels else []
    kinds = [channel.findtext("type", "").upper() for channel in known]
    columns = [k for k, kind in enumerate(kinds) if kind == "EMG"] or list(range(emg.channels))
    labels = tuple(known[k].findtext("label", "") for k in columns) if known else ()
    values = [microvolts_per(known[k].findtext("unit", "")) for k in columns] if known else [None]
    in_microvolts = [value for value in values if value is not None]
    unit = Unit.MICROVOLT if len(in_microvolts) == len(columns) else Unit.ARBITRARY
    scales = np.array(in_microvolts if unit is Unit.MICROVOLT else [1.0] * len(columns))
    places = tuple(
        tuple(_number(known[k].findtext(f"location/{axis}", "")) for axis in "XYZ") for k in columns if known
    )
    info = StreamInfo(
        emg.name,
        len(columns),
        emg.rate_hz,
        unit,
        labels if all(labels) else (),
        emg.header.findtext("source_id", ""),
        _full_scale(emg),
        tuple((x, y, z) for x, y, z in places) if all(map(math.isfinite, chain(*places))) else (),
    )
    return info, columns, scales


def _full_scale(emg: FoundStream) -> float:
    value = _number(emg.header.findtext(f"desc/{FULL_SCALE}", ""))
    return value if value > 0 else math.inf


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _labels(marks: list[FoundStream], read: dict[int, dict[str, Any]], stamps: NDArray[np.float64]) -> Labels:
    """Take the first stream that says it holds prompts, else the first that looks like it."""
    for stream in sorted(marks, key=_says_prompts, reverse=True):
        texts = tuple(str(row[0]) for row in read[stream.number]["time_series"])
        if _says_prompts(stream) or look_like_prompts(texts):
            asked_s = np.asarray(read[stream.number]["time_stamps"], dtype=np.float64)
            order = np.argsort(asked_s, kind="stable")
            # The recorder's clock goes on over a reset of the sender's, so that stamps of all streams compare.
            rows = np.searchsorted(np.maximum.accumulate(stamps), asked_s[order]).astype(np.int64)
            return labels_of(Prompts(rows, tuple(texts[index] for index in order)), len(stamps))
    return no_labels(len(stamps))
