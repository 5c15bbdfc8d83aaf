import gzip
import math
import struct
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import RecordingError
from drivers.recordings.choice import Choice
from drivers.recordings.load import load_recording
from drivers.recordings.recording import Recording
from drivers.recordings.xdf_chunks import whole_chunks
from drivers.recordings.xdf_save import save_xdf
from drivers.recordings.xdf_writer import MAGIC, XdfStream, XdfWriter
from drivers.source import Unit

EMG = XdfStream("cuff", "EMG", "double64", 1000.0, ("flexor", "extensor"), ("microvolts",) * 2, "unit 3", even=True)
Blocks = list[tuple[np.ndarray, Any]]


def file_of(*streams: tuple[XdfStream, Blocks | list[tuple[float, str]]], footers: bool = True) -> bytes:
    writer = XdfWriter()
    data = writer.header("2026-01-01T00:00:00+00:00")
    for stream, content in streams:
        number, header = writer.add(stream, 1.0)
        data += header
        for entry in content:
            if stream.channel_format == "string":
                data += writer.texts(number, [entry])  # type: ignore[list-item]
            else:
                data += writer.samples(number, *entry)
            data += writer.boundary()
    return data + (writer.footers() if footers else b"")


def at(tmp_path: Path, data: bytes, name: str = "r.xdf") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def ramp(count: int, first: float = 0.0) -> np.ndarray:
    return np.repeat(np.arange(first, first + count).reshape(-1, 1), 2, axis=1)


def test_samples_labels_units_and_gaps_come_in(tmp_path: Path) -> None:
    data = file_of((EMG, [(ramp(100), 5.0), (ramp(100, 100), 5.1), (ramp(50, 300), 5.3)]))
    recording = load_recording(at(tmp_path, data))
    assert recording.samples[:, 0].tolist() == [*range(200), *range(300, 350)]
    assert (recording.info.name, recording.info.labels, recording.info.rate_hz) == ("cuff", EMG.labels, 1000.0)
    assert (recording.info.unit, recording.info.source_id) == (Unit.MICROVOLT, "unit 3")
    assert recording.segment.tolist() == [0] * 200 + [1] * 50
    assert recording.class_names == ()


@pytest.mark.parametrize(("lost", "segments"), [(0, 1), (1, 2), (2, 2)])
def test_one_lost_sample_of_a_device_that_counts_is_a_break(tmp_path: Path, lost: int, segments: int) -> None:
    data = file_of((EMG, [(ramp(10), 5.0), (ramp(10), 5.0 + (10 + lost) / 1000)]))
    assert load_recording(at(tmp_path, data)).segment[-1] == segments - 1


def test_stamps_that_wander_are_no_break_and_a_quarter_of_a_second_is(tmp_path: Path) -> None:
    stream = XdfStream("a", "EMG", "float32", 1000.0, ("x", "y"))
    wandering = 5.0 + np.arange(100) / 1000 + np.random.default_rng(0).normal(0, 0.005, 100)
    data = file_of((stream, [(ramp(100), wandering), (ramp(100), 6.0)]))
    assert np.bincount(load_recording(at(tmp_path, data)).segment).tolist() == [100, 100]


@pytest.mark.parametrize(("unit", "factor"), [("mV", 1e3), ("volts", 1e6), ("uV", 1.0), ("nV", 1e-3)])
def test_other_voltages_become_microvolts(tmp_path: Path, unit: str, factor: float) -> None:
    stream = XdfStream("a", "EMG", "double64", 100.0, ("x", "y"), (unit, unit))
    recording = load_recording(at(tmp_path, file_of((stream, [(ramp(5), 1.0)]))))
    assert recording.samples == pytest.approx(ramp(5) * factor)
    assert recording.info.unit is Unit.MICROVOLT


def test_a_unit_that_is_none_is_not_called_microvolts(tmp_path: Path) -> None:
    stream = XdfStream("a", "EMG", "double64", 100.0, ("x", "y"), ("uV", "g"))
    assert load_recording(at(tmp_path, file_of((stream, [(ramp(5), 1.0)])))).info.unit is Unit.ARBITRARY


def test_prompts_become_classes(tmp_path: Path) -> None:
    prompts = XdfStream("session prompts", "Markers", "string")
    asked = [(1.02, "rest"), (1.04, "fist"), (1.06, "rest"), (1.08, "fist"), (1.09, "rest")]
    recording = load_recording(at(tmp_path, file_of((EMG, [(ramp(100), 1.0)]), (prompts, asked))))
    assert recording.class_names == ("rest", "fist", "unprompted")
    assert recording.class_of_sample.tolist() == [2] * 20 + [0] * 20 + [1] * 20 + [0] * 20 + [1] * 10 + [0] * 10
    assert recording.repetition[[0, 20, 40, 60, 80, 95]].tolist() == [0, 1, 1, 2, 2, 2]
    assert recording.session[[0, 20]].tolist() == [0, 1]


def test_marks_are_prompts_only_where_they_say_so_or_rest_is_among_them(tmp_path: Path) -> None:
    others = [(1.0, "blink"), (1.05, "cough")]
    marks = XdfStream("keyboard", "Markers", "string")
    assert load_recording(at(tmp_path, file_of((EMG, [(ramp(100), 1.0)]), (marks, others)))).class_names == ()
    asked = [(1.0, "Rest"), (1.05, "cough")]
    found = load_recording(at(tmp_path, file_of((EMG, [(ramp(100), 1.0)]), (marks, asked))))
    assert found.class_names == ("rest", "cough")
    ours = XdfStream("decisions", "Markers", "string", details={"efferent": "decisions"})
    assert load_recording(at(tmp_path, file_of((EMG, [(ramp(100), 1.0)]), (ours, asked)))).class_names == ()


def test_a_stream_is_chosen_by_type_or_by_name_or_refused(tmp_path: Path) -> None:
    other = XdfStream("cap", "EEG", "float32", 500.0, ("a", "b"))
    second = XdfStream("band", "EMG", "float32", 200.0, ("a", "b"))
    both = at(tmp_path, file_of((other, [(ramp(5), 1.0)]), (EMG, [(ramp(6), 1.0)])), "both.xdf")
    assert load_recording(both).info.name == "cuff"
    assert load_recording(both, Choice(stream="cap")).info.rate_hz == 500.0
    with pytest.raises(RecordingError, match=r"0 streams called 'x'.*'cap' \(type EEG.*choose one by its name"):
        load_recording(both, Choice(stream="x"))
    two = at(tmp_path, file_of((second, [(ramp(5), 1.0)]), (EMG, [(ramp(6), 1.0)])), "two.xdf")
    with pytest.raises(RecordingError, match="2 streams that may be EMG"):
        load_recording(two)
    with pytest.raises(RecordingError, match="says its rates itself"):
        load_recording(two, Choice(rate_hz=5.0))


def test_cut_at_any_byte_what_was_whole_comes_in_and_nothing_else(tmp_path: Path) -> None:
    marks = XdfStream("prompts", "Markers", "string")
    blocks: Blocks = [(np.full((5, 2), float(k)), 1.0 + k / 200) for k in range(4)]
    data = file_of((EMG, blocks), (marks, [(1.0, "rest"), (1.01, "fist")]))
    seen = set()
    for cut in range(len(data)):
        try:
            recording = load_recording(at(tmp_path, data[:cut]))
        except RecordingError as error:
            assert "\n" not in str(error)  # noqa: PT017
            seen.add(0)
            continue
        whole = len(recording) // 5
        assert np.array_equal(recording.samples, np.repeat(np.arange(float(whole)), 10).reshape(-1, 2))
        seen.add(whole)
    assert seen == {0, 1, 2, 3, 4}


def test_damage_in_the_middle_costs_what_it_hit(tmp_path: Path) -> None:
    blocks: Blocks = [(np.full((5, 2), float(k)), 1.0 + k / 200) for k in range(10)]
    data = bytearray(file_of((EMG, blocks)))
    block = file_of((EMG, blocks[:1]), footers=False)
    begin = len(block) - 20 - 60  # within the first block's samples
    data[begin - 30 : begin + 10] = b"\xff" * 40
    recording = load_recording(at(tmp_path, bytes(data)))
    assert set(recording.samples[:, 0].tolist()) == set(map(float, range(1, 10)))


@settings(max_examples=300)
@given(st.data())
def test_damaged_files_are_read_or_refused_in_a_sentence(tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
    marks = XdfStream("prompts", "Markers", "string")
    blocks: Blocks = [(ramp(5), 1.0 + k / 200) for k in range(4)]
    content = bytearray(file_of((EMG, blocks), (marks, [(1.0, "rest"), (1.01, "fist")])))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = at(tmp_path_factory.getbasetemp(), bytes(content), "damaged.xdf")
    try:
        recording = load_recording(path)
    except RecordingError as error:
        assert "Traceback" not in str(error)  # noqa: PT017
    else:
        assert np.isfinite(recording.samples).all()


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_whole_chunks_of_any_bytes_never_raise(junk: bytes) -> None:
    assert whole_chunks(MAGIC + junk).left_out <= len(junk)


@pytest.mark.parametrize("length_form", [(4, "<I", 0xFFFFFFF0), (8, "<Q", 1 << 60), (1, "<B", 250)])
def test_a_claimed_size_takes_no_memory(tmp_path: Path, length_form: tuple[int, str, int]) -> None:
    """Of a chunk, and of the number of samples within one."""
    size, form, claimed = length_form
    good = file_of((EMG, [(ramp(5), 1.0)]), footers=False)
    chunk = bytes([size]) + struct.pack(form, claimed) + b"\x03\x00\x01\x00\x00\x00"
    inner = b"\x03\x00\x01\x00\x00\x00" + bytes([size]) + struct.pack(form, claimed) + b"\x08" * 40
    path = at(tmp_path, good + chunk + good[4:] + bytes([1, len(inner)]) + inner)
    load_recording(at(tmp_path, good, "good.xdf"))  # what loading pyxdf takes is not counted
    tracemalloc.start()
    try:
        assert len(load_recording(path)) >= 5
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_what_cannot_be_emg_is_refused_in_a_sentence(tmp_path: Path) -> None:
    for data, message in (
        (MAGIC, "no whole stream"),
        (file_of((EMG, [])), "0 streams that may be EMG"),
        (file_of((XdfStream("a", "EMG", "float32", 0.0, ("x", "y")), [(ramp(3), np.arange(3.0))])), "0 streams"),
        (file_of((EMG, [(np.full((5, 2), np.nan), 1.0)])), "none of its 5 samples is a finite number"),
    ):
        with pytest.raises(RecordingError, match=message):
            load_recording(at(tmp_path, data))


def test_samples_that_are_no_numbers_are_left_out_like_lost_ones(tmp_path: Path) -> None:
    values = ramp(10).astype(float)
    values[4, 1] = np.nan
    recording = load_recording(at(tmp_path, file_of((EMG, [(values, 1.0)]))))
    assert recording.samples[:, 0].tolist() == [0, 1, 2, 3, 5, 6, 7, 8, 9]
    assert recording.segment.tolist() == [0] * 4 + [1] * 5


def test_entities_of_a_hostile_description_are_never_expanded(tmp_path: Path) -> None:
    bomb = (
        b'<!DOCTYPE x [<!ENTITY a "'
        + b"x" * 1000
        + b'"><!ENTITY b "'
        + b"&a;" * 1000
        + b'">]><info><name>&b;</name></info>'
    )
    chunk = struct.pack("<BIHI", 4, len(bomb) + 6, 2, 9) + bomb
    good = file_of((EMG, [(ramp(5), 1.0)]))
    assert len(load_recording(at(tmp_path, good + chunk))) == 5


def test_packed_by_gzip(tmp_path: Path) -> None:
    data = file_of((EMG, [(ramp(5), 1.0)]))
    assert len(load_recording(at(tmp_path, gzip.compress(data), "r.xdfz"))) == 5
    with pytest.raises(RecordingError, match="damaged gzip"):
        load_recording(at(tmp_path, gzip.compress(data)[:-20], "r.xdfz"))


@pytest.mark.recordings
def test_files_of_labrecorder(recordings_dir: Path) -> None:
    folder = recordings_dir / "xdf_labrecorder"
    minimal = load_recording(folder / "minimal.xdf")
    assert minimal.samples.tolist()[:3] == [[192, 255, 238], [12, 22, 32], [13, 23, 33]]
    assert (len(minimal), minimal.info.name, minimal.info.rate_hz) == (9, "SendDataC", 10.0)
    counted = load_recording(folder / "empty_streams.xdf")
    assert counted.samples[:, 0].tolist() == list(range(10))
    assert counted.info.labels == ("ch:00",)


@pytest.mark.recordings
def test_a_clock_that_was_reset_begins_a_segment(recordings_dir: Path) -> None:
    recording = load_recording(recordings_dir / "xdf_labrecorder/clock_resets.xdf")
    assert (len(recording), recording.info.channel_count, recording.info.rate_hz) == (27815, 8, 100.0)
    assert (np.flatnonzero(np.diff(recording.segment)) + 1).tolist() == [12876]
    assert recording.samples[0].round(3).tolist() == [0.142, 0.463, 0.354, 0.220, 0.761, 0.323, 0.312, 0.861]
    assert recording.samples[-1].round(3).tolist() == [0.873, 0.064, 0.684, 0.153, 0.306, 0.123, 0.711, 0.892]
    assert recording.class_names == ()


def test_full_scale_and_places_of_the_electrodes_come_back(tmp_path: Path, recording: Recording) -> None:
    places = ((1.0, 2.5, -3.0), (0.1, 0.0, 4.0))
    save_xdf(replace(recording, info=replace(recording.info, full_scale=127.0, places_mm=places)), tmp_path / "r.xdf")
    info = load_recording(tmp_path / "r.xdf").info
    assert (info.full_scale, info.places_mm) == (127.0, places)
    save_xdf(recording, tmp_path / "plain.xdf")
    plain = load_recording(tmp_path / "plain.xdf").info
    assert (plain.full_scale, plain.places_mm) == (math.inf, ())


def test_emg_channels_are_taken_from_among_others_of_their_stream(tmp_path: Path) -> None:
    data = file_of((EMG, [(ramp(5), 1.0)])).replace(b"<type>EMG</type></channel>", b"<type>ACC</type></channel>", 1)
    recording = load_recording(at(tmp_path, data))
    assert recording.info.labels == ("extensor",)
    assert recording.samples.shape == (5, 1)
