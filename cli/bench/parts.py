"""Processes that a benchmark brings with it. Top-level functions, so that a fresh interpreter can start them."""

import asyncio
import time
from pathlib import Path
from typing import Any

import aiomqtt
import numpy as np
from numpy.typing import NDArray

from cli.bench.offers import COLUMNS, OfferLog
from cli.loopback import ARM_FILE
from controller.broker_address import BrokerAddress
from controller.bus import NO_DELAY
from controller.config_file import load_arm
from drivers.lsl_library import load_pylsl
from sim.arm.node import ArmNode
from sim.emg.generator import WearerSignal
from sim.emulator.device import Device
from sim.emulator.emulator import Emulator
from sim.emulator.feed import WearerFeed
from sim.emulator.lsl_device import LslDevice
from sim.emulator.pacing import Pacing
from sim.emulator.pty_device import PtyDevice
from sim.emulator.voices.efferent import EfferentVoice

# Not a multiple of the 10 ms hop, so that the two messages meet at every possible distance, and as often as ours.
BARE_EVERY_S = 0.0101
# As long as a command of three to four joints.
BARE_BYTES = 260
# A recorder takes what has come a few times a second.
RECORDER_LOOKS_S = 0.2


def run_device(
    folder: Path, device: str, stream: str, seed: int, rate_hz: float, samples_per_packet: int, rows: int
) -> None:
    """Emulate a device for ever; every packet's newest sample and write time go into the file `writes`."""
    log: NDArray[np.int64] = np.memmap(folder / "writes", np.int64, "r+", shape=(rows, 2))
    feed = WearerFeed(WearerSignal(rate_hz=rate_hz, seed=seed), name=stream, source_id=stream)
    devices: list[Device] = [
        LslDevice(feed.info, feed.scale)
        if device == "lsl"
        else PtyDevice(EfferentVoice(feed.info, feed.scale), link=folder / "emg")
    ]
    with Emulator(feed, devices, Pacing(rate_hz, samples_per_packet), wait_for_reader=True, write_log=log) as emulator:
        (folder / "device-ready").touch()
        emulator.wait_ended()


def run_arm(folder: Path, url: str, rows: int) -> None:
    """Run a simulated arm for ever; what its guard is offered goes into the file `offers`."""
    log: NDArray[np.int64] = np.memmap(folder / "offers", np.int64, "r+", shape=(rows, COLUMNS))
    asyncio.run(ArmNode(load_arm(ARM_FILE), BrokerAddress(url=url), on_offer=OfferLog(log).take).run())


def read_streams(names: tuple[str, ...]) -> None:
    """Read LSL streams for ever, as a recorder does, each from the moment it is there."""
    pylsl = load_pylsl("machine")
    inlets: dict[str, Any] = {}
    while True:
        for name in names:
            if name not in inlets:
                for found in pylsl.resolve_byprop("name", name, timeout=1.0):
                    inlets[name] = pylsl.StreamInlet(found)
        for inlet in inlets.values():
            inlet.pull_chunk()
        time.sleep(RECORDER_LOOKS_S)


def publish_bare(url: str, topic: str) -> None:
    """Publish a stamp at about the hop rate for ever, the way any program with this client library would."""
    asyncio.run(_publish_bare(url, topic))


async def _publish_bare(url: str, topic: str) -> None:
    address = BrokerAddress(url=url)
    async with aiomqtt.Client(address.host, address.port, socket_options=[NO_DELAY]) as client:
        while True:
            await asyncio.sleep(BARE_EVERY_S)
            await client.publish(topic, b"%020d".ljust(BARE_BYTES) % time.monotonic_ns())
