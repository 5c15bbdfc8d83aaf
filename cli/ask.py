"""Ask a running controller and arm for something, and wait for the answer."""

import argparse
import asyncio
import getpass
import secrets

from pydantic import ValidationError

from cli.addresses import broker_address
from cli.errors import UsageError
from cli.exit_codes import WELL, WENT_WRONG
from controller.bus import Bus
from controller.contract.message import Message
from controller.contract.requests import EventReport
from controller.contract.topics import Topics
from controller.tasks import end_task

ANSWER_WITHIN_S = 2.0


def add_address_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which broker and which arm."""
    parser.add_argument("--broker", metavar="URL", default="mqtt://127.0.0.1:1883", help="MQTT broker")
    parser.add_argument("--arm", default="demo", metavar="NAME", help="name of the arm (default: demo)")


def person() -> str:
    """Who asks, for the log."""
    return f"{getpass.getuser()} (command line)"


def ask(options: argparse.Namespace, tail: str, request: Message) -> int:
    """Send `request` and print what the controller answers; exit code 1 when it refuses or nobody answers."""
    try:
        topics = Topics(options.arm)
    except ValueError as error:
        raise UsageError(f"--arm: {error}") from error
    answer = asyncio.run(_ask(options, topics, tail, request))
    if answer is None:
        print(f"sent, but no controller of arm '{options.arm}' answered within {ANSWER_WITHIN_S:g} s")
        return WENT_WRONG
    print(answer)
    return WENT_WRONG if answer.startswith("refused") else WELL


async def _ask(options: argparse.Namespace, topics: Topics, tail: str, request: Message) -> str | None:
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def take(_topic: str, payload: bytes) -> None:
        try:
            report = EventReport.model_validate_json(payload)
        except ValidationError:
            return  # not the answer we wait for
        if report.source == "controller" and not answer.done():
            answer.set_result(report.what)

    bus = Bus(broker_address(options.broker), f"efferent-ask-{secrets.token_hex(8)}", [(topics.event, 1)], take)
    first_connection: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(bus.run(first_connection))
    try:
        await first_connection
        bus.post(getattr(topics, tail), request.encode())
        return await asyncio.wait_for(answer, ANSWER_WITHIN_S)
    except TimeoutError:
        return None
    finally:
        await end_task(task)
