from dataclasses import replace

import numpy as np
import pytest

from drivers.recordings.prompts import Prompts, labels_of, look_like_prompts, without_unprompted
from drivers.recordings.recording import Recording


def labels(*prompts: tuple[int, str], count: int = 100) -> tuple[tuple[str, ...], list[str], list[int]]:
    """Return the class names, and class and repetition of every tenth sample."""
    found = labels_of(Prompts(np.array([row for row, _ in prompts]), tuple(text for _, text in prompts)), count)
    classes = [found.class_names[index] for index in found.class_of_sample[::10]]
    return found.class_names, classes, found.repetition[::10].tolist()


def test_a_session_as_calibrate_prompts_it() -> None:
    names, classes, repetition = labels(
        (0, "rest"), (10, "fist"), (20, "rest"), (30, "point"), (40, "rest"), (50, "fist"), (60, "rest"), (70, "point"),
        (80, "rest"), (90, ""),
    )  # fmt: skip
    assert names == ("rest", "fist", "point", "unprompted")
    assert classes == ["rest", "fist", "rest", "point", "rest", "fist", "rest", "point", "rest", "unprompted"]
    assert repetition == [1, 1, 1, 1, 2, 2, 2, 2, 2, 0]


@pytest.mark.parametrize(
    "prompts",
    [
        ((50, "rest"), (20, "fist")),  # not in order
        ((-5, "rest"), (500, "fist")),  # outside
        ((0, "rest"), (0, "fist")),
    ],
)
def test_whatever_the_rows_each_sample_has_one_class(prompts: tuple[tuple[int, str], ...]) -> None:
    found = labels_of(Prompts(np.array([row for row, _ in prompts]), tuple(text for _, text in prompts)), 100)
    assert len(found.class_of_sample) == len(found.repetition) == len(found.session) == 100
    assert found.class_of_sample.max() < len(found.class_names)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["rest", "fist"], True),
        ([" Rest ", "fist"], True),
        (["rest"], False),
        (["blink", "cough"], False),
        ([], False),
        (["rest", *(str(k) for k in range(300))], False),
    ],
)
def test_marks_with_rest_among_them_look_like_prompts(texts: list[str], expected: bool) -> None:
    assert look_like_prompts(texts) is expected


def test_a_fit_gets_what_was_prompted_alone(recording: Recording) -> None:
    unprompted = replace(
        recording,
        class_names=("rest", "fist", "unprompted"),
        class_of_sample=np.where(np.arange(600) < 100, 2, recording.class_of_sample),
    )
    found = without_unprompted(unprompted)
    assert found.class_names == ("rest", "fist")
    assert len(found) == 500
    assert np.array_equal(found.samples, recording.samples[100:])
    assert without_unprompted(recording) is recording
