"""What the demo's processes are told."""

import pytest

from cli.demo import wearer_stage
from cli.demo.wearer_stage import WearerStage
from cli.loopback import MOTIONS
from controller.config_file import load_run
from sim.wearer.traits import WearerTraits


def test_the_motions_of_the_wearers_file_are_those_of_the_demos_keys_and_script() -> None:
    with WearerStage("embedded", "serial") as stage:
        assert stage.speeds == {motion: {joint: sign} for motion, (joint, sign) in MOTIONS.items()}
        stage.config_file.write_text(stage._config_text("mqtt://127.0.0.1:1"), encoding="utf-8")
        config, arm = load_run(stage.config_file)
        assert config.motions == stage.speeds
        assert arm == stage.arm


def test_the_demos_wearer_sits_still_and_one_who_takes_a_test_does_not() -> None:
    with WearerStage("embedded", "serial") as still, WearerStage("embedded", "serial", WearerTraits()) as tested:
        assert still.preset.background.motion_bursts_per_min == 0.0
        assert tested.preset.background.motion_bursts_per_min > 0.0
        assert "--sitting-still" in still._emulated()
        assert "--sitting-still" not in tested._emulated()


def test_where_mujoco_is_not_installed_the_arm_has_no_mass(monkeypatch: pytest.MonkeyPatch) -> None:
    with WearerStage("embedded", "serial") as stage:
        assert (stage.arm_has_mass, stage._arm_options) == (True, ("--physics",))
    monkeypatch.setattr(wearer_stage, "find_spec", lambda _: None)
    with WearerStage("embedded", "serial") as stage:
        assert (stage.arm_has_mass, stage._arm_options) == (False, ())
