"""`efferent outlet`: what a device delivers, as an LSL stream."""

import argparse
import asyncio
import sys
import time
from pathlib import Path

from cli.errors import UsageError
from cli.exit_codes import WELL
from cli.finite import require_finite
from cli.until_stopped import run_until_stopped
from controller.config import DeviceConfig
from controller.config_file import load_device
from controller.device_link import DeviceLink
from controller.tasks import end_task
from drivers.errors import DriverError, SourceLostError
from drivers.lsl_library import SCOPES
from drivers.lsl_outlet import EmgOutlet, OutletThread
from drivers.protocols.catalogue import PROTOCOLS
from drivers.registry import make_source
from drivers.source import EmgSource, StreamInfo

TELL_EVERY_S = 1.0
# Where nobody looks on, a line in so many seconds is enough for a log.
QUIET_EVERY_S = 60.0
PUBLISHED_WITHIN_S = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    device = parser.add_mutually_exclusive_group(required=True)
    device.add_argument("--config", type=Path, metavar="FILE", help="the [device] table of this TOML file")
    device.add_argument("--serial", metavar="PORT", help="a device on this serial port")
    parser.add_argument(
        "--protocol", metavar="NAME", help=f"what the device on the port speaks: {', '.join(PROTOCOLS)} (efferent)"
    )
    parser.add_argument("--baud", type=int, default=0, help="of the port (default: the protocol's)")
    parser.add_argument("--name", default="", help="of the stream (default: the device's)")
    parser.add_argument("--source-id", default="", metavar="ID", help="of the stream (default: the device's)")
    parser.add_argument(
        "--resolve-scope",
        choices=SCOPES[:-1],
        default="machine",
        help="how far LSL announces it (default machine); anyone on the network can connect all the same",
    )
    parser.add_argument("--duration", type=float, metavar="S", help="end after so many seconds")


def run(options: argparse.Namespace) -> int:
    """Publish until told to end, or to the end of a recording. Prints the stream's name; rate and losses on stderr."""
    require_finite(duration=options.duration)
    if options.duration is not None and options.duration <= 0:
        raise UsageError(f"--duration takes seconds above 0, got {options.duration:g}")
    if (options.protocol or options.baud) and not options.serial:
        raise UsageError("--protocol and --baud belong to a port: say --serial PORT too")
    if options.config is not None:
        device = load_device(options.config)
    else:
        port = {"port": options.serial, "protocol": options.protocol or "efferent", "baud": options.baud}
        device = DeviceConfig(kind="serial", settings=port)
    source = make_source(device.kind, device.settings)
    run_until_stopped(_Publishing(source, options).run())
    return WELL


class _Publishing:
    """A device, read into an outlet, and what a person sees of it."""

    def __init__(self, source: EmgSource, options: argparse.Namespace) -> None:
        self._source, self._options = source, options
        self._outlet = EmgOutlet(options.name, options.source_id)
        self._link = DeviceLink(source, self._begin, self._outlet.take, self._lost, _tell)
        self._lost_before = self._lost_then = 0  # samples lost by earlier openings, and by the last

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        gave_up: asyncio.Future[None] = loop.create_future()

        def end(why: str) -> None:
            if not gave_up.done():
                gave_up.set_exception(SourceLostError(why))

        def failed(why: str) -> None:
            loop.call_soon_threadsafe(end, why)

        thread = await asyncio.to_thread(OutletThread, [self._outlet], failed, self._options.resolve_scope)
        tasks: list[asyncio.Task[None]] = []
        try:
            await self._link.open()
            if not await asyncio.to_thread(self._outlet.published.wait, PUBLISHED_WITHIN_S) and not gave_up.done():
                raise DriverError(f"liblsl did not publish the stream within {PUBLISHED_WITHIN_S:g} s")
            if self._link.info is not None:
                print(self._options.name or self._link.info.name, flush=True)
            tasks = [asyncio.create_task(self._link.read_for_ever()), asyncio.create_task(self._tell_for_ever())]
            done, _ = await asyncio.wait(
                [*tasks, gave_up], timeout=self._options.duration, return_when=asyncio.FIRST_COMPLETED
            )
            for each in done:
                each.result()
        finally:
            for task in tasks:
                await end_task(task)
            await self._source.close()
            await asyncio.to_thread(thread.close)
            gave_up.cancel()
            if tasks:
                _tell(self._counts())

    def _begin(self, info: StreamInfo) -> None:
        self._lost_before, self._lost_then = self._lost_before + self._lost_then, 0
        self._outlet.begin(info)

    def _lost(self, cause: str) -> None:
        self._lost_then = self._source.health.lost_samples
        _tell(cause)

    async def _tell_for_ever(self) -> None:
        seen, seen_s, look_on = 0, time.monotonic(), sys.stderr.isatty()
        while True:
            await asyncio.sleep(TELL_EVERY_S if look_on else QUIET_EVERY_S)
            now_s, pushed = time.monotonic(), self._outlet.pushed_samples
            _tell(self._words((pushed - seen) / (now_s - seen_s)), again=look_on)
            seen, seen_s = pushed, now_s

    def _words(self, rate_hz: float) -> str:
        info: StreamInfo | None = self._link.info
        nominal_hz = 0.0 if info is None else info.rate_hz
        return f"{rate_hz:.1f} samples/s (nominal {nominal_hz:g}), {self._counts()}"

    def _counts(self) -> str:
        lost = self._lost_before + self._source.health.lost_samples
        return f"{self._outlet.pushed_samples} sent, {lost} lost, {self._outlet.dropped_samples} dropped"


def _tell(line: str, again: bool = False) -> None:
    """Say something on stderr; `again`: in a line that the next one is written over."""
    shown = f"\r{line}\033[K" if sys.stderr.isatty() else line
    print(shown, end="" if again else "\n", file=sys.stderr, flush=True)
