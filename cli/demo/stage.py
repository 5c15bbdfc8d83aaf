"""The processes of the demo: broker, emulated device, arm, controller; each one the very verb a user would type."""

import contextlib
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console

from cli.calibrate.fitting import fit_with_progress
from cli.errors import UsageError
from cli.loopback import ARM_FILE, SEED, SETTLE_MS, last_line, run_config_text, start_verb
from controller.arm_config import ArmConfig
from controller.broker_address import BrokerAddress
from controller.calibration.fit import FitSettings
from controller.config_file import load_arm
from controller.decoders.model_file import save_model
from sim.broker import BrokerKind, RunningBroker, start_broker
from sim.emg.generator import WearerSignal
from sim.emg.trials import prompted_trials

STREAM = "efferent-demo"
PATIENCE_S = 5.0


class Stage:
    """Starts everything in `set_up`, ends everything on exit, in the order that keeps the arm still.

    `more_config`: further tables of the controller's configuration; `arm_options`: of the arm's command line.
    """

    def __init__(
        self,
        broker_kind: BrokerKind,
        device: str,
        more_config: str = "",
        arm_options: tuple[str, ...] = (),
        arm_file: Path = ARM_FILE,
    ) -> None:
        self.device = device
        self.console = Console(stderr=True)
        self.arm_file = arm_file
        self.arm: ArmConfig = load_arm(arm_file)
        self.broker: RunningBroker | None = None
        self.exit_codes: dict[str, int] = {}
        self._broker_kind = broker_kind
        self._more_config, self._arm_options = more_config, arm_options
        self._folder = tempfile.TemporaryDirectory(prefix="efferent-demo-")
        self._processes: dict[str, subprocess.Popen[str]] = {}

    @property
    def folder(self) -> Path:
        """Where the demo's model, configuration and logs are, as long as it runs."""
        return Path(self._folder.name)

    @property
    def address(self) -> BrokerAddress:
        """The broker's address."""
        if self.broker is None:
            raise RuntimeError("the stage is not set up")
        return BrokerAddress(url=self.broker.url)

    def set_up(self) -> None:
        """Start broker, arm and device; calibrate a virtual wearer while these load; then start the controller."""
        self.broker = start_broker(self._broker_kind)
        self.start_arm()
        self._launch_emulator()
        self._calibrate()
        self._config.write_text(self._config_text(self.broker.url), encoding="utf-8")
        self._wait_for_emulator()
        self._wait_for_arm()
        self.start_controller()

    def start_emulator(self) -> None:
        """Start the emulated device and wait until it is there."""
        self._launch_emulator()
        self._wait_for_emulator()

    def _launch_emulator(self) -> None:
        protocol = "lsl" if self.device == "lsl" else "efferent"
        emulator = ["emulate", protocol, "--seed", str(SEED), "--control", "--name", STREAM]
        emulator += self._emulated()
        emulator += ["--link", str(self._port)] if self.device == "serial" else []
        self._start("emulator", emulator, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def _wait_for_emulator(self) -> None:
        ready = self._processes["emulator"].stdout
        if ready is None or not ready.readline():
            raise UsageError(f"the emulated device did not start: {self.last_words('emulator')}")

    def start_arm(self) -> None:
        """Start the simulated arm."""
        arm = ["arm", "--arm", str(self.arm_file), "--broker", self._arm_url, "--control", *self._arm_options]
        self._start("arm", arm, stdin=subprocess.PIPE)

    def start_controller(self) -> None:
        """Start the controller."""
        self._start("controller", ["run", "--config", str(self._config)])

    def _wait_for_arm(self) -> None:
        """Wait until the arm hears commands, so that each of them counts; an arm that ends is `ended_early`."""
        log, deadline_s = self.folder / "arm.log", time.monotonic() + PATIENCE_S
        while "is on the bus" not in log.read_text(encoding="utf-8") and not self.ended_early():
            if time.monotonic() > deadline_s:
                return
            time.sleep(0.02)

    @property
    def broker_port(self) -> int:
        """The port of the broker."""
        return 0 if self.broker is None else self.broker.port

    def restart_broker(self) -> None:
        """End the broker if it runs, and start one of the same kind on the same port."""
        if self.broker is None:
            raise RuntimeError("the stage is not set up")
        self.broker.stop()
        self.broker = start_broker(self.broker.kind, self.broker.port)

    def process(self, name: str) -> subprocess.Popen[str]:
        """Return the process of `emulator`, `arm` or `controller`."""
        return self._processes[name]

    def tell_emulator(self, line: str) -> None:
        """Send one control line (`intent MOTION EFFORT`, `unplug`, `plug`)."""
        self._tell("emulator", line)

    def put_arm_back(self) -> None:
        """Let the arm stand at rest, where its joints rest, without a way there."""
        self._tell("arm", "reset")

    def _tell(self, name: str, line: str) -> None:
        stdin = self._processes[name].stdin
        if stdin is None:
            return
        with contextlib.suppress(BrokenPipeError):  # it has ended; `ended_early` tells
            stdin.write(line + "\n")
            stdin.flush()

    def ended_early(self) -> str:
        """Name the first process that has ended by itself, with its last words; empty while all run."""
        if self.broker is not None and not self.broker.alive:
            return "the broker ended"
        for name, process in self._processes.items():
            if process.poll() is not None:
                return f"the {name} ended with exit code {process.returncode}: {self.last_words(name)}"
        return ""

    def last_words(self, name: str) -> str:
        """Return the last line that a process wrote to its log."""
        return last_line(self.folder / f"{name}.log")

    def end_controller(self) -> None:
        """End the controller; its last words hold its final counters."""
        process = self._processes.pop("controller", None)
        if process is not None:
            self.exit_codes["controller"] = _end(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.tear_down()

    def tear_down(self) -> None:
        """End the controller first: its last command is rest. Then arm, device, broker. May be called twice."""
        self.end_controller()
        for name in ("arm", "emulator"):
            process = self._processes.pop(name, None)
            if process is not None:
                self.exit_codes[name] = _end(process)
        if self.broker is not None:
            self.broker.stop()
        self._folder.cleanup()

    @property
    def _arm_url(self) -> str:
        """The broker as the arm is told it."""
        return self.address.url

    @property
    def _port(self) -> Path:
        return self.folder / "emg"

    @property
    def _config(self) -> Path:
        return self.folder / "demo.toml"

    def _config_text(self, broker_url: str) -> str:
        return run_config_text(self.device, self._port, STREAM, broker_url) + self._more_config

    def _emulated(self) -> list[str]:
        """Return what else the emulated wearer is told."""
        return []

    def _calibrate(self) -> None:
        recording = prompted_trials(WearerSignal(seed=SEED), repetitions=3)
        settings = FitSettings(settle_ms=SETTLE_MS)
        model = fit_with_progress(recording, settings, "the demo's virtual wearer", self.console)
        save_model(model, self.folder / "model.npz")

    def _start(
        self, name: str, arguments: list[str], stdin: int = subprocess.DEVNULL, stdout: int | None = None
    ) -> None:
        before = self._processes.get(name)
        if before is not None:
            _end(before)
        with (self.folder / f"{name}.log").open("w", encoding="utf-8") as log:
            self._processes[name] = start_verb(arguments, log, stdin, stdout)


def _end(process: subprocess.Popen[str]) -> int:
    """Ask a process to end, wait, insist."""
    if process.poll() is None:
        process.terminate()
    deadline_s = time.monotonic() + PATIENCE_S
    try:
        process.wait(deadline_s - time.monotonic())
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(BrokenPipeError):
                stream.close()
    return process.returncode
