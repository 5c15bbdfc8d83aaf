"""One wearer for the tests of what-if: a model, an arm, a configuration, and EMG of rest and two motions."""

from pathlib import Path

import numpy as np

from clinic.what_if.recent_emg import Excerpt, RecentEmg
from controller.arm_config import ArmConfig, JointConfig
from controller.calibration.fit import FitSettings, fit_model
from controller.config import DeviceConfig, RunConfig, ShapingConfig
from controller.contract.requests import ProfileValues
from controller.decoders.model import Model
from controller.decoders.model_file import save_model
from controller.profile import configured_values
from tests.unit.controller.streams import labelled_noise

RATE_HZ, CHANNELS = 1000.0, 4
ARM = ArmConfig(
    name="tested",
    joints=tuple(
        JointConfig(name=name, min_rad=-9.0, max_rad=9.0, max_speed_rad_s=1.5, max_acceleration_rad_s2=15.0)
        for name in ("hand", "wrist")
    ),
)


def fitted() -> Model:
    return fit_model(labelled_noise(RATE_HZ, CHANNELS), FitSettings(settle_ms=100.0), "noise")


def run_config(folder: Path, model: Model, *, adapt: bool = True) -> RunConfig:
    save_model(model, folder / "model.npz")
    return RunConfig(
        arm=folder / "arm.toml",
        model=folder / "model.npz",
        device=DeviceConfig(kind="efferent"),
        motions={"hand_close": {"hand": 1.0}, "hand_open": {"hand": -1.0, "wrist": 0.5}},
        adapt=adapt,
        # Motions begin with any decision, so that every one of them matters.
        shaping=ShapingConfig(start_ms=0.0, start_threshold=0.0, start_effort=0.0, rejection_unlikeness=1000.0),
    )


def today(config: RunConfig, model: Model) -> ProfileValues:
    return configured_values(config.shaping, ARM, model.facts)


def excerpt(trials: int = 2, seed: int = 11, lose: slice | None = None) -> Excerpt:
    """Return rest, close, open, rest, ... of 1.5 s each, quick turns, and what is both at once.

    `lose`: rows that never arrived.
    """
    samples = labelled_noise(RATE_HZ, CHANNELS, trials=trials, seed=seed).samples
    close, opening = samples[1500:3000], samples[4500:6000]
    turns = np.where((np.arange(1500) // 300 % 2 == 0)[:, None], close, opening)
    both = np.concatenate([0.3 * close + share * 0.3 * opening for share in (0.2, 0.4, 0.6, 0.8, 1.0)])
    told = np.vstack((samples[:3000], samples[4500:], turns, both)).astype(np.float32)
    index = np.arange(len(told), dtype=np.int64) + 5000
    if lose is not None:
        kept = np.ones(len(told), dtype=np.bool_)
        kept[lose] = False
        told, index = told[kept], index[kept]
    return Excerpt(1, RATE_HZ, told, index)


def filled(keep_s: float, given: Excerpt, block: int = 33) -> RecentEmg:
    """Return a ring that got `given` in blocks, as they come over MQTT."""
    ring = RecentEmg(keep_s)
    breaks = set((np.flatnonzero(np.diff(given.index) != 1) + 1).tolist())
    first = 0
    while first < len(given.index):
        end = min([first + block, len(given.index), *(one for one in breaks if one > first)])
        assert ring.take(
            int(given.index[first]), int(given.index[end - 1]) * 1_000_000, RATE_HZ, given.samples[first:end]
        )
        first = end
    return ring
