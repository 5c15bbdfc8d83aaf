"""Drawing needs EGL, which a machine without a graphics library lacks: then the sentence is what is tested."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sim.arm.physics.picture import HOW_TO_DRAW, ArmCamera, save_film, save_picture
from sim.errors import SimError
from tests.unit.sim.arm.physics.conftest import MakeArm, let_pass


def camera_of(make: MakeArm) -> tuple[ArmCamera, MakeArm]:
    arm = make()
    try:
        return ArmCamera(arm, 160, 120), lambda: arm
    except SimError as error:
        if HOW_TO_DRAW not in str(error):
            raise
        pytest.skip(f"nothing can be drawn on this machine: {error}")


def test_a_picture_shows_the_arm_and_another_posture_another_picture(make: MakeArm, tmp_path: Path) -> None:
    camera, arm = camera_of(make)
    with camera:
        first, again = camera.frame(), camera.frame()
        assert first.shape == (120, 160, 3)
        assert np.array_equal(first, again)
        assert len(np.unique(first.reshape(-1, 3), axis=0)) > 50
        let_pass(arm(), 1.0, elbow=1.0)
        second = camera.frame()
        assert np.mean(np.any(first != second, axis=2)) > 0.02
    save_picture(tmp_path / "arm.png", first)
    assert np.array_equal(np.asarray(Image.open(tmp_path / "arm.png")), first)
    for ending in ("png", "gif", "webp"):
        save_film(tmp_path / f"film.{ending}", [first, second, first], 0.04)
        with Image.open(tmp_path / f"film.{ending}") as film:
            assert getattr(film, "n_frames", 1) == 3


@pytest.mark.parametrize("name", ["arm.mp5", "nowhere/arm.png", "arm"])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(SimError, match=r"expected a place and an ending \(.png, .gif, .webp\) for a picture, got"):
        save_picture(tmp_path / name, np.zeros((4, 4, 3), np.uint8))
