import io
import logging
import struct
from typing import Any

import numpy as np
import pytest
import pyxdf
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.recordings.xdf_writer import XdfStream, XdfWriter

EMG = XdfStream("cuff", "EMG", "double64", 1000.0, ("flexor", "extensor"), ("microvolts",) * 2, "unit 3", even=True)


@pytest.fixture(autouse=True)
def _quiet() -> None:
    logging.getLogger("pyxdf").setLevel(logging.CRITICAL)


def read(data: bytes, **options: Any) -> list[dict[str, Any]]:
    streams: list[dict[str, Any]] = pyxdf.load_xdf(io.BytesIO(data), **options)[0]
    return streams


def written(stream: XdfStream, *blocks: tuple[np.ndarray, Any], footers: bool = True) -> bytes:
    writer = XdfWriter()
    data = writer.header("2026-01-01T00:00:00+00:00")
    number, header = writer.add(stream, 10.0)
    data += header
    for values, stamps in blocks:
        data += writer.samples(number, values, stamps) + writer.boundary()
    return data + (writer.footers() if footers else b"")


@pytest.mark.parametrize("channel_format", ["float32", "double64", "int8", "int16", "int32", "int64"])
def test_pyxdf_reads_each_format_back_exactly(channel_format: str) -> None:
    values = np.array([[1.0, -2.0], [3.0, 127.0], [-128.0, 0.0]])
    stream = XdfStream("a", "EMG", channel_format, 8.0, ("x", "y"), even=True)
    (found,) = read(written(stream, (values, 5.0)))
    assert np.array_equal(found["time_series"], values)
    assert found["time_stamps"].tolist() == [5.0, 5.125, 5.25]
    assert found["info"]["channel_format"] == [channel_format]


def test_doubles_keep_every_bit_and_stamps_too() -> None:
    values = np.random.default_rng(1).normal(size=(1000, 2)) * 1e-3
    stamps = 123456.0 + np.arange(1000) / 997.0
    (found,) = read(written(EMG, (values[:300], stamps[:300]), (values[300:], stamps[300:])))
    assert np.array_equal(found["time_series"], values)
    assert np.array_equal(found["time_stamps"], stamps)


def test_a_gap_is_a_step_of_the_stamps_and_nobody_smooths_it_over() -> None:
    values = np.zeros((100, 2))
    (found,) = read(written(EMG, (values, 1.0), (values, 1.0 + 0.1 + 0.037)))
    steps = np.diff(found["time_stamps"])
    assert steps[99] == pytest.approx(0.038)
    assert np.delete(steps, 99) == pytest.approx(0.001)


def test_metadata_have_the_names_that_readers_look_for() -> None:
    (found,) = read(written(EMG, (np.zeros((3, 2)), 1.0)))
    info = found["info"]
    assert (info["name"], info["type"], info["channel_count"], info["nominal_srate"], info["source_id"]) == (
        ["cuff"],
        ["EMG"],
        ["2"],
        ["1000.0"],
        ["unit 3"],
    )
    channels = info["desc"][0]["channels"][0]["channel"]
    assert [channel["label"] for channel in channels] == [["flexor"], ["extensor"]]
    assert {(channel["unit"][0], channel["type"][0]) for channel in channels} == {("microvolts", "EMG")}
    footer = found["footer"]["info"]
    assert footer["sample_count"] == ["3"]
    assert (footer["first_timestamp"], footer["last_timestamp"]) == (["1.0"], ["1.002"])
    assert set(found["clock_values"]) == {0.0}


def test_texts_come_back_with_their_stamps_beside_the_samples() -> None:
    writer = XdfWriter()
    data = writer.header("now")
    emg, header = writer.add(EMG, 1.0)
    marks, more = writer.add(XdfStream("marks", "Markers", "string"), 1.0)
    texts = [(1.5, "rest"), (2.25, "hand close ✊"), (3.0, ""), (4.0, "x" * 70_000)]
    data += header + more + writer.samples(emg, np.ones((2, 2)), 1.0) + writer.texts(marks, texts) + writer.footers()
    _, found = read(data)
    assert [(float(t), row[0]) for t, row in zip(found["time_stamps"], found["time_series"], strict=True)] == texts
    assert writer.texts(marks, []) == b""


@settings(max_examples=200)
@given(name=st.text(min_size=1), label=st.text())
def test_no_name_of_a_device_makes_a_file_that_cannot_be_read(name: str, label: str) -> None:
    stream = XdfStream(name, "EMG", "float32", 100.0, (label,), details={"device": name})
    (found,) = read(written(stream, (np.ones((1, 1)), 1.0)))
    assert len(found["time_series"]) == 1
    if name.isprintable() and name.strip():
        assert found["info"]["name"] == [name]


def test_many_samples_in_one_chunk_and_none_at_all() -> None:
    values = np.arange(600_000.0).reshape(-1, 2)
    (found,) = read(written(EMG, (values, 1.0), (values[:0], 1.0)))
    assert np.array_equal(found["time_series"], values)


def test_pyxdf_opens_what_was_whole_when_the_end_is_missing() -> None:
    """Cut at any byte: pyxdf gives the whole chunks, but for the few places where it stumbles over a cut itself.

    These are the two bytes of a chunk's tag, and the last sample of a chunk, of which it takes what bytes there are.
    Our own reader has neither weakness (test_xdf).
    """
    blocks = [(np.full((5, 2), float(k)), 1.0 + k) for k in range(4)]
    head, data = len(written(EMG, footers=False)), written(EMG, *blocks, footers=False)
    per_block = (len(data) - head) // 4
    refused, guessed = 0, 0
    for cut in range(head, len(data)):
        try:
            (found,) = read(data[:cut], dejitter_timestamps=False)
        except struct.error:
            refused += 1
            continue
        whole = (cut - head) // per_block
        count = len(found["time_series"])
        assert count in (5 * whole, 5 * whole + 5)
        assert np.array_equal(found["time_series"][: 5 * whole], np.repeat(np.arange(float(whole)), 10).reshape(-1, 2))
        sample_bytes = 1 + 16
        chunk_end = head + whole * per_block + per_block - 20  # before the boundary
        guessed += count > 5 * whole and cut < chunk_end
        assert count == 5 * whole or cut > chunk_end - sample_bytes
    assert refused == 4 * 2 * 2
    assert guessed
