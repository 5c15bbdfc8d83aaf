"""One controller, engaged and measured for a while, alone or beside hogs on every core."""

import asyncio
import gc
import secrets
import time
from contextlib import ExitStack
from dataclasses import dataclass

import psutil
from rich.console import Console
from rich.progress import track

from cli.bench.receiver import BARE_TOPIC, Receiver
from cli.bench.rig import Rig
from cli.errors import UsageError
from controller.broker_address import BrokerAddress
from controller.bus import Bus
from controller.contract.arm_state import ArmState
from controller.contract.requests import Mode, ModeRequest
from controller.contract.status import ControllerStatus
from controller.contract.topics import Topics
from controller.process_priority import has_real_time_priority
from controller.safety.states import State
from controller.tasks import end_task
from sim.faults.hogs import ProcessorHogs

ENGAGED_WITHIN_S = 60.0
# Left out at the beginning: connections and caches warm up.
WARM_UP_S = 1.0


class NotPermittedError(Exception):
    """The controller did not get the priority that was asked for; the message is its own."""


@dataclass(frozen=True, slots=True)
class Span:
    """What was heard. `began_ns`: the controller's start; `before` and `after`: how it stood around what was counted.

    `arm`: the arm's last state; `real_time`: whether the controller's loop had that priority to the end.
    """

    heard: Receiver
    began_ns: int
    before: ControllerStatus
    after: ControllerStatus
    arm: ArmState | None
    real_time: bool
    hogs: int
    cpu_percent: float
    rss_mb: float


def measure_span(console: Console, rig: Rig, loaded: bool = False, priority: int = 0) -> Span:
    """Start a controller, let it engage, measure for the rig's duration, end it.

    `priority`: real-time, 0 for the usual one. Raises `NotPermittedError`.
    """
    began_ns = time.monotonic_ns()
    with rig.controller(f"[process]\nreal_time_priority = {priority}\n") as controller:
        return asyncio.run(_measure(console, rig, psutil.Process(controller.pid), began_ns, loaded, priority))


async def _measure(
    console: Console, rig: Rig, process: psutil.Process, began_ns: int, loaded: bool, priority: int
) -> Span:
    topics, hogs = Topics("demo"), ProcessorHogs()
    receiver = Receiver(topics)
    subscriptions = [(topics.command, 0), (topics.controller_status, 1), (BARE_TOPIC, 0)]
    if loaded:
        subscriptions.append((topics.state, 0))
    bus = Bus(BrokerAddress(url=rig.broker.url), f"efferent-bench-{secrets.token_hex(8)}", subscriptions, receiver.take)
    task = asyncio.create_task(bus.run())
    with ExitStack() as stack:
        try:
            await _engage(receiver, bus, rig)
            if priority and not has_real_time_priority(process.pid):
                raise NotPermittedError("; ".join(_status(receiver).process))
            # A pass over all that fitting has brought takes a third of a second, and would look like a delay.
            stack.callback(gc.enable)
            gc.disable()
            if loaded:
                stack.callback(hogs.end)
                await asyncio.to_thread(hogs.start)
            await asyncio.sleep(WARM_UP_S)
            before = _status(receiver)
            process.cpu_percent()
            receiver.counting = True
            # One step a second: a bar that is drawn more often would disturb what it shows.
            seconds, what = range(round(rig.setting.duration_s)), "real-time priority" if priority else "measuring"
            for _ in track(seconds, what, console=console, transient=True, update_period=1.0):
                await asyncio.sleep(1.0)
            receiver.counting = False
            return Span(
                receiver,
                began_ns,
                before,
                _status(receiver),
                receiver.arm,
                has_real_time_priority(process.pid),
                hogs.count,
                float(process.cpu_percent()),
                process.memory_info().rss / 2**20,
            )
        finally:
            await end_task(task)


async def _engage(receiver: Receiver, bus: Bus, rig: Rig) -> None:
    deadline_s = time.monotonic() + ENGAGED_WITHIN_S
    while (state := _state(receiver)) is not State.ENGAGED:
        if time.monotonic() > deadline_s:
            raise UsageError(f"the controller did not engage: {rig.last_words}")
        if state is State.READY:
            bus.post(receiver.topics.mode_set, ModeRequest(mode=Mode.ENGAGE, by="bench").encode())
        await asyncio.sleep(0.2)


def _state(receiver: Receiver) -> State | None:
    """Return the controller's state; None while the last word is that of one before it, which has ended."""
    status = receiver.status
    return status.state if status is not None and status.status == "running" else None


def _status(receiver: Receiver) -> ControllerStatus:
    if receiver.status is None:
        raise UsageError("the controller said nothing of itself")
    return receiver.status
