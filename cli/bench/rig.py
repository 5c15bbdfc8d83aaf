"""The processes that the delay is measured on: broker, emulated device, arm, a bare publisher, and a controller."""

import multiprocessing
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from cli.bench.offers import COLUMNS
from cli.bench.parts import publish_bare, read_streams, run_arm, run_device
from cli.bench.receiver import BARE_TOPIC
from cli.errors import UsageError
from cli.loopback import SEED, SETTLE_MS, last_line, run_config_text, start_verb
from controller.calibration.fit import FitSettings, fit_model
from controller.decoders.model_file import save_model
from controller.lsl_outlets import LslOutletConfig
from sim.broker import BrokerKind, RunningBroker, start_broker
from sim.emg.generator import WearerSignal
from sim.emg.trials import prompted_trials

RATE_HZ = 1000.0
# More than there are hops in a second.
COMMANDS_PER_S = 200
STREAM = "efferent-bench"


@dataclass(frozen=True, slots=True)
class Setting:
    """What is measured: which broker, how the EMG comes in, for how long; `lsl_outlet`: it is published and read."""

    duration_s: float
    broker_kind: BrokerKind
    device: str
    samples_per_packet: int
    lsl_outlet: bool = False

    @property
    def outlet(self) -> LslOutletConfig:
        """What the controller publishes; another name in each run, for more than one can be on a machine."""
        return LslOutletConfig(name=f"{STREAM} {os.getpid()}")


@dataclass(slots=True)
class Rig:
    """All but the controller, which comes and goes. `writes` and `offers`: what device and arm have logged so far."""

    folder: Path
    setting: Setting
    broker: RunningBroker
    writes: NDArray[np.int64]
    offers: NDArray[np.int64]

    @contextmanager
    def controller(self, more_config: str = "") -> Iterator["subprocess.Popen[str]"]:
        """Run a controller, with further tables of its configuration if given."""
        config = self.folder / "bench.toml"
        text = run_config_text(self.setting.device, self.folder / "emg", STREAM, self.broker.url)
        if self.setting.lsl_outlet:
            more_config += f'[lsl_outlet]\nname = "{self.setting.outlet.name}"\n'
        config.write_text(text + more_config, encoding="utf-8")
        with self._log.open("w", encoding="utf-8") as log:
            process = start_verb(["run", "--config", str(config)], log)
        try:
            yield process
            if process.poll() is not None:
                raise UsageError(f"the controller ended while measuring: {self.last_words}")
        finally:
            process.terminate()
            process.wait(10.0)

    @property
    def last_words(self) -> str:
        """What the controller said last."""
        return last_line(self._log)

    @property
    def _log(self) -> Path:
        return self.folder / "controller.log"


@contextmanager
def started_rig(console: Console, setting: Setting, lasts_s: float) -> Iterator[Rig]:
    """Set everything up for at most `lasts_s`, and take everything down. Raises `UsageError` if a part ended early."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="efferent-bench-")))
        broker = stack.enter_context(start_broker(setting.broker_kind))
        with console.status("fitting a decoder"):
            _write_model(folder)
        packets = int(lasts_s * RATE_HZ / setting.samples_per_packet)
        commands = int(lasts_s * COMMANDS_PER_S)
        writes = np.memmap(folder / "writes", np.int64, "w+", shape=(packets, 2))
        offers = np.memmap(folder / "offers", np.int64, "w+", shape=(commands, COLUMNS))
        device = (folder, setting.device, STREAM, SEED, RATE_HZ, setting.samples_per_packet, packets)
        context = multiprocessing.get_context("spawn")
        parts = [
            context.Process(name="device", target=run_device, args=device, daemon=True),
            context.Process(name="arm", target=run_arm, args=(folder, broker.url, commands), daemon=True),
            context.Process(name="bare publisher", target=publish_bare, args=(broker.url, BARE_TOPIC), daemon=True),
        ]
        if setting.lsl_outlet:
            names = (setting.outlet.stream_names(""),)
            parts.append(context.Process(name="recorder", target=read_streams, args=names, daemon=True))
        for part in parts:
            part.start()
            stack.callback(part.join, 5.0)
            stack.callback(part.terminate)
        _wait_for(folder / "device-ready", "the emulated device")
        yield Rig(folder, setting, broker, writes, offers)
        if ended := [part.name for part in parts if not part.is_alive()]:
            raise UsageError(f"a process ended while measuring: {', '.join(ended)}")


def _write_model(folder: Path) -> None:
    recording = prompted_trials(WearerSignal(seed=SEED), repetitions=2)
    save_model(fit_model(recording, FitSettings(settle_ms=SETTLE_MS), "benchmark"), folder / "model.npz")


def _wait_for(file: Path, what: str) -> None:
    deadline_s = time.monotonic() + 20.0
    while not file.exists():
        if time.monotonic() > deadline_s:
            raise UsageError(f"{what} did not start within 20 s")
        time.sleep(0.02)
