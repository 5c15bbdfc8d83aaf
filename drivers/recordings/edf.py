"""EDF and BDF files, also EDF+ and BDF+ with annotations and breaks; read and written by edfio."""

import io
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from drivers.atomic_file import write_atomically
from drivers.errors import RecordingError
from drivers.recordings.content import first_bytes, read_content
from drivers.recordings.continuous import assembled
from drivers.recordings.edf_header import (
    BDF_MAGIC,
    EDF_MAGIC,
    EdfHeader,
    read_header,
    record_starts_s,
    whole_records,
)
from drivers.recordings.npz_file import MAX_BYTES
from drivers.recordings.prompts import Labels, Prompts, labels_of, look_like_prompts, no_labels
from drivers.recordings.recording import Recording
from drivers.source import StreamInfo, Unit
from drivers.voltage_unit import microvolts_per

if TYPE_CHECKING:
    from edfio import Bdf, BdfSignal, Edf, EdfSignal

_FAULTS = (ValueError, ArithmeticError, LookupError, TypeError, NameError, RuntimeError, StopIteration)
# What MNE writes where two recordings were put together, and leaves out of its averages.
BREAK = "BAD boundary"
_NOT_A_PROMPT = ("bad", "edge")
_LONGEST_RECORD_S = 60.0
_HIGHEST = float((1 << 23) - 1)
# BioSemi's trigger channel, in every BDF file of theirs.
_STATUS = "Status"


def recognises(path: Path) -> bool:
    """Say whether it is an EDF or a BDF file, packed by gzip or not."""
    return first_bytes(path, 8) in (EDF_MAGIC, BDF_MAGIC)


def load(path: Path) -> Recording:
    """Read the signals with EMG in their label, else all of them; they must be of one rate. Raises `RecordingError`.

    Voltages come in µV. A segment ends at each break of EDF+D and at each annotation `BAD boundary`. A file that was
    cut is read up to its last whole data record.
    """
    data = read_content(path)
    header = read_header(path, data)
    chosen = _chosen(path, header)
    if header.records == 0:
        raise RecordingError(f"{path} ends before its first data record; it holds no samples")
    count = header.records * header.per_record[chosen[0]]
    if count * len(chosen) * 8 > MAX_BYTES:
        raise RecordingError(f"{path} holds {count * len(chosen)} samples, and at most {MAX_BYTES // 8} are read")
    starts = record_starts_s(path, header, data) if header.discontinuous else None
    try:
        file = _opened(header, data)
        wanted = _signals(file, header, chosen)
        samples = np.column_stack([signal.data for signal in wanted])
        marks = [(mark.onset, mark.duration, mark.text) for mark in file.annotations]
        in_microvolts = [microvolts_per(signal.physical_dimension) for signal in wanted]
    except _FAULTS as error:
        raise RecordingError(f"{path} is damaged in a way that edfio cannot read: {error}") from error
    scales = [value for value in in_microvolts if value is not None]
    unit = Unit.MICROVOLT if len(scales) == len(wanted) else Unit.ARBITRARY
    factors = np.array(scales if unit is Unit.MICROVOLT else [1.0] * len(wanted))
    rate_hz = header.rate_hz(chosen[0])
    # The range in the header is often that of the samples, not of the device, so it is not taken for the full scale.
    info = StreamInfo(path.name.split(".")[0], len(chosen), rate_hz, unit, tuple(header.labels[k] for k in chosen))
    rows_of = _Rows(starts, header, rate_hz)
    broken = np.zeros(count, dtype=np.bool_)
    breaks = [rows_of.row(onset) for onset, _, text in marks if text == BREAK] + rows_of.breaks()
    broken[[row for row in breaks if 0 < row < count]] = True
    return assembled(info, samples * factors, _labels(marks, rows_of, count), broken, str(path))


def save_bdf(recording: Recording, path: Path) -> int:
    """Write BDF+ with 24 bits a sample, prompts and breaks as annotations; return how many breaks there were.

    The time of a break is not in the file. Raises `RecordingError` where the format cannot hold the recording, and
    `OSError`.
    """
    from edfio import Bdf, BdfSignal, EdfAnnotation  # noqa: PLC0415 - the extra `recordings`

    info, count = recording.info, len(recording)
    in_record, record_s = _data_record(path, count, info.rate_hz)
    labels = info.labels or tuple(f"EMG {k}" for k in range(1, info.channel_count + 1))
    ranges = [_physical_range(column) for column in recording.samples.T]
    marks = []
    edges = np.flatnonzero(np.diff(recording.class_of_sample, prepend=-1) | np.diff(recording.segment, prepend=-1))
    if recording.class_names:
        ends = [*edges[1:].tolist(), count]
        marks = [
            EdfAnnotation(
                start / info.rate_hz,
                (end - start) / info.rate_hz,
                recording.class_names[recording.class_of_sample[start]],
            )
            for start, end in zip(edges.tolist(), ends, strict=True)
        ]
    seams = (np.flatnonzero(np.diff(recording.segment)) + 1).tolist()
    marks += [EdfAnnotation(row / info.rate_hz, None, BREAK) for row in seams]
    try:
        signals = [
            BdfSignal(
                column,
                in_record / record_s,
                label=_ascii(label, 16),
                transducer_type="EMG",
                physical_dimension="uV" if info.unit is Unit.MICROVOLT else "",
                physical_range=limits,
            )
            for label, column, limits in zip(labels, recording.samples.T, ranges, strict=True)
        ]
        bdf = Bdf(signals, annotations=sorted(marks), data_record_duration=record_s)
        buffer = io.BytesIO()
        bdf.write(buffer)
    except _FAULTS as error:
        raise RecordingError(f"{path}: BDF cannot hold this recording: {error}") from error
    write_atomically(path, buffer.getvalue())
    return len(seams)


def _chosen(path: Path, header: EdfHeader) -> list[int]:
    ordinary = [k for k, label in enumerate(header.labels) if not header.is_annotations(k) and label != _STATUS]
    chosen = [k for k in ordinary if "emg" in header.labels[k].lower()] or ordinary
    if not chosen:
        raise RecordingError(f"{path} holds annotations and no signal")
    if header.record_s == 0:
        raise RecordingError(f"{path} holds signals without a rate: its data records have no length")
    rates = Counter(f"{header.rate_hz(k):g} Hz" for k in chosen)
    if len(rates) > 1:
        found = ", ".join(f"{count} at {rate}" for rate, count in rates.items())
        raise RecordingError(f"{path} holds signals of several rates ({found}), and no label says which are EMG")
    return chosen


def _opened(header: EdfHeader, data: bytes) -> "Edf | Bdf":
    import edfio  # noqa: PLC0415 - the extra `recordings`

    whole = io.BytesIO(whole_records(header, data))
    # Labels in the letters of the writer's country break the rule of the format, and are common.
    read = edfio.read_bdf if header.is_bdf else edfio.read_edf
    return read(whole, header_encoding="latin-1")


def _signals(file: "Edf | Bdf", header: EdfHeader, chosen: Sequence[int]) -> "list[EdfSignal | BdfSignal]":
    """Return the chosen ones; edfio counts the ordinary signals alone."""
    ordinary = [k for k in range(len(header.labels)) if not header.is_annotations(k)]
    return [file.signals[ordinary.index(k)] for k in chosen]


class _Rows:
    """Which sample was taken at a time of the file, also where data records do not follow each other."""

    def __init__(self, starts_s: NDArray[np.float64] | None, header: EdfHeader, rate_hz: float) -> None:
        records = np.arange(header.records)
        self._starts_s = records * header.record_s if starts_s is None else starts_s - starts_s[0]
        self._per_record, self._rate_hz, self._record_s = round(rate_hz * header.record_s), rate_hz, header.record_s

    def row(self, onset_s: float) -> int:
        record = max(0, int(np.searchsorted(self._starts_s, onset_s + 1e-9, side="right")) - 1)
        within = min(max(0.0, onset_s - self._starts_s[record]), self._record_s)
        return record * self._per_record + round(float(within) * self._rate_hz)

    def breaks(self) -> list[int]:
        # A quarter of a sample: onsets are written with the digits that the writer finds enough.
        wrong = np.abs(np.diff(self._starts_s) - self._record_s) > 0.25 / self._rate_hz
        rows: list[int] = ((np.flatnonzero(wrong) + 1) * self._per_record).tolist()
        return rows


def _labels(marks: list[tuple[float, float | None, str]], rows_of: _Rows, count: int) -> Labels:
    """Annotations are prompts where one of them is `rest`; one with a duration ends there if none follows at once."""
    asked = [mark for mark in marks if not mark[2].lower().startswith(_NOT_A_PROMPT)]
    if not look_like_prompts([text for _, _, text in asked]):
        return no_labels(count)
    rows, texts = [], []
    for index, (onset, duration, text) in enumerate(asked):
        rows.append(rows_of.row(onset))
        texts.append(text)
        end = rows_of.row(onset + duration) if duration else None
        following = rows_of.row(asked[index + 1][0]) if index + 1 < len(asked) else count
        if end is not None and end < following:
            rows.append(end)
            texts.append("")
    return labels_of(Prompts(np.array(rows, dtype=np.int64), tuple(texts)), count)


def _data_record(path: Path, count: int, rate_hz: float) -> tuple[int, float]:
    """Return samples and length of a data record, of which whole ones hold `count` samples; at best near a second.

    The header has eight characters for the length, so the rate in the file is true to a millionth.
    """
    divisors = {n for k in range(1, math.isqrt(count) + 1) if count % k == 0 for n in (k, count // k)}
    lengths = {n: float(f"{n / rate_hz:.6g}"[:8]) for n in divisors}
    fitting = [n for n, s in lengths.items() if 0.001 <= s <= _LONGEST_RECORD_S]
    if not fitting:
        raise RecordingError(
            f"{path}: BDF needs data records of one length, and {count} samples at {rate_hz:g} Hz make none up to "
            f"{_LONGEST_RECORD_S:g} s; choose XDF or .npz"
        )
    best = min(fitting, key=lambda n: abs(math.log(lengths[n])))
    return best, lengths[best]


def _physical_range(column: NDArray[np.float64]) -> tuple[float, float]:
    """Return what the lowest and the highest of 24 bits stand for: counts keep their value."""
    largest = float(np.abs(column).max())
    if largest <= _HIGHEST and np.array_equal(column, np.rint(column)):
        return -_HIGHEST - 1.0, _HIGHEST
    return -largest, largest


def _ascii(text: str, width: int) -> str:
    return text.replace("µ", "u").encode("ascii", "replace").decode()[:width]
