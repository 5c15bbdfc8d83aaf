"""A real recording streamed through emulated device, driver, loop, MQTT and arm: real processes, real time."""

import asyncio
import secrets
import shutil
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from cli.loopback import last_line, start_verb
from controller.broker_address import BrokerAddress
from controller.bus import Bus
from controller.contract.arm_state import ArmState
from controller.contract.requests import Mode, ModeRequest
from controller.contract.signal import SignalReport
from controller.contract.status import ControllerStatus
from controller.contract.topics import Topics
from controller.safety.states import State
from controller.tasks import end_task
from sim.broker import BrokerKind, start_broker

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
# Nobody streams before every reader is there: a busy machine takes a while to start a dozen Python processes.
READY_S = 240.0
STREAM_ROOM_S = 60.0


@dataclass(slots=True)
class Heard:
    """What one arm's topics said. `positions`: newest sample index when the state came, and where the joints were."""

    reports: list[SignalReport] = field(default_factory=list)
    positions: list[tuple[int, dict[str, float]]] = field(default_factory=list)
    status: ControllerStatus | None = None
    arm: ArmState | None = None


@dataclass(slots=True)
class Way:
    """One way from device to arm: how the EMG comes in, and which broker carries the commands."""

    device: str
    broker: BrokerKind
    heard: Heard = field(default_factory=Heard)

    @property
    def name(self) -> str:
        return f"{self.device}-{self.broker}"


def stream(ways: list[Way], recording: Path, model: Path, selection: list[str], seconds: float, folder: Path) -> None:
    """Stream `recording` over all `ways` at once; fills in what each heard."""
    with ExitStack() as stack:
        urls = {kind: stack.enter_context(start_broker(kind)).url for kind in {way.broker for way in ways}}
        for kind in urls:
            stream_id = f"test-{kind}"
            play = ["--recording", str(recording), *selection, "--name", stream_id, "--source-id", stream_id]
            link = folder / f"{kind}.port"
            emulator = ["emulate", "both", *play, "--link", str(link), "--linger", "5"]
            process = _start(stack, folder, f"emulator-{kind}", emulator, subprocess.PIPE)
            assert process.stdout is not None
            assert process.stdout.readline().strip() == str(link), last_line(folder / f"emulator-{kind}.log")
        for way in ways:
            _start_way(stack, folder, way, urls[way.broker], model)
        asyncio.run(_listen_to_all(ways, urls, seconds, folder))


async def _listen_to_all(ways: list[Way], urls: dict[BrokerKind, str], seconds: float, folder: Path) -> None:
    outcomes = await asyncio.gather(
        *(_listen(way, urls[way.broker], seconds, folder) for way in ways), return_exceptions=True
    )
    # All of them, because the way that fails first is seldom the one that is the cause.
    failed = [f"{way.name}: {outcome!r}" for way, outcome in zip(ways, outcomes, strict=True) if outcome is not None]
    assert not failed, "\n".join(failed)


async def _listen(way: Way, url: str, seconds: float, folder: Path) -> None:
    """Engage as soon as the controller is ready and listen to the end of the recording."""
    topics, heard = Topics(way.name), way.heard

    def take(topic: str, payload: bytes) -> None:
        if topic == topics.signal:
            heard.reports.append(SignalReport.model_validate_json(payload))
        elif topic == topics.state:
            heard.arm = ArmState.model_validate_json(payload)
            if heard.reports:
                heard.positions.append((heard.reports[-1].sample_index, heard.arm.position_rad))
        else:
            heard.status = ControllerStatus.model_validate_json(payload)

    subscriptions = [(topics.signal, 0), (topics.state, 0), (topics.controller_status, 1)]
    bus = Bus(BrokerAddress(url=url), f"test-{secrets.token_hex(4)}", subscriptions, take)
    task = asyncio.create_task(bus.run())
    try:
        async with asyncio.timeout(READY_S):
            while heard.status is None or heard.status.state is not State.ENGAGED:
                if heard.status is not None and heard.status.state is State.READY:
                    bus.post(topics.mode_set, ModeRequest(mode=Mode.ENGAGE, by="test").encode())
                await asyncio.sleep(0.1)
        async with asyncio.timeout(seconds + STREAM_ROOM_S):
            # A stall of the machine may make it hold for a moment; the end of the stream is a fault.
            while heard.status.state in (State.ENGAGED, State.HOLDING):
                await asyncio.sleep(0.1)
        assert heard.arm is not None, f"no word from the arm: {last_line(folder / f'arm-{way.name}.log')}"
    except TimeoutError:
        raise AssertionError(f"{way.name}: {heard.status}; {last_line(folder / f'run-{way.name}.log')}") from None
    finally:
        await end_task(task)


def _start_way(stack: ExitStack, folder: Path, way: Way, url: str, model: Path) -> None:
    arm = folder / f"arm-{way.name}.toml"
    text = (CONFIGS / "arms/transradial.toml").read_text(encoding="utf-8")
    arm.write_text(text.replace('name = "transradial"', f'name = "{way.name}"'), encoding="utf-8")
    shutil.copy(model, folder / "model.npz")
    config = folder / f"run-{way.name}.toml"
    stream_id = f"test-{way.broker}"
    device = (
        f'kind = "lsl"\nsettings = {{ source_id = "{stream_id}", resolve_timeout_s = 60.0 }}'
        if way.device == "lsl"
        else f'kind = "serial"\nsettings = {{ port = "{folder / f"{way.broker}.port"}" }}'
    )
    motions = (CONFIGS / "myo_transradial.toml").read_text(encoding="utf-8").split("[motions]")[1]
    # 100 decisions a second at a hop of 10 ms: with this rate every one of them is reported. No learning: what a stall
    # makes the loop skip would teach it less than it teaches the batch path.
    config.write_text(
        f'arm = "{arm}"\nmodel = "model.npz"\nsignal_hz = 100\nadapt = false\n[device]\n{device}\n'
        f'[broker]\nurl = "{url}"\n[motions]{motions}',
        encoding="utf-8",
    )
    _start(stack, folder, f"arm-{way.name}", ["arm", "--arm", str(arm), "--broker", url])
    _start(stack, folder, f"run-{way.name}", ["run", "--config", str(config)])


def _start(
    stack: ExitStack, folder: Path, name: str, arguments: list[str], stdout: int | None = None
) -> subprocess.Popen[str]:
    log = stack.enter_context((folder / f"{name}.log").open("w", encoding="utf-8"))
    process = start_verb(arguments, log, stdout=stdout)
    if process.stdout is not None:
        stack.enter_context(process.stdout)
    stack.callback(process.wait, 15.0)
    stack.callback(process.terminate)
    return process
