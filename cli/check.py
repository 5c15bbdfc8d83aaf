"""`efferent check`: everything that would keep a controller from running, in one go."""

import argparse
import asyncio
import contextlib
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from cli.broker_options import add_broker_arguments, broker_address
from cli.exit_codes import BAD_INPUT, WELL
from controller.arm_config import ArmConfig
from controller.bus import Bus
from controller.config import BlackBoxConfig, RunConfig
from controller.config_file import load_run
from controller.decoder_choice import load_models
from controller.decoders.model import Model, ModelFacts
from controller.decoders.model_file import load_model
from controller.errors import BlackBoxError, ControllerError
from controller.lsl_outlets import LslOutletConfig
from controller.motions import motion_directions
from controller.profile_file import first_profile
from controller.stop_line import LINE_ERRORS, SerialLine, StopLineConfig
from controller.tasks import end_task
from drivers.errors import DriverError, SourceLostError
from drivers.lsl_library import load_pylsl
from drivers.registry import make_source

LISTEN_S = 1.0
# Beyond the silence that is a stop: a line that says nothing is found out.
LOOK_ON_S = 0.1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    parser.add_argument("--config", type=Path, required=True, help="TOML file, see configs/example.toml")
    add_broker_arguments(parser, "the file's")


def run(options: argparse.Namespace) -> int:
    """Check each part by itself, so that one fault does not hide the next."""
    faults: list[str] = []

    def check(what: str, test: Callable[[], str]) -> None:
        try:
            print(f"  ok      {what}: {test()}")
        except (ControllerError, DriverError) as error:
            faults.append(what)
            print(f"  FAULT   {what}: {error}")

    config, arm = load_run(options.config)
    config = config.model_copy(update={"broker": broker_address(options, config.broker)})
    print(f"  ok      configuration: {options.config}, arm '{arm.name}' with {len(arm.joints)} joints")
    models: list[Model] = []

    def check_model() -> str:
        loaded = load_model(config.model)
        motion_directions(loaded, config, arm)
        models.append(loaded)
        return f"{config.model}, {', '.join(loaded.facts.class_names)}"

    check("model", check_model)
    if config.decoders:
        check("decoders", lambda: _decoders(config, arm))
    if models:
        check("shaping", lambda: _shaping(config, arm, models[0].facts))
    check("device", lambda: asyncio.run(_listen(config, models[0] if models else None)))
    check("broker", lambda: asyncio.run(_connect(config)))
    line, box, outlet = config.stop_line, config.black_box, config.lsl_outlet
    if line is not None:
        check("stop line", lambda: _look_at(line))
    if box is not None:
        check("black box", lambda: _write_into(box))
    if outlet is not None:
        check("LSL outlet", lambda: _look_for_lsl(outlet, arm))
    if faults:
        print(f"not ready: {', '.join(faults)}")
        return BAD_INPUT
    print("ready")
    return WELL


def _decoders(config: RunConfig, arm: ArmConfig) -> str:
    models = load_models(config)
    for model in models.values():
        motion_directions(model, config, arm)
    return ", ".join(models)


def _shaping(config: RunConfig, arm: ArmConfig, facts: ModelFacts) -> str:
    _, profile = first_profile(config, arm, facts)
    tuned = f"tuned by {profile.author}, version {profile.version}" if profile.version else "as configured"
    slower = [
        f"{joint} at most {share:.0%} of its speed" for joint, share in profile.values.speed_limit.items() if share < 1
    ]
    delay = f"delay by design {facts.delay_with_vote_ms(profile.values.vote or 1):g} ms"
    return "; ".join((tuned, *slower, delay))


async def _listen(config: RunConfig, model: Model | None) -> str:
    source = make_source(config.device.kind, config.device.settings)
    info = await source.open()
    samples = 0

    async def count() -> None:
        nonlocal samples
        async for chunk in source.chunks():
            samples += len(chunk.samples)

    try:
        if model is not None:
            model.require_fit(info)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(count(), LISTEN_S)
    finally:
        await source.close()
    if samples == 0:
        raise DriverError(f"{info.name} opened, but sent no sample within {LISTEN_S:g} s; is it started?")
    health = source.health
    return (
        f"{info.name}, {info.channel_count} channels, {samples / LISTEN_S:.0f} samples/s "
        f"(nominal {info.rate_hz:g}), {health.lost_samples} lost, {health.bad_frames} bad frames"
    )


async def _connect(config: RunConfig) -> str:
    bus = Bus(config.broker, f"efferent-check-{secrets.token_hex(8)}", [], lambda _topic, _payload: None)
    first_connection: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(bus.run(first_connection))
    try:
        await first_connection
    finally:
        await end_task(task)
    return config.broker.url


def _look_at(config: StopLineConfig) -> str:
    """Open the line and look at it for longer than it may be silent; a button that is pressed is a fault too."""
    line = SerialLine(config)
    line.open()
    ends_s = time.monotonic() + config.silence_ms * 1e-3 + LOOK_ON_S
    try:
        while time.monotonic() < ends_s:
            if why := line.look():
                raise SourceLostError(f"{config.port} opened, but says stop: {why}; let go of it, look at its cable")
    except LINE_ERRORS as error:
        raise SourceLostError(f"{config.port} opened, and broke: {error}; look at its cable") from error
    finally:
        line.close()
    return f"{config.sense} on {config.port}, it lets the arm move"


def _look_for_lsl(config: LslOutletConfig, arm: ArmConfig) -> str:
    load_pylsl(config.resolve_scope)
    emg, decisions = config.stream_names(arm.name)
    return ", ".join(f"'{name}'" for name, wanted in ((emg, config.emg), (decisions, config.decisions)) if wanted)


def _write_into(config: BlackBoxConfig) -> str:
    """Write where the black box would, and leave nothing there. The folder itself is made by the controller."""
    there = next(folder for folder in (config.folder.absolute(), *config.folder.absolute().parents) if folder.exists())
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(bytes(4096))
        free_mb = shutil.disk_usage(there).free // 1_000_000
    except OSError as error:
        raise BlackBoxError(f"cannot write in {there}: {error.strerror}; give another folder in [black_box]") from error
    if free_mb < config.max_mb:
        raise BlackBoxError(
            f"expected room for {config.max_mb} MB in {there}, {free_mb} MB are free; make room, or lower max_mb"
        )
    return f"{config.folder}, {free_mb} MB free"
