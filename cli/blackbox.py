"""`efferent blackbox FILE`: what a controller saw and did in its last minutes."""

import argparse
import csv
import json
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cli.errors import UsageError
from cli.exit_codes import WELL
from controller.black_box.layout import Header, Kind, read_black_box
from controller.safety.states import State
from drivers.recordings.own_npz import save_recording
from drivers.recordings.recording import Recording
from drivers.source import StreamInfo, Unit

UNDECIDED = "undecided"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    parser.add_argument("file", type=Path, help="a file of the folder of [black_box]")
    parser.add_argument("--json", action="store_true", help="print the summary as one JSON object")
    parser.add_argument("--csv", type=Path, metavar="OUT", help="write decisions, commands and states, a line each")
    parser.add_argument("--recording", type=Path, metavar="OUT", help="write the samples as a recording (.npz)")


def run(options: argparse.Namespace) -> int:
    """Read, write what is asked for, print a summary."""
    header, records, damaged = read_black_box(options.file)
    try:
        if options.csv is not None:
            write_csv(header, records, options.csv)
        if options.recording is not None:
            save_recording(recording_of(header, records, options.file), options.recording)
    except OSError as error:
        raise UsageError(f"cannot write {error.filename or 'the output'}: {error.strerror}") from error
    found = summary(header, records, damaged)
    if options.json:
        print(json.dumps(found))
        return WELL
    for name, value in found.items():
        if name not in ("states", "notes"):
            print(f"{name.replace('_', ' '):>18}  {value}")
    for entry in found["notes"]:
        print(f"{entry['at']}  {entry['note']}")
    return WELL


def summary(header: Header, records: NDArray[Any], damaged: int) -> dict[str, Any]:
    """Return what a reader wants to know first; times in UTC."""
    hops = records[records["kind"] <= Kind.SAMPLES]
    played = records[records["kind"] != Kind.NOTE]
    speeds = np.abs(played["numbers"][:, 2 + len(header.joints) :])
    states = [_state(code) for code in played["state"]]
    changed = [0, *(index for index, (a, b) in enumerate(pairwise(states), 1) if a != b)] if states else []
    return {
        "arm": header.arm,
        "session": header.session,
        "from": wall(header, int(records["t_ns"].min())) if len(records) else None,
        "to": wall(header, int(records["t_ns"].max())) if len(records) else None,
        "hops": len(hops),
        "decisions": int(np.count_nonzero(records["kind"] == Kind.DECISION)),
        "dropped": int(records["dropped"].max(initial=0)),
        "damaged": damaged,
        "fastest_rad_s": dict(zip(header.joints, speeds.max(axis=0, initial=0.0).round(3).tolist(), strict=True)),
        "states": [{"at": wall(header, int(played["t_ns"][index])), "state": states[index]} for index in changed],
        "notes": [
            {"at": wall(header, int(note["t_ns"])), "note": note["text"].decode(errors="replace")}
            for note in records[records["kind"] == Kind.NOTE]
        ],
    }


def write_csv(header: Header, records: NDArray[Any], path: Path) -> None:
    """Write one line for each record, without samples."""
    joints = header.joints
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        names = ["utc", "kind", "t_ns", "sample_index", "sample_age_ms", "seq", "state", "decided", "healthy"]
        names += ["confidence", "effort", *(f"wanted_{name}" for name in joints)]
        lines.writerow([*names, *(f"{name}_rad_s" for name in joints), "note"])
        for record in records:
            t_ns, has_sample = int(record["t_ns"]), record["kind"] <= Kind.SAMPLES
            lines.writerow(
                [
                    wall(header, t_ns),
                    Kind(record["kind"]).name.lower(),
                    t_ns,
                    int(record["sample_index"]),
                    round((t_ns - int(record["sample_t_ns"])) / 1e6, 3) if has_sample else "",
                    int(record["seq"]),
                    _state(record["state"]),
                    _decided(header, record["decided"]),
                    int(record["healthy"]),
                    *record["numbers"].tolist(),
                    record["text"].decode(errors="replace"),
                ]
            )


def recording_of(header: Header, records: NDArray[Any], path: Path) -> Recording:
    """Return the samples; labels are what was decided. Raises `UsageError` where there are none."""
    hops = records[records["kind"] <= Kind.SAMPLES]
    if not len(hops):
        raise UsageError(f"{path} holds no samples; was the device there?")
    count = len(hops) * header.hop_samples
    samples = hops["samples"].astype(np.float64).reshape(count, header.channels)
    decided = np.where(hops["kind"] == Kind.DECISION, hops["decided"], -1)
    known = (decided >= 0) & (decided < len(header.classes))
    labels = np.where(known, decided, len(header.classes)).astype(np.int64)
    follows = np.diff(hops["sample_index"], prepend=hops["sample_index"][:1] - header.hop_samples) == header.hop_samples
    none = np.zeros(count, dtype=np.int64)
    return Recording(
        StreamInfo(path.stem, header.channels, header.rate_hz, Unit(header.unit)),
        samples,
        (*header.classes, UNDECIDED),
        np.repeat(labels, header.hop_samples),
        none,
        none,
        np.repeat(np.cumsum(~follows), header.hop_samples).astype(np.int64),
    )


def wall(header: Header, t_ns: int) -> str:
    """Return a moment of the monotonic clock as UTC."""
    return datetime.fromtimestamp((header.wall_ns + t_ns - header.t_ns) * 1e-9, UTC).isoformat(timespec="milliseconds")


def _state(code: int) -> str:
    states = list(State)
    return states[code].value if 0 <= code < len(states) else "?"


def _decided(header: Header, index: int) -> str:
    return header.classes[index] if 0 <= index < len(header.classes) else ""
