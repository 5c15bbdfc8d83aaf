"""How long a person waits for what-if: the table in docs/clinic/tune.md.

uv run python -m benchmarks.what_if [SECONDS [CHANNELS]]

60 s of EMG of 8 channels at 1 kHz unless told otherwise, the default decoder with 7 classes, learning on, through the
real process and its pipes. `new EMG`: nothing is known yet, as after "take the newest"; `slider`: another gain on the
same EMG; `threshold`: another rejection threshold, with which the decoder learns from other decisions.
`computing`: mean processor time of the process; on a machine that does other things as well, waiting takes longer.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

from clinic.what_if.recent_emg import Excerpt
from clinic.what_if.worker import Worker
from controller.arm_config import ArmConfig, JointConfig
from controller.calibration.fit import FitSettings, fit_model
from controller.config import DeviceConfig, RunConfig
from controller.contract.requests import ProfileValues
from controller.decoders.model_file import save_model
from controller.profile import configured_values
from sim.emg.generator import WearerSignal
from sim.emg.trials import prompted_trials

LEAD_S, TIMES, RATE_HZ = 2.0, 20, 1000.0
JOINTS = ("elbow", "wrist", "hand")


async def measure(seconds: float, channels: int) -> None:
    """Print p50 and p95 of each kind of question."""
    recording = prompted_trials(WearerSignal(channels, RATE_HZ))
    model = fit_model(recording, FitSettings(settle_ms=250.0), "benchmark")
    moving = [name for name in model.facts.class_names if name != "rest"]
    arm = ArmConfig(
        name="benchmark",
        joints=tuple(
            JointConfig(name=name, min_rad=-2.0, max_rad=2.0, max_speed_rad_s=1.5, max_acceleration_rad_s2=15.0)
            for name in JOINTS
        ),
    )
    rows = round((seconds + LEAD_S) * RATE_HZ)
    samples = np.resize(recording.samples, (rows + TIMES * 1000, channels)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        save_model(model, Path(folder) / "model.npz")
        config = RunConfig(
            arm=Path(folder) / "arm.toml",
            model=Path(folder) / "model.npz",
            device=DeviceConfig(kind="efferent"),
            motions={name: {JOINTS[place // 2 % 3]: (-1.0) ** place} for place, name in enumerate(moving)},
        )
        values = configured_values(config.shaping, arm, model.facts)
        worker = Worker(config, arm, within_s=60.0)
        began = time.perf_counter()
        await worker.warm_up()
        print(f"{seconds:g} s, {channels} channels, {len(model.facts.class_names)} classes, {model.facts.decoder}")
        print(f"start of the process, once: {time.perf_counter() - began:.1f} s")
        for name in ("new EMG", "slider", "threshold"):
            taken, process = [], psutil.Process(worker.pid)
            before = sum(process.cpu_times()[:2])
            for turn in range(TIMES + 1):
                first = turn * 1000 if name == "new EMG" else 0
                excerpt = Excerpt(1, RATE_HZ, samples[first : first + rows], np.arange(first, first + rows))
                share = 0.4 + 0.02 * turn
                change = (
                    ProfileValues(rejection_threshold=share)
                    if name == "threshold"
                    else ProfileValues(gain={"hand": share})
                )
                at = time.perf_counter()
                await worker.ask("default", values, change, excerpt, LEAD_S)
                taken.append(time.perf_counter() - at)
            p50, p95 = np.percentile(taken[1:], (50, 95))
            computing = (sum(process.cpu_times()[:2]) - before) / (TIMES + 1)
            print(f"{name:10s} p50 {1e3 * p50:6.0f} ms   p95 {1e3 * p95:6.0f} ms   computing {1e3 * computing:6.0f} ms")
        await worker.close()


if __name__ == "__main__":
    said = [float(one) for one in sys.argv[1:]]
    asyncio.run(measure(said[0] if said else 60.0, int(said[1]) if said[1:] else 8))
