"""MuJoCo, loaded only where an arm with mass is asked for."""

import ctypes
import os
import sys
from types import ModuleType

from sim.errors import SimError

WAY_TO_DRAW = "MUJOCO_GL"


def load_mujoco() -> ModuleType:
    """Return the module; raises `ModuleNotFoundError` where it is not installed, `SimError` where it does not load.

    MuJoCo looks for its way to draw when it is imported, and does not load where that is missing. Without a display it
    is EGL, which needs none; without EGL nothing is drawn, and all the rest works.
    """
    if sys.platform == "linux" and not os.environ.get("DISPLAY"):
        os.environ.setdefault(WAY_TO_DRAW, "egl" if _has_egl() else "disabled")
    try:
        import mujoco  # noqa: PLC0415
    except (AttributeError, OSError, RuntimeError) as error:
        way = os.environ.get(WAY_TO_DRAW, "")
        raise SimError(
            f"MuJoCo cannot be loaded with {WAY_TO_DRAW}='{way}': unset it, or try 'egl'. {error}"
        ) from error
    module: ModuleType = mujoco
    return module


def _has_egl() -> bool:
    return _loads("libEGL.so.1") and (_loads("libOpenGL.so.0") or _loads("libGL.so.1"))


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
