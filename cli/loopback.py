"""The pieces that the demo and the benchmarks share: one virtual wearer, one arm, processes on this machine."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO

ARM_FILE = Path(__file__).resolve().parent.parent / "configs/arms/transhumeral.toml"
# The virtual wearer: the same seed makes the same muscles in calibration and on the device.
SEED = 7
# What each motion means for the joints; also written into the controller's configuration.
MOTIONS: dict[str, tuple[str, float]] = {
    "elbow_flexion": ("elbow", 1.0),
    "elbow_extension": ("elbow", -1.0),
    "pronation": ("wrist_rotation", -1.0),
    "supination": ("wrist_rotation", 1.0),
    "hand_open": ("hand", -1.0),
    "hand_close": ("hand", 1.0),
}
# A process that is started for another one ends with it; see cli/main.py.
PARENT_VARIABLE = "EFFERENT_PARENT"
# Labels of the virtual wearer follow the muscles, so only their rise and fall is left out of the training.
SETTLE_MS = 250.0


def run_config_text(
    device: str,
    port: Path,
    stream: str,
    broker_url: str,
    arm_file: Path = ARM_FILE,
    motions: Mapping[str, tuple[str, float]] = MOTIONS,
) -> str:
    """Return the configuration of a controller on this machine, its model beside it as `model.npz`."""
    if device == "lsl":
        source = f'kind = "lsl"\nsettings = {{ name = "{stream}" }}'
    else:
        source = f'kind = "serial"\nsettings = {{ port = "{port}" }}'
    meanings = "\n".join(f"{name} = {{ {joint} = {sign} }}" for name, (joint, sign) in motions.items())
    return (
        f'arm = "{arm_file.resolve()}"\nmodel = "model.npz"\n[device]\n{source}\n'
        f'[broker]\nurl = "{broker_url}"\n[motions]\n{meanings}\n'
    )


def start_verb(
    arguments: list[str], log: IO[str], stdin: int = subprocess.DEVNULL, stdout: int | None = None
) -> subprocess.Popen[str]:
    """Start `efferent ...` as a process of its own; its words go to `log`, its stdout elsewhere if asked."""
    return subprocess.Popen(  # noqa: S603 - our own verbs, nothing from outside
        [sys.executable, "-m", "cli.main", *arguments],
        stdin=stdin,
        stdout=log if stdout is None else stdout,
        stderr=log,
        text=True,
        env={**os.environ, PARENT_VARIABLE: str(os.getpid())},
        start_new_session=True,  # Ctrl-C is for the parent, which then ends its processes in order
    )


def last_line(log: Path) -> str:
    """Return the last line of a log that says something."""
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n") if log.exists() else []
    return next((line for line in reversed(lines) if line.strip()), "it said nothing")
