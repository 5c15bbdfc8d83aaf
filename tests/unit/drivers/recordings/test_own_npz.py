import math
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.errors import RecordingError
from drivers.recordings import npz_file
from drivers.recordings.load import load_recording
from drivers.recordings.own_npz import FORMAT, save_recording
from drivers.recordings.recording import Recording


def assert_equal(one: Recording, other: Recording) -> None:
    assert (one.info, one.class_names) == (other.info, other.class_names)
    for name in ("samples", "class_of_sample", "repetition", "session", "segment"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


def rewrite(path: Path, **changes: Any) -> None:
    """Write the file again with some arrays changed, or left out where the value is None."""
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files} | changes
    np.savez(path, allow_pickle=True, **{name: array for name, array in arrays.items() if array is not None})


def test_a_recording_comes_back(tmp_path: Path, recording: Recording) -> None:
    path = tmp_path / "r.npz"
    save_recording(recording, path)
    loaded = load_recording(path)
    assert_equal(loaded, recording)
    assert loaded.samples.flags.c_contiguous
    assert list(tmp_path.iterdir()) == [path]


def test_a_plain_recording_without_labels_and_classes_comes_back(tmp_path: Path, recording: Recording) -> None:
    zeros = np.zeros(len(recording), dtype=np.int64)
    info = replace(recording.info, name="Gerät \u00b5", labels=(), source_id="")
    samples = np.asfortranarray(recording.samples)
    plain = Recording(info, samples, (), zeros, zeros, zeros, zeros)
    path = tmp_path / "r.npz"
    save_recording(plain, path)
    assert_equal(load_recording(str(path)), plain)


def test_an_earlier_file_stays_when_writing_fails(
    tmp_path: Path, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "r.npz"
    save_recording(recording, path)

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(OSError, match="no space"):
        save_recording(recording.select((1,)), path)
    assert_equal(load_recording(path), recording)
    assert list(tmp_path.iterdir()) == [path]


def test_what_contradicts_itself_is_not_written(tmp_path: Path, recording: Recording) -> None:
    with pytest.raises(RecordingError, match="repetition should be int64"):
        save_recording(replace(recording, repetition=recording.repetition[1:]), tmp_path / "r.npz")
    assert list(tmp_path.iterdir()) == []


def with_nan(rows: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    samples = np.zeros((rows, 2))
    samples[3, 1] = np.nan
    return samples


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"samples": None}, r"lacks an array.*samples"),
        ({"samples": np.zeros((600, 2), dtype=np.float32)}, "samples should be float64"),
        ({"samples": np.zeros((600, 2), dtype=">f8")}, "damaged or no .npz file|samples should be float64"),
        ({"samples": np.zeros(600)}, "samples should be float64"),
        ({"samples": np.zeros((0, 2))}, "n at least 1"),
        ({"samples": np.zeros((600, 2, 1))}, "samples should be float64"),
        ({"samples": with_nan(600)}, "1 of 600 samples are not finite"),
        ({"samples": np.array([{"a": 1}], dtype=object)}, "damaged"),
        ({"session": np.zeros(599, dtype=np.int64)}, "session should be int64"),
        ({"segment": np.zeros(600)}, "segment should be int64"),
        ({"class_of_sample": np.full(600, 2)}, "2 classes have names"),
        ({"class_of_sample": np.full(600, -1)}, "2 classes have names"),
        ({"labels": np.array(["one"])}, "1 labels for 2 channels"),
        ({"labels": np.array([1, 2])}, "should hold text"),
        ({"rate_hz": np.array(0.0)}, "sample rate is 0.0"),
        ({"rate_hz": np.array(np.nan)}, "sample rate is nan"),
        ({"rate_hz": np.array([1.0, 2.0])}, "should hold one number"),
        ({"unit": np.array("furlong")}, "names its unit"),
        ({"name": np.array(["a", "b"])}, "names its unit, stream"),
        ({"efferent_format": np.array("efferent-recording-2")}, f"this version reads '{FORMAT}'"),
        ({"efferent_format": None}, "none of the recordings"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(
    tmp_path: Path, recording: Recording, changes: dict[str, Any], message: str
) -> None:
    path = tmp_path / "r.npz"
    save_recording(recording, path)
    rewrite(path, **changes)
    with pytest.raises(RecordingError, match=message) as raised:
        load_recording(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_header_that_promises_more_than_the_file_holds_is_refused(tmp_path: Path, recording: Recording) -> None:
    path = tmp_path / "r.npz"
    save_recording(recording, path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["samples.npy"] = members["samples.npy"].replace(b"(600, 2), }         ", b"(600000000000, 2), }")
    assert b"600000000000" in members["samples.npy"]
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    with pytest.raises(RecordingError, match="an array of"):
        load_recording(path)


def test_a_file_that_would_fill_the_memory_is_refused_before_it_is_read(
    tmp_path: Path, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "r.npz"
    save_recording(recording, path)
    monkeypatch.setattr(npz_file, "MAX_BYTES", 10_000)
    with pytest.raises(RecordingError, match="at most 10000 are read"):
        load_recording(path)


def test_a_missing_file_and_a_folder_say_so(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="cannot be read: No such file"):
        load_recording(tmp_path / "nothing.npz")
    with pytest.raises(RecordingError, match="cannot be read: Is a directory"):
        load_recording(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04" + bytes(100), b"some text", bytes(5000)])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "r.npz"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match="none of the recordings that can be read"):
        load_recording(path)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    places=st.lists(st.tuples(st.integers(0), st.integers(1, 255)), min_size=1, max_size=4),
    end=st.none() | st.integers(0),
)
def test_a_damaged_file_is_refused_or_right(
    tmp_path: Path, recording: Recording, places: list[tuple[int, int]], end: int | None
) -> None:
    path = tmp_path / "r.npz"
    if not (tmp_path / "good").exists():
        save_recording(recording.select((1,), (1,)), tmp_path / "good")
    content = bytearray((tmp_path / "good").read_bytes())
    for place, flip in places:
        content[place % len(content)] ^= flip
    path.write_bytes(content[: len(content) if end is None else end % len(content)])
    try:
        loaded = load_recording(path)
    except RecordingError:
        return
    assert_equal(loaded, recording.select((1,), (1,)))


@pytest.mark.parametrize("full_scale", [127.0, math.inf])
def test_the_full_scale_comes_back_and_older_files_know_none(
    tmp_path: Path, recording: Recording, full_scale: float
) -> None:
    path = tmp_path / "r.npz"
    save_recording(replace(recording, info=replace(recording.info, full_scale=full_scale)), path)
    assert load_recording(path).info.full_scale == full_scale
    rewrite(path, full_scale=None)
    assert load_recording(path).info.full_scale == math.inf
    rewrite(path, full_scale=np.array(math.nan))
    with pytest.raises(RecordingError, match="full scale is nan"):
        load_recording(path)
