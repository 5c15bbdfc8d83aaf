"""`efferent record`: keep what a device sends, and what is decided on it, in an XDF file."""

import argparse
import asyncio
import contextlib
import json
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.ask import ARM_VARIABLE
from cli.broker_options import add_broker_arguments, broker_address
from cli.errors import UsageError
from cli.exit_codes import WELL, WENT_WRONG
from cli.finite import require_finite
from cli.record.recording_file import RecordingFile
from cli.record.said import Said
from cli.record.session import Session
from cli.telling import tell
from cli.until_stopped import run_until_stopped
from controller.arm_config import ArmConfig
from controller.broker_address import BrokerAddress
from controller.bus import Bus
from controller.config import DeviceConfig, RunConfig
from controller.config_file import load_device, load_run
from controller.contract.topics import Topics
from controller.device_link import DeviceLink
from controller.errors import ModelError
from controller.tasks import end_task
from drivers.chunk import Chunk
from drivers.protocols.catalogue import PROTOCOLS
from drivers.registry import make_source
from drivers.source import StreamInfo


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    parser.add_argument("file", type=Path, help="where it goes; an XDF file")
    device = parser.add_argument_group("device")
    which = device.add_mutually_exclusive_group()
    which.add_argument("--serial", metavar="PORT", help="a device on this port")
    which.add_argument("--lsl", metavar="NAME", help="the LSL stream of this name")
    device.add_argument(
        "--protocol", metavar="NAME", help=f"what the device on the port speaks: {', '.join(PROTOCOLS)} (efferent)"
    )
    device.add_argument("--baud", type=int, default=0, help="of the port (default: the protocol's)")
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="the device, arm and broker of this configuration, where not said"
    )
    parser.add_argument(
        "--arm",
        metavar="NAME",
        help="record what is said of this arm over MQTT too: decisions, states, events, commands",
    )
    parser.add_argument("--device-only", action="store_true", help="nothing over MQTT, though --config names a broker")
    parser.add_argument("--duration", type=float, metavar="S", help="end after so many seconds (default: Ctrl-C)")
    parser.add_argument("--overwrite", action="store_true", help="a file of that name is deleted first")
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end instead of a line")
    add_broker_arguments(parser, "the configuration's")


def run(options: argparse.Namespace) -> int:
    """Record until SIGINT, SIGTERM or the end of --duration, and say what was kept."""
    require_finite(duration=options.duration)
    if options.duration is not None and options.duration <= 0:
        raise UsageError(f"--duration takes seconds above 0, got {options.duration:g}")
    if (options.protocol or options.baud) and not options.serial:
        raise UsageError("--protocol and --baud belong to a port: say --serial PORT too")
    configured, config, arm = None, None, None
    if options.config and options.device_only:
        configured = load_device(options.config)
    elif options.config:
        config, arm = load_run(options.config)
        configured = config.device
    plan = Plan(options, _device(options, configured), *_broker(options, config, arm))
    if plan.device is None and plan.topics is None:
        raise UsageError("nothing to record: name a device (--serial, --lsl or --config), an arm (--arm), or both")
    run_until_stopped(plan.record())
    return plan.told()


@dataclass(slots=True)
class Plan:
    """What is to be recorded, and then the session that did it."""

    options: argparse.Namespace
    device: DeviceConfig | None
    topics: Topics | None
    address: BrokerAddress
    session: Session | None = None

    async def record(self) -> None:
        """Open the device, join the broker, and only then make the file."""
        said = Said(self.topics) if self.topics is not None else None
        async with _joined(self.address, said), _opened(self) as link:
            file = RecordingFile(self.options.file, self.options.overwrite)
            try:
                self.session = Session(file, link, said, _progress)
                await self.session.run(self.options.duration)
            finally:
                file.close()

    def told(self) -> int:
        """Say what was kept; return the exit code."""
        session = self.session
        if session is None:  # told to end before it began
            return WELL
        said = session.said
        found = {
            "file": str(session.file.path),
            "bytes": session.file.size,
            "seconds": round(session.elapsed_s, 1),
            "samples": session.samples,
            "lost": session.lost,
            "messages": 0 if said is None else said.heard,
        }
        _clear_line()
        print(json.dumps(found) if self.options.json else _line(session), flush=True)
        if said is not None and said.heard == 0:
            tell(
                f"nothing was heard of arm '{said.topics.arm}': no controller runs, the arm's name is another, or the "
                "broker lets this user not read it (a clinic's may)"
            )
        if session.trouble:
            tell(f"efferent record: {session.trouble}")
            return WENT_WRONG
        return WELL


def _device(options: argparse.Namespace, configured: DeviceConfig | None) -> DeviceConfig | None:
    if options.serial:
        port = {"port": options.serial, "protocol": options.protocol or "efferent", "baud": options.baud}
        return DeviceConfig(kind="serial", settings=port)
    if options.lsl:
        return DeviceConfig(kind="lsl", settings={"name": options.lsl})
    return configured


def _broker(
    options: argparse.Namespace, config: RunConfig | None, arm: ArmConfig | None
) -> tuple[Topics | None, BrokerAddress]:
    address = broker_address(options, config.broker if config is not None else None)
    name = options.arm or (arm.name if arm is not None else "")
    if options.device_only and options.arm:
        raise UsageError("--device-only and --arm say the opposite of each other")
    if options.device_only or not name:
        if not options.device_only and (options.broker or options.broker_config):
            raise UsageError(f"--broker needs --arm NAME: what is recorded of whom? (${ARM_VARIABLE} is not looked at)")
        return None, address
    try:
        return Topics(name), address
    except ValueError as error:
        raise UsageError(f"--arm: {error}") from error


@asynccontextmanager
async def _opened(plan: Plan) -> "AsyncIterator[DeviceLink | None]":
    if plan.device is None:
        yield None
        return
    first: list[StreamInfo] = []

    def opened(info: StreamInfo) -> None:
        same = not first or (info.channel_count, info.rate_hz, info.unit) == (
            first[0].channel_count,
            first[0].rate_hz,
            first[0].unit,
        )
        if not same:
            raise ModelError(
                f"another device came back: {info.channel_count} channels at {info.rate_hz:g} Hz; its samples are not "
                "kept, end this recording and begin another"
            )
        first.append(info)
        if plan.session is not None:
            plan.session.begin_anew()

    def take(chunk: Chunk) -> None:
        if plan.session is not None:
            plan.session.take(chunk)

    source = make_source(plan.device.kind, plan.device.settings)
    link = DeviceLink(source, opened, take, lambda why: tell(f"device lost: {why}"), tell)
    try:
        await link.open()
        yield link
    finally:
        await source.close()


@asynccontextmanager
async def _joined(address: BrokerAddress, said: Said | None) -> AsyncIterator[None]:
    """Listen at the broker, or do nothing. Raises `BusError` where it cannot be joined."""
    if said is None:
        yield
        return
    bus = Bus(address, f"efferent-record-{secrets.token_hex(8)}", said.subscriptions, said.take, on_fault=tell)
    connected: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(bus.run(connected))
    try:
        await connected
        yield
    finally:
        await end_task(task)


def _line(session: Session) -> str:
    heard = "" if session.said is None else f", {session.said.heard} messages"
    return (
        f"{session.file.path}: {session.elapsed_s:.1f} s, {session.samples} samples, {session.lost} lost{heard}, "
        f"{session.file.size / 1e6:.2f} MB"
    )


def _progress(session: Session) -> None:
    if sys.stderr.isatty():
        with contextlib.suppress(OSError):
            print(f"\r{_line(session)}; Ctrl-C ends it ", end="", file=sys.stderr, flush=True)


def _clear_line() -> None:
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
