"""What a figure was measured on."""

import os
import platform
from pathlib import Path


def machine() -> dict[str, str | int | float]:
    """Return processor, cores, system, Python, and how many processes wanted to run in the last minute, on average.

    The last, `load`, is -1 where the system does not say.
    """
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else -1.0,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
