from pathlib import Path

import numpy as np
import pytest

from controller.evaluation.data_sets import DATA_SETS, find_people
from drivers.errors import RecordingError
from tests.unit.controller.evaluation.made_people import CYCLES, PROMPT_ROWS, readings_arrays, write_people


def touch(data: Path, *names: str) -> Path:
    for name in names:
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).touch()
    return data


def test_people_are_found_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    touch(tmp_path, "myo_readings/P10.npz", "myo_readings/P2.npz", "myo_readings/README.md", "longterm_myo/sub4.npz")
    found = find_people(tmp_path)
    assert {name: [path.name for path in paths] for name, paths in found.items()} == {
        "longterm_myo": ["sub4.npz"],
        "myo_readings": ["P2.npz", "P10.npz"],
    }


def test_one_data_set_alone_will_do(tmp_path: Path) -> None:
    assert list(find_people(touch(tmp_path, "longterm_myo/sub1.npz"))) == ["longterm_myo"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ((), "found none"),
        (("data/other/P01.npz",), "none of the data sets"),
        (("data/myo_readings/sub1.npz",), r"files named P\*.npz"),
        (("data",), "found none"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(tmp_path: Path, names: tuple[str, ...], message: str) -> None:
    with pytest.raises(RecordingError, match=message):
        find_people(touch(tmp_path, *names) / "data")


def test_nothing_is_asked_for_in_recordings_of_rest_alone(tmp_path: Path) -> None:
    write_people(tmp_path, longterm=0)
    person = DATA_SETS["myo_readings"].load(tmp_path / "myo_readings/P01.npz")
    prompt = readings_arrays(1)["prompt"]
    assert np.array_equal(person.asked, prompt != 0)
    assert person.sessions == (1, 2)
    assert len(person.recording) == 2 * 8 * 2 * CYCLES * PROMPT_ROWS


def test_days_are_in_the_order_of_the_file_and_have_names(tmp_path: Path) -> None:
    write_people(tmp_path, readings=0)
    person = DATA_SETS["longterm_myo"].load(tmp_path / "longterm_myo/sub1.npz")
    assert person.session_names == {1: "1 N", 2: "2 I"}
    assert person.asked.all()
