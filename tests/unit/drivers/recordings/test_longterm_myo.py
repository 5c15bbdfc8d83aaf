from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drivers.errors import RecordingError
from drivers.recordings.longterm_myo import day_names, load, recognises
from drivers.source import Unit

DAYS, MOTIONS, TRIALS, SAMPLES, CHANNELS = 2, 3, 4, 5, 8


def arrays() -> dict[str, Any]:
    """Each sample says where it belongs: day, motion, trial, sample, channel, as decimal digits."""
    day, motion, trial, sample, channel = np.indices((DAYS, MOTIONS, TRIALS, SAMPLES, CHANNELS))
    return {
        "emg": (10000 * day + 1000 * motion + 100 * trial + 10 * sample + channel).astype(np.int16),
        "scale": np.array(0.5),
        "day": np.array([1, 17], dtype=np.int16),
        "position": np.array(["N", "I"]),
        "motion": np.array(["rest", "WF", "HC"]),
        "fs": np.array(200.0),
        "dof_name": np.array(["something more"]),
    }


def written(tmp_path: Path, **changes: Any) -> Path:
    path = tmp_path / "sub7.npz"
    np.savez(path, allow_pickle=True, **(arrays() | changes))
    return path


def test_rows_are_in_the_order_of_time_with_every_trial_a_segment(tmp_path: Path) -> None:
    recording = load(written(tmp_path))
    first = (recording.samples[::SAMPLES, 0] * 2).astype(int)
    assert first.tolist() == [
        10000 * day + 1000 * motion + 100 * trial
        for day in range(DAYS)
        for trial in range(TRIALS)
        for motion in range(MOTIONS)
    ]
    assert (recording.samples[:SAMPLES, 3] * 2).astype(int).tolist() == [3, 13, 23, 33, 43]
    assert recording.segment[::SAMPLES].tolist() == list(range(DAYS * TRIALS * MOTIONS))
    assert (np.diff(recording.segment) >= 0).all()


def test_columns_say_motion_round_and_day(tmp_path: Path) -> None:
    recording = load(written(tmp_path))
    assert recording.class_names == ("rest", "WF", "HC")
    assert recording.class_of_sample[: 4 * SAMPLES : SAMPLES].tolist() == [0, 1, 2, 0]
    assert recording.repetition[: 4 * SAMPLES : SAMPLES].tolist() == [1, 1, 1, 2]
    assert np.unique(recording.session).tolist() == [1, 17]
    assert (recording.info.channel_count, recording.info.rate_hz, recording.info.unit) == (8, 200.0, Unit.ARBITRARY)
    assert recording.info.source_id == "sub7"


def test_a_day_is_called_by_its_number_and_the_placement(tmp_path: Path) -> None:
    assert day_names(written(tmp_path)) == {1: "1 N", 17: "17 I"}


def test_it_is_recognised_by_its_arrays(tmp_path: Path) -> None:
    assert recognises(written(tmp_path))
    other = tmp_path / "other.npz"
    np.savez(other, emg=np.zeros(3))
    assert not recognises(other)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"emg": np.zeros((2, 3, 4, 5, 8))}, "emg as int16"),
        ({"emg": np.zeros((3, 4, 5, 8), dtype=np.int16)}, "emg as int16"),
        ({"day": np.array([1, 2, 3])}, "one number for each day"),
        ({"day": np.array([3, 3])}, "number each day differently"),
        ({"motion": np.array(["rest", "WF"])}, "name each of its 3 motions"),
        ({"motion": np.arange(3)}, "should hold text"),
        ({"scale": np.array([1.0, 2.0])}, "one number"),
        ({"fs": np.array(0.0)}, "sample rate"),
        ({"scale": np.array(np.nan)}, "not finite"),
        ({"emg": np.zeros((2, 3, 4, 0, 8), dtype=np.int16)}, "n at least 1"),
        ({"emg": np.array([None])}, "damaged"),
    ],
)
def test_anything_else_is_refused_in_a_sentence(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(RecordingError, match=message):
        load(written(tmp_path, **changes))


def test_positions_must_fit_the_days(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="one position for each day"):
        day_names(written(tmp_path, position=np.array(["N"])))
