"""People at rest, with and without bursts of noise, through the controller's step and governor."""

from pathlib import Path

import numpy as np
import pytest

from cli.main import main
from controller.evaluation.bursts import Burst, add_bursts
from controller.evaluation.rest_hour import rest_hour


@pytest.mark.recordings
@pytest.mark.timeout(600)
def test_at_rest_nothing_moves(recordings_dir: Path) -> None:
    found = rest_hour([recordings_dir / "myo_readings/P02.npz"])
    assert {burst: one.movements for burst, one in found.items()} == dict.fromkeys(Burst, 0)
    assert found[Burst.NONE].engaged_s > 170.0
    # Bursts deceive the bare decoder many times; none gets as far as the arm.
    bursts = [one for burst, one in found.items() if burst is not Burst.NONE]
    assert sum(one.activations for one in bursts) > 100


@pytest.mark.parametrize("burst", list(Burst))
def test_bursts_leave_pauses_stay_in_scale_and_come_again_with_the_same_seed(burst: Burst) -> None:
    rest = np.random.default_rng(1).normal(0.0, 2.0, (12_000, 8))
    noisy = add_bursts(rest, 200.0, burst, 128.0, np.random.default_rng(2))
    again = add_bursts(rest, 200.0, burst, 128.0, np.random.default_rng(2))
    assert np.array_equal(noisy, again)
    assert np.abs(noisy).max() <= 128.0
    struck = (noisy != rest).any(axis=1).mean()
    assert struck == 0.0 if burst is Burst.NONE else 0.0 < struck < 0.6


def test_a_folder_without_recordings_of_rest_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "longterm_myo").mkdir()
    (tmp_path / "longterm_myo/sub1.npz").touch()
    assert main(["evaluate", "--data", str(tmp_path), "--rest"]) == 2
    assert "--rest needs myo_readings" in capsys.readouterr().err
