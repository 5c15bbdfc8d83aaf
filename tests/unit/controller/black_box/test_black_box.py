"""From the loop's memory through the file and back, also where the file was cut or the disk refuses."""

import errno
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.main import main
from controller.black_box.hop_log import SLOTS, HopLog
from controller.black_box.layout import HEADER_BYTES, Header, Kind, read_black_box, sealed
from controller.black_box.recorder import KEPT_FILES, Recorder, capacity
from controller.emg.hop_buffer import Hop
from controller.errors import BlackBoxError
from controller.safety.states import State
from drivers.recordings.own_npz import load

HOP, CHANNELS = 10, 2
SOON_S = 30.0


def header(records: int = 100) -> Header:
    return Header(
        arm="test",
        session="0123456789abcdef",
        joints=("elbow", "hand"),
        classes=("rest", "hand_close"),
        rate_hz=1000.0,
        unit="uV",
        hop_samples=HOP,
        channels=CHANNELS,
        capacity=records,
        wall_ns=1_700_000_000 * 10**9,
        t_ns=0,
    )


def put(log: HopLog, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        hop = Hop(np.full((HOP, CHANNELS), float(number)), number * HOP + HOP - 1, number * 10**7)
        log.begin(hop)
        log.end(Kind.DECISION, hop.newest_t_ns, hop, number, State.ENGAGED, [0.5, 0.0], [1.0, 0.0], 1, 0.9, 2.0, True)


def until(what: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + SOON_S
    while not what():
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


def test_what_the_loop_left_comes_back(tmp_path: Path) -> None:
    log = HopLog(header())
    recorder = Recorder(tmp_path, log, lambda _: None)
    recorder.start()
    put(log, 5)
    log.end(Kind.TICK, 6 * 10**7, None, 9, State.FAULT, [0.0, 0.0])
    log.note(7 * 10**7, "fault: gone")
    recorder.close()
    found, records, damaged = read_black_box(recorder.ring)
    assert found == log.header
    assert damaged == 0
    assert records["number"].tolist() == list(range(1, 8))
    assert records["samples"][3].tolist() == [[3.0] * CHANNELS] * HOP
    assert records["numbers"][3].tolist() == [0.9, 2.0, 1.0, 0.0, 0.5, 0.0]
    assert records["seq"].tolist()[:6] == [0, 1, 2, 3, 4, 9]
    assert records["text"][6] == b"fault: gone"
    assert recorder.ring.stat().st_mode & 0o077 == 0


def test_the_loop_never_waits_what_finds_no_room_is_dropped_and_counted() -> None:
    log = HopLog(header())
    put(log, SLOTS + 7)
    assert log.dropped == 7
    assert log.take()["seq"].tolist() == list(range(SLOTS))
    put(log, 1, SLOTS + 7)
    assert log.take()["dropped"].tolist() == [7]


def test_the_file_stays_as_large_as_it_was_and_holds_the_newest(tmp_path: Path) -> None:
    log = HopLog(header(30))
    recorder = Recorder(tmp_path, log, lambda _: None)
    recorder.start()
    size = recorder.ring.stat().st_size
    for first in range(0, 100, 50):
        put(log, 50, first)
        until(lambda: log._taken == log._filled)
    recorder.close()
    assert recorder.ring.stat().st_size == size == HEADER_BYTES + 30 * log.header.dtype.itemsize
    assert read_black_box(recorder.ring)[1]["seq"].tolist() == list(range(70, 100))


@given(st.integers(0, 40_000), st.integers(0, 39_999), st.integers(1, 255))
def test_a_file_that_was_cut_or_damaged_gives_what_is_whole(cut: int, place: int, mask: int) -> None:
    log = HopLog(header())
    put(log, 40)
    records = log.take()
    records["number"] = np.arange(1, 41)
    raw = bytearray(log.header.encode() + sealed(records))
    body = len(raw) - HEADER_BYTES
    raw[HEADER_BYTES + place % body] ^= mask
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"cut-{os.getpid()}.blackbox"  # noqa: S108 - of this process
    try:
        path.write_bytes(raw[: HEADER_BYTES + cut])
        _, read, _ = read_black_box(path)
    finally:
        path.unlink()
    whole = min(cut, body) // log.header.dtype.itemsize
    assert whole - 1 <= len(read) <= whole
    assert all(read["seq"] == read["number"] - 1)


@pytest.mark.parametrize(
    "raw", [b"", b"EFFERBX1", b'EFFERBX1R\x05\0\0\0{"a"}', b"x" * 70_000, b"EFFERBX1R\xff\xff\xff\xff"]
)
def test_what_is_no_black_box_is_refused_in_a_sentence(
    raw: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "foreign"
    path.write_bytes(raw)
    with pytest.raises(BlackBoxError):
        read_black_box(path)
    assert main(["blackbox", str(path)]) == 2
    assert capsys.readouterr().err.startswith("efferent blackbox: ")


def test_a_ring_that_nobody_ended_is_kept_by_the_next_run(tmp_path: Path) -> None:
    killed = Recorder(tmp_path, HopLog(header()), lambda _: None)
    killed.start()
    put(killed.log, 20)
    until(lambda: killed._number == 20)
    left = killed.ring.read_bytes()
    killed.close()
    killed.ring.write_bytes(left)  # as it was while it ran
    told: list[str] = []
    following = Recorder(tmp_path, HopLog(header()), told.append)
    following.start()
    following.close()
    kept = next(tmp_path.glob("*-not-ended.blackbox"))
    assert len(read_black_box(kept)[1]) == 20
    assert str(kept) in told[0]
    assert len(read_black_box(following.ring)[1]) == 0


def test_a_fault_is_kept_and_old_files_go(tmp_path: Path) -> None:
    for number in range(KEPT_FILES + 3):
        (tmp_path / f"2020010{number % 10}T00000{number // 10}Z-old.blackbox").touch()
    told: list[str] = []
    recorder = Recorder(tmp_path, HopLog(header()), told.append)
    recorder.start()
    put(recorder.log, 3)
    recorder.keep("stopped by Anna: it hurts!/../x")
    recorder.close()
    kept = list(tmp_path.glob("*-stopped-by-anna-it-hurts-x.blackbox"))
    assert len(kept) == 1
    assert len(read_black_box(kept[0])[1]) == 3
    assert len(list(tmp_path.glob("2*.blackbox"))) == KEPT_FILES
    assert str(kept[0]) in told[0]


def test_a_disk_that_refuses_is_told_once_and_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    recorder = Recorder(tmp_path, HopLog(header()), told.append)
    recorder.start()

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    for first in range(3):
        put(recorder.log, 5, first)
        until(lambda: recorder.log._taken == recorder.log._filled)
    recorder.close()
    assert told == [
        f"black box: cannot write in {tmp_path}: No space left on device; the controller goes on without it"
    ]


def test_when_the_disk_takes_records_again_they_go_on_and_say_how_many_are_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(tmp_path, HopLog(header()), lambda _: None)
    recorder.start()

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as disk:
        disk.setattr(os, "pwrite", full)
        put(recorder.log, 5)
        until(lambda: recorder._missing == 5)
    put(recorder.log, 3, 100)
    until(lambda: recorder._missing == 0)
    recorder.close()
    _, records, damaged = read_black_box(recorder.ring)
    assert damaged == 0
    assert [text for text in records["text"] if text] == [b"5 records before this one were refused by the disk"]
    assert (records["kind"] != Kind.NOTE).sum() == 3


def test_minutes_are_bounded_by_the_disk_that_may_be_used() -> None:
    assert capacity(header(), 1.0, 0.01, 2000) == 6000
    assert capacity(header(), 60.0, 0.01, 1) == 1_000_000 // header().dtype.itemsize


def test_the_verb_prints_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorder = Recorder(tmp_path, HopLog(header()), lambda _: None)
    recorder.start()
    put(recorder.log, 5)
    put(recorder.log, 5, 8)  # three hops were lost
    recorder.log.note(10**8, "engaged: engage by Anna")
    recorder.close()
    lines, samples = tmp_path / "out.csv", tmp_path / "out.npz"
    assert main(["blackbox", str(recorder.ring), "--json", "--csv", str(lines), "--recording", str(samples)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["hops"], found["decisions"], found["damaged"]) == (10, 10, 0)
    assert found["fastest_rad_s"] == {"elbow": 0.5, "hand": 0.0}
    assert found["notes"] == [{"at": "2023-11-14T22:13:20.100+00:00", "note": "engaged: engage by Anna"}]
    assert len(lines.read_text().splitlines()) == 12
    recording = load(samples)
    assert recording.samples.shape == (100, CHANNELS)
    assert recording.segment.tolist() == [0] * 50 + [1] * 50
    assert set(recording.class_of_sample) == {1}
    assert main(["blackbox", str(recorder.ring)]) == 0
    assert "engage by Anna" in capsys.readouterr().out
