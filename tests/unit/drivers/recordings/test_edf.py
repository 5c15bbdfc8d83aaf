from dataclasses import replace
from pathlib import Path
from typing import Any

import edfio
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import RecordingError
from drivers.recordings.edf import save_bdf
from drivers.recordings.load import load_recording
from drivers.recordings.recording import Recording
from drivers.source import Unit

RATE = 500.0


def wave(seconds: int, rate_hz: float = RATE, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 50, round(seconds * rate_hz))


def signal(label: str, seconds: int = 4, rate_hz: float = RATE, unit: str = "uV", seed: int = 0) -> edfio.EdfSignal:
    return edfio.EdfSignal(wave(seconds, rate_hz, seed), rate_hz, label=label, physical_dimension=unit)


def edf_of(tmp_path: Path, *signals: edfio.EdfSignal, annotations: Any = None) -> Path:
    path = tmp_path / "r.edf"
    edfio.Edf(list(signals), annotations=annotations).write(path)
    return path


def test_edf_comes_in_with_labels_and_microvolts(tmp_path: Path) -> None:
    recording = load_recording(edf_of(tmp_path, signal("EMG left"), signal("EMG right", seed=1)))
    assert (recording.info.labels, recording.info.rate_hz) == (("EMG left", "EMG right"), RATE)
    assert recording.info.unit is Unit.MICROVOLT
    step = 2 * np.abs(wave(4)).max() / 65535
    assert np.abs(recording.samples[:, 0] - wave(4)).max() < step
    assert recording.segment.max() == 0


def test_bdf_in_millivolts_comes_in_microvolts_and_the_status_stays_out(tmp_path: Path) -> None:
    path = tmp_path / "r.bdf"
    status = edfio.BdfSignal(np.arange(2000.0), RATE, label="Status")
    edfio.Bdf([edfio.BdfSignal(wave(4), RATE, label="A1", physical_dimension="mV"), status]).write(path)
    recording = load_recording(path)
    assert recording.info.labels == ("A1",)
    assert recording.samples[:, 0] == pytest.approx(wave(4) * 1e3, abs=0.05)


def test_emg_among_other_signals_is_taken_and_mixed_rates_are_refused(tmp_path: Path) -> None:
    path = edf_of(tmp_path, signal("EMG biceps"), signal("Resp", rate_hz=50.0), signal("EMG triceps"))
    assert load_recording(path).info.labels == ("EMG biceps", "EMG triceps")
    with pytest.raises(RecordingError, match=r"several rates \(1 at 500 Hz, 1 at 50 Hz\)"):
        load_recording(edf_of(tmp_path, signal("a"), signal("b", rate_hz=50.0)))
    with pytest.raises(RecordingError, match="several rates"):
        load_recording(edf_of(tmp_path, signal("EMG a"), signal("EMG b", rate_hz=50.0)))


def test_a_unit_that_is_no_voltage_stays_arbitrary(tmp_path: Path) -> None:
    assert load_recording(edf_of(tmp_path, signal("x", unit="g"))).info.unit is Unit.ARBITRARY


def test_annotations_with_rest_are_prompts_and_others_are_not(tmp_path: Path) -> None:
    marks = [edfio.EdfAnnotation(0.5, 1.0, "Rest"), edfio.EdfAnnotation(1.5, 1.0, "fist")]
    recording = load_recording(edf_of(tmp_path, signal("EMG"), annotations=marks))
    assert recording.class_names == ("rest", "fist", "unprompted")
    changes = np.flatnonzero(np.diff(recording.class_of_sample)) + 1
    assert changes.tolist() == [250, 750, 1250]
    others = [edfio.EdfAnnotation(0.5, None, "cough"), edfio.EdfAnnotation(1.0, None, "BAD boundary")]
    plain = load_recording(edf_of(tmp_path, signal("EMG"), annotations=others))
    assert plain.class_names == ()
    assert (np.flatnonzero(np.diff(plain.segment)) + 1).tolist() == [500]


def test_breaks_of_edf_plus_d_are_breaks(tmp_path: Path) -> None:
    """edfio writes no such file: the onsets of the second half of a continuous one are moved by ten seconds."""
    path = edf_of(tmp_path, signal("EMG"), annotations=[edfio.EdfAnnotation(2.5, None, "cough")])
    data = path.read_bytes().replace(b"EDF+C", b"EDF+D")
    for second in (2, 3):
        data = data.replace(f"+{second}\x14\x14\x00".encode(), f"+{second}9\x14\x14"[:5].encode(), 1)
    path.write_bytes(data)
    recording = load_recording(path)
    assert (np.flatnonzero(np.diff(recording.segment)) + 1).tolist() == [1000, 1500]


def test_a_file_that_was_cut_is_read_up_to_its_last_whole_record(tmp_path: Path) -> None:
    path = edf_of(tmp_path, signal("EMG"))
    data = path.read_bytes()
    path.write_bytes(data[:-1])
    assert len(load_recording(path)) == 1500
    unknown = data[:236] + b"-1      " + data[244:]  # a recorder that had not ended
    path.write_bytes(unknown)
    assert len(load_recording(path)) == 2000


@pytest.mark.parametrize("cut", [8, 200, 255, 256, 300, 511, 512, 600])
def test_cut_within_the_header_is_a_sentence(tmp_path: Path, cut: int) -> None:
    path = edf_of(tmp_path, signal("EMG"))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(RecordingError, match=r"cut|damaged|no samples|whole number"):
        load_recording(path)


@pytest.mark.parametrize(
    ("at", "width", "text", "message"),
    [
        (252, 4, "9999", "9999 signals"),
        (252, 4, "-3", "-3 signals"),
        (252, 4, "no", "number of signals"),
        (244, 8, "nan", "data records of nan s"),
        (244, 8, "0", "no length"),
        (256 + 216, 8, "99999999", "nothing can have recorded"),
        (256 + 216, 8, "-5", "nothing can have recorded"),
        (256 + 216, 8, "12345678", "no samples"),
        (256 + 104, 8, "wide", "range of"),
    ],
)
def test_a_header_that_promises_nonsense_is_refused_in_a_sentence(
    tmp_path: Path, at: int, width: int, text: str, message: str
) -> None:
    path = edf_of(tmp_path, signal("EMG"))
    data = bytearray(path.read_bytes())
    data[at : at + width] = text.ljust(width).encode()
    path.write_bytes(data)
    with pytest.raises(RecordingError, match=message):
        load_recording(path)


@settings(max_examples=200)
@given(st.data())
def test_damaged_files_are_read_or_refused_in_a_sentence(tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
    folder = tmp_path_factory.getbasetemp()
    marks = [edfio.EdfAnnotation(0.5, 1.0, "rest"), edfio.EdfAnnotation(1.5, 1.0, "fist")]
    path = edf_of(folder, signal("EMG", 2, 20.0), annotations=marks)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(8, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        recording = load_recording(path)
    except RecordingError as error:
        assert str(path) in str(error)  # noqa: PT017
    else:
        assert np.isfinite(recording.samples).all()


def test_what_is_written_as_bdf_comes_back(tmp_path: Path, recording: Recording) -> None:
    path = tmp_path / "out.bdf"
    assert save_bdf(recording, path) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    found = load_recording(path)
    assert (found.info.labels, found.info.rate_hz, found.info.unit) == (("biceps", "triceps"), 1000.0, Unit.MICROVOLT)
    assert np.array_equal(found.samples, recording.samples)  # whole numbers
    assert np.array_equal(found.segment, recording.segment)
    assert found.class_names == recording.class_names
    assert np.array_equal(found.class_of_sample, recording.class_of_sample)
    assert edfio.read_bdf(path).is_continuous


@pytest.mark.parametrize(("count", "rate_hz"), [(599, 1259.259), (600, 200.0), (1, 1000.0), (521, 4000.0)])
def test_any_number_of_samples_at_any_rate_goes_into_bdf(
    tmp_path: Path, recording: Recording, count: int, rate_hz: float
) -> None:
    columns = {name: getattr(recording, name)[:count] for name in ("samples", "class_of_sample", "repetition")}
    short = replace(
        recording,
        info=replace(recording.info, rate_hz=rate_hz, labels=(), unit=Unit.ARBITRARY),
        session=recording.session[:count],
        segment=recording.segment[:count],
        **columns,
    )
    save_bdf(short, tmp_path / "out.bdf")
    found = load_recording(tmp_path / "out.bdf")
    assert len(found) == count
    assert found.info.rate_hz == pytest.approx(rate_hz, rel=1e-5)
    assert found.info.unit is Unit.ARBITRARY


def test_what_is_no_whole_number_keeps_24_bits_of_its_largest(tmp_path: Path, recording: Recording) -> None:
    samples = np.random.default_rng(3).normal(0, 40, recording.samples.shape)
    save_bdf(replace(recording, samples=samples), tmp_path / "out.bdf")
    error = np.abs(load_recording(tmp_path / "out.bdf").samples - samples).max(axis=0)
    assert (error <= 2 * np.abs(samples).max(axis=0) / (1 << 24)).all()


def test_silence_goes_into_bdf(tmp_path: Path, recording: Recording) -> None:
    save_bdf(replace(recording, samples=0 * recording.samples), tmp_path / "out.bdf")
    assert np.abs(load_recording(tmp_path / "out.bdf").samples).max() < 1e-6
