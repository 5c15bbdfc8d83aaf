import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import RecordingError
from drivers.recordings.choice import Choice
from drivers.recordings.load import load_recording
from drivers.source import Unit


def at(tmp_path: Path, text: str, name: str = "r.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def rows(count: int = 20, form: str = "{t:.3f},{a},{b}", first: int = 0) -> str:
    return "".join(form.format(t=k / 1000, k=k, a=k, b=-k) + "\n" for k in range(first, first + count))


def test_a_header_with_time_and_units(tmp_path: Path) -> None:
    recording = load_recording(at(tmp_path, "time (s),biceps (mV),triceps (mV)\n" + rows()))
    assert (recording.info.labels, recording.info.unit) == (("biceps", "triceps"), Unit.MICROVOLT)
    assert recording.info.rate_hz == pytest.approx(1000.0)
    assert recording.samples[:, 0].tolist() == [1000.0 * k for k in range(20)]
    assert recording.segment.max() == 0


@pytest.mark.parametrize(
    "text",
    [
        "time;a;b\n" + rows(form="{t:.3f};{a};{b}"),
        "time\ta\tb\n" + rows(form="{t:.3f}\t{a}\t{b}"),
        "time a b\n" + rows(form="{t:.3f}   {a} {b}"),
        '"time","a","b"\n' + rows(),
        "time;a;b\n" + rows(form="{t:.3f};{a},0;{b},0").replace("0.0", "0,0"),
        "# made by a logger\n\ntime_ms,a,b\n" + rows(form="{k},{a},{b}"),
        "Index,Time [ms],a,b\n" + rows(form="{k},{k},{a},{b}"),
        "time,a,b\r\n" + rows().replace("\n", "\r\n"),
        "\ufefftime,a,b\n" + rows(),
    ],
)
def test_delimiters_decimals_comments_and_counts(tmp_path: Path, text: str) -> None:
    recording = load_recording(at(tmp_path, text))
    assert recording.samples.tolist() == [[k, -k] for k in range(20)]
    assert recording.info.labels == ("a", "b")
    assert recording.info.rate_hz == pytest.approx(1000.0)
    assert recording.info.unit is Unit.ARBITRARY


def test_without_a_header_the_first_column_is_time_where_it_looks_like_it(tmp_path: Path) -> None:
    timed = load_recording(at(tmp_path, rows()))
    assert (timed.info.channel_count, timed.info.labels) == (2, ())
    plain = at(tmp_path, "".join(f"{k % 7},{k % 5}\n" for k in range(50)))
    with pytest.raises(RecordingError, match=r"does not say its rate.*--rate HZ"):
        load_recording(plain)
    assert load_recording(plain, Choice(rate_hz=250.0)).info.rate_hz == 250.0
    one = at(tmp_path, "".join(f"{k % 7}\n" for k in range(50)), "one.csv")
    assert load_recording(one, Choice(rate_hz=250.0)).samples.shape == (50, 1)


def test_the_rate_stands_in_a_comment(tmp_path: Path) -> None:
    text = "%OpenBCI Raw EXG Data\n%Number of channels = 2\n%Sample Rate = 250 Hz\nSample Index, Channel 0, Channel 1\n"
    recording = load_recording(at(tmp_path, text + "".join(f"{k}, {k}.5, 2.0\n" for k in range(30))))
    assert (recording.info.rate_hz, recording.info.channel_count) == (250.0, 2)


def test_emg_is_taken_from_among_others_by_name_or_by_unit(tmp_path: Path) -> None:
    named = "time,EMG 1 (uV),ACC X (g),EMG 2 (uV)\n" + rows(form="{t:.3f},{a},9,{b}")
    assert load_recording(at(tmp_path, named)).info.labels == ("EMG 1", "EMG 2")
    by_unit = "time,left_uV,temperature (C),right_mV\n" + rows(form="{t:.3f},{a},37,{b}")
    recording = load_recording(at(tmp_path, by_unit))
    assert recording.info.labels == ("left", "right")
    assert recording.samples[3].tolist() == [3.0, -3000.0]


def test_a_gap_in_the_times_is_a_break(tmp_path: Path) -> None:
    recording = load_recording(at(tmp_path, "t,a,b\n" + rows(200) + rows(200, first=203)))
    assert np.bincount(recording.segment).tolist() == [200, 200]
    rounded = "".join(f"{k / 1259.259:.3f},{k},{-k}\n" for k in range(2000))
    even = load_recording(at(tmp_path, "t,a,b\n" + rounded))
    assert even.segment.max() == 0
    assert even.info.rate_hz == pytest.approx(1259.259, rel=1e-3)


def test_milliseconds_that_nobody_calls_so_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"rise by 1 s from sample to sample.*'time \(ms\)'"):
        load_recording(at(tmp_path, "time,a,b\n" + rows(form="{k},{a},{b}")))


def test_a_column_of_classes(tmp_path: Path) -> None:
    text = "time,a,label\n" + "".join(f"{k / 100},{k},{'rest' if k % 20 < 10 else 'fist'}\n" for k in range(40))
    recording = load_recording(at(tmp_path, text))
    assert recording.class_names == ("rest", "fist")
    assert recording.class_of_sample.tolist() == ([0] * 10 + [1] * 10) * 2
    assert recording.repetition[[0, 10, 20, 30]].tolist() == [1, 1, 2, 2]


def test_empty_cells_are_lost_samples_and_words_are_refused(tmp_path: Path) -> None:
    lines = rows().splitlines()
    lines[7] = "0.007,,3"
    recording = load_recording(at(tmp_path, "time,a,b\n" + "\n".join(lines)))
    assert len(recording) == 19
    assert (np.flatnonzero(np.diff(recording.segment)) + 1).tolist() == [7]
    lines[7] = "0.007,oops,3"
    with pytest.raises(RecordingError, match=r"numbers are expected from line 2 on.*oops"):
        load_recording(at(tmp_path, "time,a,b\n" + "\n".join(lines)))


def test_a_line_that_was_cut_is_no_sample(tmp_path: Path) -> None:
    assert len(load_recording(at(tmp_path, "time,a,b\n" + rows() + "0.020,2"))) == 20


def test_packed_by_gzip_and_what_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "r.csv.gz"
    path.write_bytes(gzip.compress(("time,a,b\n" + rows()).encode()))
    assert len(load_recording(path)) == 20
    for text in ("", "\n\n", "some words\nand more of them\n", "{}"):
        with pytest.raises(RecordingError, match="none of the recordings"):
            load_recording(at(tmp_path, text))
    with pytest.raises(RecordingError, match="leave the stream out"):
        load_recording(path, Choice(stream="x"))


@settings(max_examples=300)
@given(st.data())
def test_any_text_is_read_or_refused_in_a_sentence(tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    cells = st.one_of(
        st.integers(-9, 9).map(str), st.sampled_from(["", "nan", "1e999", "a", '"', "'", "1_0", "0,5", " "])
    )
    lines = data.draw(st.lists(st.lists(cells, max_size=4).map(data.draw(st.sampled_from([",", ";", "\t", " "])).join)))
    path.write_text(data.draw(st.text(max_size=10)) + "\n".join(lines), encoding="utf-8", errors="replace")
    try:
        recording = load_recording(path, Choice(rate_hz=100.0))
    except RecordingError as error:
        assert str(path) in str(error)  # noqa: PT017
    else:
        assert np.isfinite(recording.samples).all()


@settings(max_examples=200)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_in_a_sentence(tmp_path_factory: pytest.TempPathFactory, junk: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "junk.csv"
    path.write_bytes(junk)
    try:
        load_recording(path)
    except RecordingError as error:
        assert str(path) in str(error)  # noqa: PT017


@pytest.mark.recordings
def test_a_trigno_export(recordings_dir: Path) -> None:
    recording = load_recording(recordings_dir / "trigno_csv/truncated_trigno_sample.csv.gz")
    info = recording.info
    assert (len(recording), info.rate_hz, info.unit) == (2519, 1259.259, Unit.MICROVOLT)
    assert info.labels == ("Mini sensor 10: EMG 10", "Mini sensor 11: EMG 11")
    assert recording.segment.max() == 0
    with gzip.open(recordings_dir / "trigno_csv/truncated_trigno_sample.csv.gz", "rt", encoding="latin-1") as file:
        last = file.read().splitlines()[-1].split(",")
    assert recording.samples[-1] == pytest.approx([float(last[1]) * 1e6, float(last[15]) * 1e6])
