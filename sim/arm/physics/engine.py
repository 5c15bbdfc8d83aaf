"""MuJoCo, loaded only where an arm with mass is asked for."""

import os
import sys
from types import ModuleType


def load_mujoco() -> ModuleType:
    """Return the module; raises `ModuleNotFoundError` where it is not installed.

    MuJoCo chooses its way to draw when it is imported: without a display that must be EGL, which needs none.
    """
    if sys.platform == "linux" and not os.environ.get("DISPLAY"):
        os.environ.setdefault("MUJOCO_GL", "egl")
    import mujoco  # noqa: PLC0415

    module: ModuleType = mujoco
    return module
