"""The whole way: last sample of a hop written by the device → command at another MQTT client.

Processes: broker, emulated device, controller (`efferent run`), arm (`efferent arm`), a bare publisher, and this one,
which receives both. All stamps are of one machine's monotonic clock.
"""

import asyncio
import multiprocessing
import secrets
import subprocess
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from cli.bench.parts import publish_bare, run_device
from cli.errors import UsageError
from cli.loopback import ARM_FILE, SEED, SETTLE_MS, last_line, run_config_text, start_verb
from controller.broker_address import BrokerAddress
from controller.bus import Bus
from controller.calibration.fit import FitSettings, fit_model
from controller.contract.command import Command
from controller.contract.requests import Mode, ModeRequest
from controller.contract.status import ControllerStatus
from controller.contract.topics import Topics
from controller.decoders.model_file import save_model
from controller.safety.states import State
from controller.tasks import end_task
from sim.broker import BrokerKind, start_broker
from sim.emg.generator import WearerSignal
from sim.emg.trials import prompted_trials

RATE_HZ = 1000.0
STREAM = "efferent-bench"
ENGAGED_WITHIN_S = 60.0
# Left out at the beginning: connections and caches warm up.
WARM_UP_S = 1.0


@dataclass(frozen=True, slots=True)
class LatencyResult:
    """Percentiles in ms; CPU and memory are the controller's."""

    broker: str
    device: str
    duration_s: float
    decisions: int
    ours_ms: dict[str, float]
    bare_ms: dict[str, float]
    cpu_percent: float
    rss_mb: float
    start_to_first_decision_s: float
    deadline_misses: int


@dataclass(slots=True)
class _Receiver:
    """Stamps each command and each bare message as it comes in."""

    topics: Topics
    commands: list[tuple[int, int]] = field(default_factory=list)  # (sample index, arrival ns)
    bare_ns: list[int] = field(default_factory=list)
    status: ControllerStatus | None = None
    first_decision_ns: int = 0
    counting: bool = False

    def take(self, topic: str, payload: bytes) -> None:
        """Take one message."""
        now_ns = time.monotonic_ns()
        if topic == self.topics.command:
            command = Command.model_validate_json(payload)
            if command.sample_index >= 0 and not self.first_decision_ns:
                self.first_decision_ns = now_ns
            if self.counting and command.state is State.ENGAGED:
                self.commands.append((command.sample_index, now_ns))
        elif topic == self.topics.controller_status:
            self.status = ControllerStatus.model_validate_json(payload)
        elif self.counting:
            self.bare_ns.append(now_ns - int(payload[:20]))


def measure_latency(
    console: Console, duration_s: float, broker_kind: BrokerKind, device: str, samples_per_packet: int
) -> LatencyResult:
    """Set everything up, measure for `duration_s`, take everything down."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="efferent-bench-")))
        broker = stack.enter_context(start_broker(broker_kind))
        with console.status("fitting a decoder"):
            _write_model(folder)
        config = folder / "bench.toml"
        config.write_text(run_config_text(device, folder / "emg", STREAM, broker.url), encoding="utf-8")
        rows = int((duration_s + ENGAGED_WITHIN_S + 30) * RATE_HZ / samples_per_packet)
        log: NDArray[np.int64] = np.memmap(folder / "writes", np.int64, "w+", shape=(rows, 2))
        context = multiprocessing.get_context("spawn")
        parts = [
            context.Process(
                target=run_device, args=(folder, device, STREAM, SEED, RATE_HZ, samples_per_packet, rows), daemon=True
            ),
            context.Process(target=publish_bare, args=(broker.url, _bare_topic()), daemon=True),
        ]
        for part in parts:
            part.start()
            stack.callback(part.join, 5.0)
            stack.callback(part.terminate)
        _wait_for(folder / "device-ready", "the emulated device")
        arm = _start(stack, folder, "arm", ["arm", "--arm", str(ARM_FILE), "--broker", broker.url])
        begin_ns = time.monotonic_ns()
        controller = _start(stack, folder, "controller", ["run", "--config", str(config)])
        receiver = _Receiver(Topics("demo"))
        process = psutil.Process(controller.pid)
        cpu_percent = asyncio.run(_measure(console, receiver, broker.url, duration_s, process, folder))
        rss_mb = process.memory_info().rss / 2**20
        if arm.poll() is not None or controller.poll() is not None:
            raise UsageError(f"a process ended while measuring: {last_line(folder / 'controller.log')}")
        return _result(receiver, log, broker.kind, device, duration_s, cpu_percent, rss_mb, begin_ns)


async def _measure(
    console: Console, receiver: _Receiver, url: str, duration_s: float, process: psutil.Process, folder: Path
) -> float:
    topics = receiver.topics
    subscriptions = [(topics.command, 0), (topics.controller_status, 1), (_bare_topic(), 0)]
    bus = Bus(BrokerAddress(url=url), f"efferent-bench-{secrets.token_hex(8)}", subscriptions, receiver.take)
    task = asyncio.create_task(bus.run())
    try:
        deadline_s = time.monotonic() + ENGAGED_WITHIN_S
        while receiver.status is None or receiver.status.state is not State.ENGAGED:
            if time.monotonic() > deadline_s:
                raise UsageError(f"the controller did not engage: {last_line(folder / 'controller.log')}")
            if receiver.status is not None and receiver.status.state is State.READY:
                bus.post(topics.mode_set, ModeRequest(mode=Mode.ENGAGE, by="bench").encode())
            await asyncio.sleep(0.2)
        await asyncio.sleep(WARM_UP_S)
        process.cpu_percent()
        receiver.counting = True
        # One step a second: a bar that is drawn more often would disturb what it shows.
        for _ in track(range(round(duration_s)), "measuring", console=console, transient=True, update_period=1.0):
            await asyncio.sleep(1.0)
        receiver.counting = False
        return float(process.cpu_percent())
    finally:
        await end_task(task)


def _result(
    receiver: _Receiver,
    log: NDArray[np.int64],
    broker: str,
    device: str,
    duration_s: float,
    cpu_percent: float,
    rss_mb: float,
    begin_ns: int,
) -> LatencyResult:
    written_at = {int(index): int(written_ns) for index, written_ns in log if written_ns}
    delays_ns: list[int] = []
    seen = -1
    for index, arrival_ns in receiver.commands:
        # The first command that rests on a sample counts; a repetition only ages it.
        if index != seen and index in written_at:
            delays_ns.append(arrival_ns - written_at[index])
        seen = index
    if not delays_ns or not receiver.bare_ns:
        raise UsageError("nothing was measured: no command came for the samples that were written")
    status = receiver.status
    return LatencyResult(
        broker,
        device,
        duration_s,
        len(delays_ns),
        _percentiles(delays_ns),
        _percentiles(receiver.bare_ns),
        round(cpu_percent, 2),
        round(rss_mb, 1),
        round((receiver.first_decision_ns - begin_ns) * 1e-9, 3),
        status.deadline_misses if status else 0,
    )


def _percentiles(delays_ns: list[int]) -> dict[str, float]:
    values = np.percentile(delays_ns, (50, 99, 99.9, 100)) / 1e6
    return dict(zip(("p50", "p99", "p999", "max"), (round(float(value), 4) for value in values), strict=True))


def _bare_topic() -> str:
    return "efferent/v1/bench/bare"


def _write_model(folder: Path) -> None:
    recording = prompted_trials(WearerSignal(seed=SEED), repetitions=2)
    save_model(fit_model(recording, FitSettings(settle_ms=SETTLE_MS), "benchmark"), folder / "model.npz")


def _start(stack: ExitStack, folder: Path, name: str, arguments: list[str]) -> subprocess.Popen[str]:
    log = stack.enter_context((folder / f"{name}.log").open("w", encoding="utf-8"))
    process = start_verb(arguments, log)
    stack.callback(process.wait, 10.0)
    stack.callback(process.terminate)
    return process


def _wait_for(file: Path, what: str) -> None:
    deadline_s = time.monotonic() + 20.0
    while not file.exists():
        if time.monotonic() > deadline_s:
            raise UsageError(f"{what} did not start within 20 s")
        time.sleep(0.02)
