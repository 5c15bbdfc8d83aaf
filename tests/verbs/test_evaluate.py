"""`efferent evaluate` as people and scripts run it: real processes, whole folders."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cli.main import VERBS, main
from controller.evaluation.suite import STANDARD
from tests.unit.controller.evaluation.made_people import longterm_arrays, write_people

pytestmark = pytest.mark.timeout(300)
NAMES = [test.name for test in STANDARD]


@pytest.fixture(autouse=True)
def verb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VERBS, "evaluate", "measure how well a decoder does on recorded people")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_people(tmp_path_factory.mktemp("data"), longterm=2, readings=1)


def evaluated(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["evaluate", *arguments, "--json"]) == 0
    summary: dict[str, Any] = json.loads(capsys.readouterr().out)
    return summary


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return the one sentence on stderr."""
    assert main(["evaluate", *arguments]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert "Traceback" not in output.err
    lines = [line for line in output.err.splitlines() if line.startswith("efferent evaluate:")]
    assert len(lines) == 1
    return lines[0]


def test_scripts_read_every_test_whose_people_are_there(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    summary = evaluated(capsys, "--data", str(data), "--suite", "standard")
    tests = summary["tests"]
    # The made people have eight motions: the tests of 22 are left out, and it is said.
    assert list(tests) == [name for name in NAMES if "-22-" not in name]
    assert [note.split(":")[0] for note in summary["notes"]] == [name for name in NAMES if "-22-" in name]
    assert summary["decoder"] == "gaussian"
    for name, test in tests.items():
        assert list(test["people"]) == (["sub1", "sub2"] if name.startswith("longterm") else ["P01"])
        assert test["error_percent"] == pytest.approx(np.mean(list(test["people"].values())), abs=1e-3)
        assert 0.0 <= test["error_percent_without_adaptation"] <= 100.0
        assert test["windows"] > 0
    assert summary["dropped_channels"]["any_two_within_bound"]
    assert summary["transitions"]["other sessions"]["onset"]["missed"] >= 0
    assert summary["time_per_decision_us"]["decide_p50"] > 0.0


def test_the_answer_does_not_depend_on_the_number_of_processes(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, three = (
        evaluated(capsys, "--data", str(data), "--seed", "5", "--decoder", "log-covariance-lda", "--jobs", jobs)
        for jobs in ("1", "3")
    )
    for summary in (one, three):
        del summary["time_per_decision_us"]
    assert one == three


def test_without_adaptation_there_is_one_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    summary = evaluated(capsys, "--data", str(write_people(tmp_path, readings=0, days=1)), "--no-adaptation")
    assert not summary["adaptation"]
    assert summary["tests"]
    assert all("error_percent_without_adaptation" not in test for test in summary["tests"].values())


def test_one_data_set_alone_is_evaluated_and_the_other_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_people(tmp_path, longterm=0)
    assert main(["evaluate", "--data", str(tmp_path), "--decoder", "log-covariance-lda"]) == 0
    out = capsys.readouterr().out
    assert "longterm_myo: no such folder, left out" in out
    assert "myo-other-sessions" in out
    assert "longterm-8" not in out


def test_a_report_is_one_page_with_the_numbers_beside_it(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="plots need matplotlib: uv sync --extra evaluate")
    folder = tmp_path / "deep/report"
    assert main(["evaluate", "--data", str(data), "--decoder", "log-covariance-lda", "--report", str(folder)]) == 0
    page = (folder / "evaluation.html").read_text(encoding="utf-8")
    numbers = json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))
    # Errors, sessions, delays, dead channels, and a confusion matrix for each test.
    assert page.count("data:image/png;base64,") == 4 + len(numbers["tests"])
    assert "src='http" not in page
    assert f"<b class='{_verdict(numbers['tests']['myo-same-session'])}'>" in page


def _verdict(test: dict[str, Any]) -> str:
    return "met" if test["error_percent"] <= test["goal_percent"] else "missed"


def test_folders_that_hold_nothing_to_evaluate_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "found none" in refused(capsys, "--data", str(tmp_path / "nowhere"))
    assert "none of the data sets" in refused(capsys, "--data", str(tmp_path))
    (tmp_path / "myo_readings").mkdir()
    assert "P*.npz" in refused(capsys, "--data", str(tmp_path))


def test_a_damaged_file_is_named(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(data, tmp_path, dirs_exist_ok=True)
    whole = (data / "myo_readings/P01.npz").read_bytes()
    (tmp_path / "myo_readings/P02.npz").write_bytes(whole[: len(whole) // 2])
    assert "P02.npz is damaged" in refused(capsys, "--data", str(tmp_path), "--decoder", "td4-lda")


def test_training_data_that_will_not_do_are_named_with_their_person(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_people(tmp_path, readings=0)
    arrays = longterm_arrays(3)
    arrays["emg"][:, :, :, :, 4] = 0
    np.savez(tmp_path / "longterm_myo/sub3.npz", allow_pickle=False, **arrays)
    sentence = refused(capsys, "--data", str(tmp_path), "--decoder", "td4-lda")
    assert "sub3.npz in longterm-8" in sentence
    assert "channel 5 never changes" in sentence


def test_bad_options_are_refused(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--jobs" in refused(capsys, "--data", str(data), "--jobs", "0")
    assert "--seed" in refused(capsys, "--data", str(data), "--seed", "-1")
    pytest.importorskip("matplotlib", reason="without it the missing library is named first")
    (tmp_path / "a-file").touch()
    assert "cannot write a report" in refused(capsys, "--data", str(data), "--report", str(tmp_path / "a-file"))


def test_a_report_without_its_library_says_what_to_install(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.evaluate.verb.find_spec", lambda _: None)
    assert "efferent[evaluate]" in refused(capsys, "--data", str(data), "--report", str(tmp_path / "report"))
    assert not (tmp_path / "report").exists()


@pytest.mark.recordings
def test_the_default_decoder_keeps_to_its_errors_on_real_people(
    recordings_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two people of the shared data, in less than a minute; all of them are `efferent evaluate`'s own job."""
    for name in ("longterm_myo/sub2.npz", "myo_readings/P05.npz"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).symlink_to(recordings_dir / name)
    summary = evaluated(capsys, "--data", str(tmp_path))
    # Measured when this was written: 0.0, 0.1, 0.1, 2.3, 12.2, 3.6, 2.2, 2.6; without adaptation the last is 48.
    highest = (0.5, 0.5, 0.5, 3.0, 14.0, 4.5, 2.8, 4.0)
    errors = {name: test["error_percent"] for name, test in summary["tests"].items()}
    assert list(errors) == NAMES
    assert {name: error for (name, error), most in zip(errors.items(), highest, strict=True) if error > most} == {}
    windows = {name: test["windows"] for name, test in summary["tests"].items()}
    assert windows["longterm-22-other-days"] == 7 * 22 * 4 * 26
    assert windows["longterm-8-one-trial"] == 7 * 8 * 3 * 26
    assert summary["dropped_channels"]["any_two_within_bound"]
