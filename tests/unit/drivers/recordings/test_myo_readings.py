from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drivers.errors import RecordingError
from drivers.recordings.load import load_recording
from drivers.recordings.myo_readings import CLASS_NAMES
from drivers.source import Unit


def arrays_of_two_prompts() -> dict[str, Any]:
    """One session: a prompt of rest alone, 13 rows, then fist three times, of uneven lengths."""
    label = np.array([0] * 13 + [0, 0, 7, 7, 7, 0, 7, 7, 0, 0, 7], dtype=np.int8)
    return {
        "emg": np.arange(len(label) * 8, dtype=np.int8).reshape(-1, 8),
        "label": label,
        "session": np.full(len(label), 2, dtype=np.int8),
        "prompt": np.array([0] * 13 + [7] * 11, dtype=np.int8),
        "fs": np.array(200.0),
        "source_id": np.array("10000"),
    }


def written(tmp_path: Path, **changes: Any) -> Path:
    path = tmp_path / "P.npz"
    np.savez(path, allow_pickle=True, **(arrays_of_two_prompts() | changes))
    return path


def test_cycles_are_counted_from_each_return_to_rest(tmp_path: Path) -> None:
    recording = load_recording(written(tmp_path))
    assert recording.repetition[13:].tolist() == [1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert recording.segment.tolist() == [0] * 13 + [1] * 11
    assert recording.class_of_sample.tolist() == arrays_of_two_prompts()["label"].tolist()
    assert (recording.session == 2).all()


def test_a_prompt_of_rest_alone_is_cut_into_six_parts(tmp_path: Path) -> None:
    recording = load_recording(written(tmp_path))
    sizes = np.bincount(recording.repetition[:13], minlength=7)[1:]
    assert (np.diff(recording.repetition[:13]) >= 0).all()
    assert sizes.sum() == 13
    assert sizes.max() - sizes.min() <= 1


def test_counts_are_kept_and_not_called_microvolts(tmp_path: Path) -> None:
    recording = load_recording(written(tmp_path))
    assert recording.samples.dtype == np.float64
    assert np.array_equal(recording.samples, arrays_of_two_prompts()["emg"])
    assert (recording.info.unit, recording.info.rate_hz, recording.info.channel_count) == (Unit.ARBITRARY, 200.0, 8)
    assert recording.info.source_id == "10000"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"emg": np.zeros((24, 8))}, "emg as int8"),
        ({"emg": np.zeros(24, dtype=np.int8)}, "emg as int8"),
        ({"label": np.zeros(23, dtype=np.int8)}, "integers"),
        ({"label": np.zeros(24)}, "integers"),
        ({"label": np.full(24, 8, dtype=np.int8)}, "labels should be 0..7"),
        ({"label": np.full(24, -1, dtype=np.int8)}, "labels should be 0..7"),
        ({"fs": np.array(-1.0)}, "sample rate is -1.0"),
        ({"fs": np.array("fast")}, "should hold one number"),
        ({"source_id": np.array(5)}, "should hold text"),
        ({"surprise": np.array(5)}, "none of the recordings"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(RecordingError, match=message):
        load_recording(written(tmp_path, **changes))


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    empty = {name: array[:0] for name, array in arrays_of_two_prompts().items() if array.ndim}
    with pytest.raises(RecordingError, match="n at least 1"):
        load_recording(written(tmp_path, **empty))


@pytest.mark.recordings
@pytest.mark.parametrize("participant", [1, 2, 3, 4, 5, 6])
def test_the_real_recordings_hold_six_cycles_of_rest_and_gesture_everywhere(
    recordings_dir: Path, participant: int
) -> None:
    recording = load_recording(recordings_dir / f"myo_readings/P{participant:02}.npz")
    assert np.array_equal(np.unique(recording.session), [1, 2, 3])
    assert recording.segment[-1] == 3 * 8 - 1
    for segment in range(24):
        rows = recording.segment == segment
        repetition, label = recording.repetition[rows], recording.class_of_sample[rows]
        assert np.array_equal(np.unique(repetition), np.arange(1, 7))
        gesture = segment % 8
        for number in range(1, 7):
            cycle = label[repetition == number]
            at = np.searchsorted(cycle, 1)
            assert (cycle[:at] == 0).all()
            assert (cycle[at:] == gesture).all()
            if gesture:  # 5 s each at about 200 Hz; participant 5's last up to 8.8 s
                assert 800 < at < 1800
                assert 800 < len(cycle) - at < 1800
    assert recording.class_names == CLASS_NAMES
