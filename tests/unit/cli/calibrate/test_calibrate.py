"""`efferent calibrate` as people and scripts call it, on recordings."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from cli.main import main
from controller.decoders.model_file import load_model
from drivers.recordings.own_npz import save_recording
from tests.unit.controller.streams import labelled_noise

SETTLE = ("--settle-ms", "250")


@pytest.fixture
def day_one(tmp_path: Path) -> Path:
    save_recording(labelled_noise(), tmp_path / "one.npz")
    moved = labelled_noise(trials=1, seed=11)
    moved = dataclasses.replace(moved, samples=0.2 * np.roll(moved.samples, 1, axis=1))
    save_recording(moved, tmp_path / "two.npz")
    assert main(["calibrate", "--recording", f"{tmp_path}/one.npz", "--out", f"{tmp_path}/m.npz", *SETTLE]) == 0
    return tmp_path


def test_scores_come_as_a_table_as_lines_or_as_json(day_one: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    base = ["calibrate", "--recording", f"{day_one}/one.npz", "--out", f"{day_one}/m.npz", *SETTLE]
    assert main(base) == 0
    assert "hand_close:2" in capsys.readouterr().err
    assert main([*base, "--plain"]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[1] for line in lines[:2]] == ["rest:1:", "hand_close:1:"]
    assert main([*base, "--json"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert [trial["trial"] for trial in json.loads(said.out)["trials"]][:2] == ["rest:1", "hand_close:1"]


def test_a_trial_that_is_left_out_teaches_nothing(day_one: Path) -> None:
    whole = load_model(day_one / "m.npz").facts.training_windows
    base = ["calibrate", "--recording", f"{day_one}/one.npz", "--out", f"{day_one}/part.npz", *SETTLE]
    assert main([*base, "--without", "hand_close:2"]) == 0
    part = load_model(day_one / "part.npz").facts.training_windows
    assert part[1] < whole[1]
    assert part[2] == whole[2]


def test_leaving_out_what_is_not_there_leaves_the_model(day_one: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (day_one / "m.npz").read_bytes()
    base = ["calibrate", "--recording", f"{day_one}/one.npz", "--out", f"{day_one}/m.npz", *SETTLE]
    assert main([*base, "--without", "hand_close:9"]) == 2
    assert "has no trial hand_close:9; it has rest:1" in capsys.readouterr().err
    assert (day_one / "m.npz").read_bytes() == before


def test_a_session_is_added_in_place_and_the_model_before_it_kept(
    day_one: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (day_one / "m.npz").read_bytes()
    capsys.readouterr()
    add = ["calibrate", "--add", "--model", f"{day_one}/m.npz", "--recording", f"{day_one}/two.npz", *SETTLE]
    assert main([*add, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["held_out_error_percent"] < 3.0
    assert told["held_out_error_before_percent"] > 50.0
    assert load_model(day_one / "m.npz").facts.trained_on == "one.npz; added: two.npz"
    assert (day_one / "m.npz.previous").read_bytes() == before


def test_what_cannot_learn_on_top_is_fitted_anew_with_its_recording(
    day_one: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = f"{day_one}/lda.npz"
    fit = ["calibrate", "--recording", f"{day_one}/one.npz", "--out", model, "--decoder", "lda", *SETTLE]
    assert main(fit) == 0
    add = ["calibrate", "--add", "--model", model, "--recording", f"{day_one}/two.npz", *SETTLE]
    assert main(add) == 2
    assert "--training FILE" in capsys.readouterr().err
    assert main([*add, "--training", f"{day_one}/one.npz"]) == 0
    assert "% with it" in capsys.readouterr().out


def test_adding_to_no_model_is_refused(day_one: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add = ["calibrate", "--add", "--recording", f"{day_one}/two.npz"]
    assert main(add) == 2
    assert "needs --model FILE" in capsys.readouterr().err
    assert main([*add, "--model", f"{day_one}/none.npz"]) == 2
    assert "found none" in capsys.readouterr().err


def test_features_notch_and_speed_path_go_into_the_model_and_are_told(
    day_one: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    fit = ["calibrate", "--recording", f"{day_one}/one.npz", "--out", f"{day_one}/chest.npz", *SETTLE]
    assert main([*fit, "--features", "td4_ar4", "--notch-hz", "60", "--chest"]) == 0
    said = capsys.readouterr()
    assert "notch at 60 Hz and its harmonics, as asked for" in said.err
    assert "td4_ar4 of 4 channels" in said.out
    model = load_model(day_one / "chest.npz")
    facts = model.facts
    assert (facts.decoder, facts.feature_set, facts.notch_hz, facts.speed_high_pass_hz) == ("lda", "td4_ar4", 60, 100)
    assert len(model.speed_sections)
    assert main([*fit, "--notch-hz", "off"]) == 0
    assert "mains not looked for: no notch" in capsys.readouterr().err
    assert main(fit) == 0
    assert "no mains hum at rest that needs a notch" in capsys.readouterr().err


def test_a_configuration_that_names_no_feature_set_is_refused_before_the_prompts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arm = Path(__file__).resolve().parents[4] / "configs/arms/transhumeral.toml"
    (tmp_path / "run.toml").write_text(
        f'arm = "{arm}"\nmodel = "m.npz"\n[device]\nkind = "serial"\nsettings = {{ port = "/dev/null" }}\n'
        '[motions]\nhand_close = { hand = 1.0 }\n[features]\nname = "td5"\n'
    )
    assert main(["calibrate", "--config", f"{tmp_path}/run.toml"]) == 2
    assert "[features] name: no feature set 'td5' for the decoder auto" in capsys.readouterr().err
