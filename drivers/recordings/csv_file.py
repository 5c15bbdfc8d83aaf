"""CSV: exports of spreadsheets, loggers and of Delsys Trigno, packed by gzip or not.

The columns are told by their names: time (its unit in brackets; seconds without), a count of samples, one of classes
(`label`, `class`, `gesture`, `motion`, `prompt`), and signals, of which those with EMG in their name are taken, else
those in volts, else all. A Trigno export describes each column in a line `Label: ...`, and each has its own time.
"""

import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drivers.errors import RecordingError
from drivers.recordings.choice import WHATEVER_IS_THERE, Choice
from drivers.recordings.content import first_bytes, read_content
from drivers.recordings.continuous import assembled, breaks
from drivers.recordings.csv_table import Table, find_table, read_columns, read_texts, text_of
from drivers.recordings.npz_file import MAX_BYTES
from drivers.recordings.prompts import Labels, Prompts, labels_of, no_labels
from drivers.recordings.recording import Recording
from drivers.source import StreamInfo, Unit
from drivers.voltage_unit import microvolts_per

_LOOKED_AT = 1 << 16
# Times slower than that are no EMG, but milliseconds whose unit nobody named.
_SLOWEST_HZ = 20.0
_UNIT = re.compile(r"[\(\[]\s*([^\)\]]*?)\s*[\)\]]\s*$|_(uv|µv|mv)$", re.IGNORECASE)
_TIME = re.compile(r"(time|timestamp|time[ _]?stamp|t|x|seconds?|zeit)([ _]?(s|ms|us|µs|ns))?", re.IGNORECASE)
_COUNT = re.compile(
    r"(sample|index|n|no|count|counter|#|package|packet)([ _]?(index|number|no|num|id|count))?", re.IGNORECASE
)
_CLASS = re.compile(r"(label|class|gesture|motion|prompt)s?", re.IGNORECASE)
_SECONDS = {"s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_RATE = re.compile(r"sampl\w*[ _]*(?:rate|frequency|freq)\W{0,4}(?:\(?hz\)?\W{0,4})?([0-9.eE+-]+)", re.IGNORECASE)
_TRIGNO = re.compile(
    r"^Label: (?P<label>.*?) Sampling frequency: (?P<rate>\S+) Number of points: \S+ start: \S+ Unit: (?P<unit>\S+) "
)


@dataclass(frozen=True, slots=True)
class _Columns:
    """Which columns are the signals, what they are called and are in, and which ones say when and what. -1: none."""

    signals: list[int]
    labels: tuple[str, ...]
    units: tuple[str, ...]
    time: int = -1
    seconds: float = 1.0
    asked: int = -1
    rate_hz: float = 0.0


def recognises(path: Path) -> bool:
    """Say whether it is text in which lines of numbers follow each other."""
    text = text_of(first_bytes(path, _LOOKED_AT))
    return text is not None and find_table(text) is not None


def load(path: Path, choice: Choice = WHATEVER_IS_THERE) -> Recording:
    """Read it. The rate is the chosen one, else what the file says, else that of its times. Raises `RecordingError`."""
    if choice.stream:
        raise RecordingError(f"{path} holds one stream without a name; leave the stream out")
    data = read_content(path)
    if len(data) > MAX_BYTES // 4:  # text, its lines and the numbers are in memory at once
        raise RecordingError(f"{path} is {len(data)} bytes, and of text at most {MAX_BYTES // 4} are read; split it")
    text = text_of(data)
    table = None if text is None else find_table(text)
    if table is None:
        raise RecordingError(f"{path} holds no table of numbers")
    columns = _trigno(path, table) or _named(table) or _unnamed(path, table)
    timed = [columns.time] if columns.time >= 0 else []
    numbers = read_columns(path, table, [*timed, *columns.signals])
    samples, times_s = numbers[:, len(timed) :], numbers[:, 0] * columns.seconds if timed else None
    rate_hz = _rate_hz(path, table, columns, choice, times_s)
    broken = np.zeros(len(samples), dtype=np.bool_) if times_s is None else breaks(times_s, rate_hz)
    values = [microvolts_per(unit) for unit in columns.units]
    in_microvolts = [value for value in values if value is not None]
    unit = Unit.MICROVOLT if columns.units and len(in_microvolts) == len(values) else Unit.ARBITRARY
    scaled = samples * np.array(in_microvolts) if unit is Unit.MICROVOLT else samples
    info = StreamInfo(path.name.split(".")[0], len(columns.signals), rate_hz, unit, columns.labels)
    return assembled(info, scaled, _labels(table, columns, len(samples)), broken, str(path))


def _trigno(path: Path, table: Table) -> _Columns | None:
    """Return what the lines `Label:` say: a pair of time and value for each; only EMG of one rate is taken."""
    described = [found for line in table.preamble if (found := _TRIGNO.match(line))]
    if not described or table.width != 2 * len(described):
        return None
    emg = [k for k, found in enumerate(described) if "emg" in found["label"].lower()] or list(range(len(described)))
    rates = {described[k]["rate"] for k in emg}
    if len(rates) > 1:
        raise RecordingError(
            f"{path} holds signals of several rates ({', '.join(sorted(rates))} Hz), and one is needed"
        )
    labels, units = tuple(described[k]["label"] for k in emg), tuple(described[k]["unit"] for k in emg)
    rate_hz = _positive(rates.pop())
    return _Columns([2 * k + 1 for k in emg], labels, units, time=2 * emg[0], rate_hz=rate_hz)


def _named(table: Table) -> _Columns | None:
    if not table.names:
        return None
    plain, units = [], []
    for name in table.names:
        found = _UNIT.search(name)
        units.append((found[1] or found[2] or "").lower() if found else "")
        plain.append(name[: found.start()].strip() if found else name)
    time = next((k for k, name in enumerate(plain) if _TIME.fullmatch(name)), -1)
    asked = next((k for k, name in enumerate(plain) if _CLASS.fullmatch(name)), -1)
    others = [k for k, name in enumerate(plain) if k not in (time, asked) and not _TIME.fullmatch(name)]
    words = set(_columns_of_words(table))
    others = [k for k in others if not _COUNT.fullmatch(plain[k]) and k not in words]
    signals = (
        [k for k in others if "emg" in plain[k].lower()]
        or [k for k in others if microvolts_per(units[k]) is not None]
        or others
    )
    if not signals:
        return None
    seconds = 1.0
    if time >= 0:
        inline = _TIME.fullmatch(plain[time])
        seconds = _SECONDS.get(units[time] or (inline[3] or "" if inline else "").lower(), 1.0)
    labels = tuple(plain[k] for k in signals)
    return _Columns(signals, labels if all(labels) else (), tuple(units[k] for k in signals), time, seconds, asked)


def _unnamed(path: Path, table: Table) -> _Columns:
    """Take the first column for the time in seconds where it rises by even steps below one; else all are signals."""
    everything = [k for k in range(table.width) if k not in set(_columns_of_words(table))]
    if not everything:
        raise RecordingError(f"{path} holds no column of numbers")
    first = read_columns(path, table, everything[:1])[:, 0]
    steps = np.diff(first)
    usual = float(np.median(steps)) if len(steps) else 0.0
    is_time = 0 < usual < 1 and bool(np.mean(np.abs(steps - usual) < 0.5 * usual) > 0.9)
    if is_time and len(everything) > 1:
        return _Columns(everything[1:], (), (), time=everything[0])
    return _Columns(everything, (), ())


def _columns_of_words(table: Table) -> list[int]:
    return [column for column in range(table.width) if not table.is_number(table.rows[0], column)]


def _rate_hz(path: Path, table: Table, columns: _Columns, choice: Choice, times_s: NDArray[np.float64] | None) -> float:
    if choice.rate_hz:
        return choice.rate_hz
    if columns.rate_hz:
        return columns.rate_hz
    for line in table.preamble:
        if (found := _RATE.search(line)) and (rate_hz := _positive(found[1])):
            return rate_hz
    if times_s is not None:
        steps = np.diff(times_s)
        steps = steps[np.isfinite(steps) & (steps > 0)]
        if len(steps):
            every = np.diff(times_s)
            # The mean of what is no gap: times are often rounded to a millisecond, and their median with them.
            usual = every[(every >= 0) & (every <= 10 * np.median(steps))]
            rate_hz = float(f"{1 / np.mean(usual):.6g}")
            if rate_hz >= _SLOWEST_HZ:
                return rate_hz
            raise RecordingError(
                f"{path}: its times rise by {np.mean(usual):g} s from sample to sample, too slow for EMG; name their "
                "unit in the header, such as 'time (ms)', or say the rate (rate_hz, or --rate HZ of efferent replay)"
            )
    raise RecordingError(
        f"{path} does not say its rate: it has no column of times, and no line such as 'Sample rate: 1000'; "
        "say it (rate_hz, or --rate HZ of efferent replay)"
    )


def _positive(text: str) -> float:
    """Return the number above zero that the text is, or 0."""
    try:
        number = float(text)
    except ValueError:
        return 0.0
    return number if 0 < number < math.inf else 0.0


def _labels(table: Table, columns: _Columns, count: int) -> Labels:
    if columns.asked < 0:
        return no_labels(count)
    texts = read_texts(table, columns.asked)[:count]
    rows = [row for row in range(count) if row == 0 or texts[row] != texts[row - 1]]
    return labels_of(Prompts(np.array(rows, dtype=np.int64), tuple(texts[row] for row in rows)), count)
