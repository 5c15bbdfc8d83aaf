import json
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from cli.main import main
from controller.calibration.fit import FitSettings, fit_model
from controller.decoders.model_file import save_model
from drivers.recordings.load import load_recording
from drivers.recordings.own_npz import save_recording
from drivers.recordings.recording import Recording
from sim.emg.generator import WearerSignal
from sim.emg.trials import prompted_trials


@pytest.fixture(scope="module")
def wearer(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Recording]:
    """A recording with a break in its middle, and a model that was fitted to it."""
    folder = tmp_path_factory.mktemp("wearer")
    recording = prompted_trials(WearerSignal(seed=7), repetitions=2)
    recording = replace(recording, segment=(np.arange(len(recording)) >= len(recording) // 2).astype(np.int64))
    save_recording(recording, folder / "r.npz")
    save_model(fit_model(recording, FitSettings(settle_ms=250.0), "r"), folder / "m.npz")
    return folder / "r.npz", folder / "m.npz", recording


def decided(capsys: pytest.CaptureFixture[str], file: Path, model: Path, *more: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert main(["replay", str(file), "--model", str(model), "--json", *more]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_same_file_gives_the_same_decisions_whatever_its_form(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, wearer: tuple[Path, Path, Recording]
) -> None:
    file, model, recording = wearer
    first = decided(capsys, file, model)
    assert decided(capsys, file, model) == first
    assert main(["replay", str(file), "--to", str(tmp_path / "r.xdf")]) == 0
    assert decided(capsys, tmp_path / "r.xdf", model) == first
    names, half = recording.class_names, len(recording) // 2
    right = [one["decided"] == names[recording.class_of_sample[int(str(one["row"]))]] for one in first]
    assert np.mean(right) > 0.85
    rows = np.array([int(str(one["row"])) for one in first])
    hop, window = int(np.diff(rows).min()), round(0.2 * recording.info.rate_hz)
    assert np.diff(rows).max() >= window  # no window reaches over the break
    assert not ((rows >= half) & (rows < half + window - 1)).any()
    gap = int(recording.info.rate_hz)
    assert {int(str(one["sample_index"])) - int(str(one["row"])) for one in first} == {0, gap}
    assert hop == round(0.01 * recording.info.rate_hz)


def test_for_people_each_change_is_a_line_and_prompts_are_compared(
    capsys: pytest.CaptureFixture[str], wearer: tuple[Path, Path, Recording]
) -> None:
    file, model, _ = wearer
    assert main(["replay", str(file), "--model", str(model)]) == 0
    said = capsys.readouterr()
    assert "are what was asked for" in said.err
    words = [line.split()[2] for line in said.out.splitlines()]
    assert all(one != other for one, other in pairwise(words))


def test_what_it_holds(capsys: pytest.CaptureFixture[str], wearer: tuple[Path, Path, Recording]) -> None:
    file, _, recording = wearer
    assert main(["replay", str(file), "--info", "--json"]) == 0
    held = json.loads(capsys.readouterr().out)
    assert (held["kind"], held["channels"], held["breaks"]) == ("Efferent recording", 8, 1)
    assert held["seconds"] == len(recording) / recording.info.rate_hz
    assert main(["replay", str(file), "--info"]) == 0
    assert "8 channels at 1000 Hz in uV" in capsys.readouterr().out


@pytest.mark.parametrize("ending", ["xdf", "bdf", "npz"])
def test_each_form_comes_back(tmp_path: Path, wearer: tuple[Path, Path, Recording], ending: str) -> None:
    file, _, recording = wearer
    out = tmp_path / f"out.{ending}"
    assert main(["replay", str(file), "--to", str(out)]) == 0
    found = load_recording(out)
    assert found.samples == pytest.approx(recording.samples, abs=1e-3)
    assert found.class_names == recording.class_names
    for column in ("class_of_sample", "segment"):
        assert np.array_equal(getattr(found, column), getattr(recording, column)), column
    moves = recording.class_of_sample != recording.class_names.index("rest")
    # The virtual wearer's classes follow the muscles, and its repetitions the prompts a little before.
    assert np.mean(found.repetition[moves] == recording.repetition[moves]) > 0.9
    assert set(found.repetition.tolist()) == {1, 2}
    assert out.stat().st_mode & 0o777 == 0o600
    before = out.read_bytes()
    assert main(["replay", str(file), "--to", str(out)]) == 2
    assert out.read_bytes() == before
    assert main(["replay", str(file), "--to", str(out), "--overwrite"]) == 0


def test_a_model_is_fitted_to_an_xdf_file_as_to_our_own(tmp_path: Path, wearer: tuple[Path, Path, Recording]) -> None:
    file, _, _ = wearer
    assert main(["replay", str(file), "--to", str(tmp_path / "r.xdf")]) == 0
    fit = ["calibrate", "--recording", str(tmp_path / "r.xdf"), "--out", str(tmp_path / "m.npz"), "--settle-ms", "250"]
    assert main(fit) == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere.xdf"], "there is no recording"),
        (["r.npz", "--to", "x.wav"], "ends in .xdf, .bdf, .npz"),
        (["r.npz", "--to", "words.txt/x.npz"], "cannot write"),
        (["r.npz", "--session", "9"], "holds nothing of these"),
        (["r.npz", "--rate", "5"], "leave stream and rate out"),
        (["r.npz", "--rate", "-5"], "above 0"),
        (["r.npz", "--model", "r.npz"], "not a model"),
        (["r.npz", "--model", "m.npz", "--session", "1", "--repetitions", "77"], "holds nothing of these"),
        (["words.txt", "--info"], "none of the recordings"),
        (["slow.csv", "--model", "m.npz"], "does not fit"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    wearer: tuple[Path, Path, Recording],
    arguments: list[str],
    sentence: str,
) -> None:
    for file in wearer[:2]:
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "words.txt").write_text("no numbers here\n", encoding="utf-8")
    (tmp_path / "slow.csv").write_text("time,a,b\n0,1,2\n0.01,2,3\n0.02,3,4\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["replay", *arguments]) == 2
    assert sentence in capsys.readouterr().err


def test_an_installation_without_the_extra_says_what_is_missing(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    wearer: tuple[Path, Path, Recording],
) -> None:
    assert main(["replay", str(wearer[0]), "--to", str(tmp_path / "r.xdf")]) == 0
    monkeypatch.setitem(sys.modules, "pyxdf", None)
    assert main(["replay", str(tmp_path / "r.xdf"), "--info"]) == 2
    assert "efferent[recordings]" in capsys.readouterr().err
