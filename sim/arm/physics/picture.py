"""Pictures and films of an arm with mass, drawn without a display."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sim.arm.physics.arm import PhysicalArm
from sim.arm.physics.engine import load_mujoco
from sim.errors import SimError

Frame = NDArray[np.uint8]

# The whole arm in every posture, seen from the front and from the side of the palm.
AZIMUTH_DEG, ELEVATION_DEG = 220.0, -12.0
NEAREST_M, FURTHER = 0.35, 1.4
# A scene is seen from the other side of the table, from above.
SCENE_AZIMUTH_DEG, SCENE_ELEVATION_DEG, SCENE_DISTANCE_M = 150.0, -25.0, 0.95
HOW_TO_DRAW = (
    "expected a way to draw without a display, there is none: install `efferent[render]` and EGL "
    "(Debian: apt install libegl1 libopengl0 libgl1-mesa-dri)"
)


class ArmCamera:
    """Draws an arm as it is now. Close it: it holds an OpenGL context. Raises `SimError` where nothing can be drawn."""

    def __init__(self, arm: PhysicalArm, width: int = 640, height: int = 480) -> None:
        mujoco = load_mujoco()
        self._arm = arm
        try:
            self._renderer: Any = mujoco.Renderer(arm.model, height, width)
        except (AttributeError, ImportError, RuntimeError, OSError, mujoco.FatalError) as error:
            raise SimError(f"{HOW_TO_DRAW}. It said: {error}") from error
        self._view: Any = mujoco.MjvCamera()
        self._view.azimuth, self._view.elevation = AZIMUTH_DEG, ELEVATION_DEG
        length_m = arm.table.socket_length_m + sum(link.length_m for link in arm.table.links)
        self._view.distance = NEAREST_M + FURTHER * length_m
        if arm.scene is not None:
            self._view.azimuth, self._view.elevation = SCENE_AZIMUTH_DEG, SCENE_ELEVATION_DEG
            self._view.distance = SCENE_DISTANCE_M

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._renderer.close()

    def frame(self) -> Frame:
        """Return the picture, of shape (height, width, 3): of the scene, or halfway between the socket and the hand."""
        data, scene = self._arm.data, self._arm.scene
        between = (data.body("socket").xpos + data.body("palm").xpos) / 2
        self._view.lookat[:] = between if scene is None else scene.look_m
        self._renderer.update_scene(data, self._view)
        frame: Frame = self._renderer.render().copy()
        return frame


def save_picture(path: Path, frame: Frame) -> None:
    """Write one picture; the ending says in which form (`.png`)."""
    save_film(path, [frame], 0.0)


def save_film(path: Path, frames: Sequence[Frame], frame_s: float) -> None:
    """Write pictures that follow each other after `frame_s`: an animated `.png`, `.gif` or `.webp`, or one still."""
    from PIL import Image  # noqa: PLC0415

    images = [Image.fromarray(frame) for frame in frames]
    moving: dict[str, Any] = {}
    if len(images) > 1:
        moving = {"save_all": True, "append_images": images[1:], "duration": round(frame_s * 1e3), "loop": 0}
    try:
        images[0].save(path, **moving)
    except (OSError, ValueError) as error:
        raise SimError(
            f"expected a place and an ending (.png, .gif, .webp) for a picture, got {path}: {error}"
        ) from error
