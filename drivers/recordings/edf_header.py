"""The header of an EDF or BDF file, checked before a library reads what it promises.

Format: https://www.edfplus.info/specs/edf.html and edfplus.html; BDF: https://www.biosemi.com/faq/file_format.htm.
"""

import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drivers.errors import RecordingError

EDF_MAGIC, BDF_MAGIC = b"0       ", b"\xffBIOSEMI"
_FIXED, _PER_SIGNAL, _PHYSICAL, _DIGITAL, _COUNT_AT = 256, 256, (104, 8), (120, 8), 216
_MOST_SIGNALS = 4096
_ONSET = re.compile(rb"([+-]\d{1,12}(?:\.\d{0,12})?)\x14")


@dataclass(frozen=True, slots=True)
class EdfHeader:
    """`record_s`: length of a data record; `per_record`: samples of each signal in one; `records` that are whole."""

    is_bdf: bool
    records: int
    record_s: float
    labels: tuple[str, ...]
    per_record: tuple[int, ...]
    discontinuous: bool

    @property
    def sample_bytes(self) -> int:
        """Of one sample of any signal."""
        return 3 if self.is_bdf else 2

    @property
    def begin(self) -> int:
        """Where the first data record begins."""
        return _FIXED + _PER_SIGNAL * len(self.labels)

    @property
    def record_bytes(self) -> int:
        """Of one data record."""
        return sum(self.per_record) * self.sample_bytes

    def is_annotations(self, signal: int) -> bool:
        """Say whether this signal is text."""
        return self.labels[signal] in ("EDF Annotations", "BDF Annotations")

    def rate_hz(self, signal: int) -> float:
        """Samples per second of a signal."""
        return self.per_record[signal] / self.record_s


def read_header(path: Path, data: bytes) -> EdfHeader:
    """Return the header. Raises `RecordingError` where it promises what the file cannot hold."""
    is_bdf = data.startswith(BDF_MAGIC)
    signals = _whole(path, data, 252, 4, "number of signals")
    if not 0 < signals <= _MOST_SIGNALS or len(data) < _FIXED + _PER_SIGNAL * signals:
        raise RecordingError(
            f"{path}: its header names {signals} signals, and the file ends within their description; it was cut"
        )
    labels = tuple(_word(data, _FIXED + 16 * k, 16) for k in range(signals))
    per_record = tuple(
        _whole(path, data, _FIXED + _COUNT_AT * signals + 8 * k, 8, f"samples of '{labels[k]}'") for k in range(signals)
    )
    record_s = _number(path, data, 244, 8, "length of a data record")
    if any(not 0 < count < 1 << 24 for count in per_record) or not (math.isfinite(record_s) and record_s >= 0):
        raise RecordingError(
            f"{path}: its data records of {record_s} s hold {list(per_record)} samples, which nothing can have recorded"
        )
    for k in range(signals):
        for at, width in (_PHYSICAL, (112, 8), _DIGITAL, (128, 8)):
            _number(path, data, _FIXED + at * signals + width * k, width, f"range of '{labels[k]}'")
    header = EdfHeader(is_bdf, 0, record_s, labels, per_record, _word(data, 192, 44)[4:5] == "D")
    records = (len(data) - header.begin) // header.record_bytes
    return EdfHeader(is_bdf, records, record_s, labels, per_record, header.discontinuous)


def whole_records(header: EdfHeader, data: bytes) -> bytes:
    """Return the file up to its last whole data record, with their true number in its header."""
    end = header.begin + header.records * header.record_bytes
    return b"".join((data[:236], f"{header.records:<8d}".encode(), data[244:end]))


def record_starts_s(path: Path, header: EdfHeader, data: bytes) -> NDArray[np.float64]:
    """Return when each record begins [records], as the first annotation in it says. Raises `RecordingError`."""
    signal = next((k for k in range(len(header.labels)) if header.is_annotations(k)), None)
    if signal is None:
        raise RecordingError(f"{path} says it has breaks, and no annotation says where; it is damaged")
    at = header.begin + sum(header.per_record[:signal]) * header.sample_bytes
    starts = np.empty(header.records)
    for record in range(header.records):
        onset = _ONSET.match(data, at + record * header.record_bytes)
        if onset is None:
            raise RecordingError(f"{path}: data record {record + 1} does not say when it begins; it is damaged")
        starts[record] = float(onset[1])
    return starts


def _word(data: bytes, at: int, width: int) -> str:
    return data[at : at + width].decode("latin-1").strip(" \x00")


def _whole(path: Path, data: bytes, at: int, width: int, what: str) -> int:
    number = _number(path, data, at, width, what)
    if not (math.isfinite(number) and number == int(number)):
        raise RecordingError(f"{path}: its header gives {number} as {what}, and a whole number is expected")
    return int(number)


def _number(path: Path, data: bytes, at: int, width: int, what: str) -> float:
    word = _word(data, at, width)
    try:
        return float(word)
    except ValueError as error:
        raise RecordingError(
            f"{path}: its header gives '{word:.20}' as {what}, and a number is expected; it is damaged"
        ) from error
