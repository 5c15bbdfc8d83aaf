import json
from pathlib import Path

import pytest

from cli.simulate.comparison import summary
from cli.simulate.job import FaultSpan, RunResult
from cli.simulate.report import write_report
from tests.unit.cli.simulate.scenarios import run_of

PNG = b"\x89PNG\r\n"
NAMES = ["completion_rate.png", "completion_time.png", "completions.png", "path_efficiency.png"]


def report(folder: Path, runs: list[RunResult]) -> str:
    return write_report("try <1>", "a = '<b>'", runs, summary(runs, 1.0, 0), folder).read_text(encoding="utf-8")


def test_a_report_shows_every_point_person_and_reason(tmp_path: Path) -> None:
    runs = [run_of(delay, seed, [1.0 + delay / 100.0, None], 0.0) for delay in (0.0, 100.0) for seed in (1, 2)]
    runs.append(RunResult(key="x", point={"added_delay_ms": 200.0}, seed=1, refused="no <muscle>"))
    page = report(tmp_path, runs)
    assert sorted(path.name for path in tmp_path.glob("*.png")) == NAMES
    assert all((tmp_path / name).read_bytes().startswith(PNG) for name in NAMES)
    assert "try &lt;1&gt;" in page
    assert "a = &#x27;&lt;b&gt;&#x27;" in page
    assert "no &lt;muscle&gt;" in page
    assert page.count("<td>50.0</td>") == 2 + 4
    assert json.loads((tmp_path / "simulation.json").read_text())["completion_rate"] == 0.5


@pytest.mark.parametrize(
    "points",
    [
        [{}],
        [{"decoder": "auto"}, {"decoder": "direct"}],
        [{"decoder": "auto", "shift_mm": shift} for shift in (0.0, 5.0)],
        [{"shaping.gain": '{"hand": 0.5}'}],
    ],
)
def test_any_sweep_can_be_drawn_and_equal_runs_give_equal_pictures(
    tmp_path: Path, points: list[dict[str, str | float]]
) -> None:
    runs = [run_of(0.0, 1, [1.0, 2.0], 0.0).model_copy(update={"point": point}) for point in points]
    report(tmp_path / "one", runs)
    report(tmp_path / "other", runs)
    names = [path.name for path in (tmp_path / "one").glob("*.png")]
    assert "completions.png" in names
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes() for name in names)


def test_what_went_wrong_is_drawn_over_time(tmp_path: Path) -> None:
    faults = (FaultSpan(kind="bump", at_s=1.0, for_s=None), FaultSpan(kind="sweat", at_s=2.0, for_s=3.0))
    report(tmp_path, [run_of(0.0, seed, [1.0, None], 0.0).model_copy(update={"faults": faults}) for seed in (1, 2)])
    assert (tmp_path / "over_time.png").read_bytes().startswith(PNG)


def test_runs_without_any_trial_make_a_page_without_plots(tmp_path: Path) -> None:
    report(tmp_path, [RunResult(key="x", point={}, seed=1, refused="no")])
    assert not list(tmp_path.glob("*.png"))
