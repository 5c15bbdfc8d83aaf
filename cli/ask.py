"""Ask a running controller and arm for something, and wait for the answer."""

import argparse
import asyncio
import contextlib
import getpass
import os
import secrets
from dataclasses import dataclass, field

from pydantic import ValidationError

from cli.broker_options import add_broker_arguments, broker_address
from cli.errors import UsageError
from cli.exit_codes import WELL, WENT_WRONG
from controller.broker_address import BrokerAddress
from controller.bus import Bus
from controller.contract.message import Message
from controller.contract.requests import EventReport
from controller.contract.topics import Topics
from controller.tasks import end_task

ANSWER_WITHIN_S = 2.0
ARM_VARIABLE = "EFFERENT_ARM"


def add_address_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which broker and which arm."""
    parser.add_argument(
        "--arm",
        default=os.environ.get(ARM_VARIABLE) or "demo",
        metavar="NAME",
        help=f"name of the arm (default: ${ARM_VARIABLE}, else demo)",
    )
    add_broker_arguments(parser)


def person() -> str:
    """Who asks, for the log."""
    return f"{getpass.getuser()} (command line)"


def ask(options: argparse.Namespace, tail: str, request: Message) -> int:
    """Send `request` and print what the controller answers; exit code 1 when it refuses or nobody answers."""
    try:
        topics = Topics(options.arm)
    except ValueError as error:
        raise UsageError(f"--arm: {error}") from error
    address = broker_address(options)
    asked = _Asked(topics.event, getattr(topics, tail), request.encode())
    asyncio.run(_ask(address, asked))
    if not asked.passed_on:
        who = f"user '{address.username}'" if address.username else "we"
        print(
            f"NOT CONFIRMED: the broker at {address.url} did not pass our message on {asked.request_topic} on: {who} "
            "may not send it, or the arm's name is wrong; take it that nothing was done"
        )
        return WENT_WRONG
    if asked.answer is None:
        print(f"sent, but no controller of arm '{options.arm}' answered within {ANSWER_WITHIN_S:g} s")
        return WENT_WRONG
    print(asked.answer)
    return WENT_WRONG if asked.answer.startswith("refused") else WELL


@dataclass(slots=True)
class _Asked:
    """A request and what came back. `passed_on`: it came back itself, so the broker gives it to whoever listens."""

    event_topic: str
    request_topic: str
    request: bytes
    passed_on: bool = False
    answer: str | None = None
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, topic: str, payload: bytes) -> None:
        if topic == self.request_topic:
            self.passed_on = self.passed_on or payload == self.request
        else:
            self._take_event(payload)
        if self.passed_on and self.answer is not None:
            self.answered.set()

    def _take_event(self, payload: bytes) -> None:
        try:
            report = EventReport.model_validate_json(payload)
        except ValidationError:
            return  # not the answer we wait for
        if report.source == "controller" and self.answer is None:
            self.answer = report.what


async def _ask(address: BrokerAddress, asked: _Asked) -> None:
    subscriptions = [(asked.event_topic, 1), (asked.request_topic, 1)]
    bus = Bus(address, f"efferent-ask-{secrets.token_hex(8)}", subscriptions, asked.take)
    first_connection: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(bus.run(first_connection))
    try:
        await first_connection
        bus.post(asked.request_topic, asked.request)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asked.answered.wait(), ANSWER_WITHIN_S)
    finally:
        await end_task(task)
