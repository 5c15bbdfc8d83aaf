from pathlib import Path

import pytest

from controller.config_file import load_arm
from sim.errors import SimError
from sim.muscles.preset import load_wearer

CONFIGS = Path(__file__).resolve().parents[4] / "configs"
FILES = sorted((CONFIGS / "wearers").glob("*.toml"))
SIX = (CONFIGS / "wearers/transhumeral_six.toml").read_text(encoding="utf-8")
# A shoulder's arm has the joints of a transhumeral one, and more above.
ARMS = {"transhumeral": "transhumeral", "shoulder_disarticulation": "transhumeral", "transradial": "transradial"}


def refused(tmp_path: Path, old: str, new: str) -> str:
    assert SIX.count(old)
    file = tmp_path / "wearer.toml"
    file.write_text(SIX.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SimError) as caught:
        load_wearer(file)
    return str(caught.value)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_motion_moves_a_joint_of_the_arm_for_that_level(path: Path) -> None:
    wearer = load_wearer(path)
    joints = {joint.name for joint in load_arm(CONFIGS / f"arms/{ARMS[wearer.level]}.toml").joints}
    for muscle in wearer.muscles:
        assert set(muscle.moves) <= joints
    assert wearer.motions[0] == "rest"
    assert len(wearer.motions) == 1 + len(wearer.muscles)


def test_the_presets_of_the_plan_are_there() -> None:
    assert {path.stem: len(load_wearer(path).sites) for path in FILES} == {
        "shoulder_disarticulation": 5,
        "transhumeral_four": 4,
        "transhumeral_six": 6,
        "transradial": 8,
    }
    chest = load_wearer(CONFIGS / "wearers/shoulder_disarticulation.toml")
    assert sum("pectoralis" in muscle.name for muscle in chest.muscles) == 3
    assert all(site.ecg_uv > 0 for site in chest.sites)


def test_faults_are_told_with_their_line(tmp_path: Path) -> None:
    assert ":7: fat_mm: Input should be greater than or equal to 0" in refused(
        tmp_path, "fat_mm = 4.0", "fat_mm = -4.0"
    )
    assert "unknown key; is it misspelt?" in refused(tmp_path, "fat_mm = 4.0", "fat_mm = 4.0\nfatt_mm = 1")
    assert "is missing" in refused(tmp_path, 'nerve = "ulnar"\n', "")


def test_what_does_not_fit_together_is_refused(tmp_path: Path) -> None:
    assert "a name of its own" in refused(tmp_path, 'name = "biceps, short head"', 'name = "biceps, long head"')
    assert "every site needs a name" in refused(tmp_path, 'name = "triceps, inner"', 'name = "biceps, outer"')
    assert "a motion of its own" in refused(tmp_path, '"hand_close"', '"hand_open"')
    assert "not 'rest'" in refused(tmp_path, '"hand_close"', '"rest"')
    assert "there is no muscle 'deltoid'" in refused(
        tmp_path, 'coactivates = { "brachialis"', 'coactivates = { "deltoid"'
    )
    assert "must lie below the fat" in refused(tmp_path, "depth_mm = 16.0", "depth_mm = 2.0")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SimError, match="expected a configuration file at"):
        load_wearer(tmp_path / "nobody.toml")
