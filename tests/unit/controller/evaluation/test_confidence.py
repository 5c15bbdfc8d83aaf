from pathlib import Path

import pytest

from controller.calibration.fits.kinds import FITS
from controller.evaluation.confidence import confidence_scores
from controller.evaluation.data_sets import find_people
from tests.unit.controller.evaluation.made_people import write_people


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    return find_people(write_people(tmp_path_factory.mktemp("data"), longterm=1, readings=0))


def test_every_decoder_is_asked_and_what_it_says_is_compared(people: dict[str, list[Path]]) -> None:
    told: list[str] = []
    scores = confidence_scores(people, told.append)
    assert list(scores) == ["longterm-8-same-day"]  # nobody recorded 22 motions
    row = scores["longterm-8-same-day"]
    assert list(row) == list(FITS)
    assert len(told) == len(FITS)
    for decoder, score in row.items():
        assert score.fits + score.refused == 2, decoder  # two days
        if decoder == "direct":
            continue  # made people have no muscle that they could contract by itself
        assert score.right > 0.8, decoder
        assert 0.0 <= score.calibration_error <= 0.3, decoder
        assert score.confidence == pytest.approx(score.right, abs=score.calibration_error + 1e-3), decoder
        assert score.accepted_right >= score.right - 0.05, decoder
