"""Ask the controller for something, and wait for its answer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import ValidationError

from clinic.link.controller_link import ControllerLink
from controller.contract.message import Message
from controller.contract.requests import EventReport

ANSWER_WITHIN_S = 2.0
REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """`passed_on`: the broker gave our request to whoever listens. `said`: the controller's answer, if one came."""

    passed_on: bool
    said: str | None

    @property
    def done(self) -> bool:
        """Whether the controller did as it was asked."""
        return self.said is not None and not self.said.startswith(REFUSED)


async def ask(
    link: ControllerLink,
    name: str,
    request: Message,
    is_answer: Callable[[str], bool],
    within_s: float = ANSWER_WITHIN_S,
) -> Answer:
    """Send `request` on the topic `name` and wait for the controller's event that `is_answer`, or that refuses.

    Nothing is sent while there is no broker.
    """
    if not link.connected:
        return Answer(passed_on=False, said=None)
    payload = request.encode()
    passed_on, answered = asyncio.Event(), asyncio.Event()
    said: list[str] = []

    def heard(topic: str, message: bytes) -> None:
        if topic == name and message == payload:
            passed_on.set()
        elif topic == "event" and not said:
            what = _said_by_controller(message)
            if what is not None and (is_answer(what) or what.startswith(REFUSED)):
                said.append(what)
                answered.set()

    end = link.listen(heard)
    try:
        link.post(name, request)
        async with asyncio.timeout(within_s):
            await answered.wait()
            await passed_on.wait()
    except TimeoutError:
        pass
    finally:
        end()
    return Answer(passed_on.is_set(), said[0] if said else None)


def _said_by_controller(payload: bytes) -> str | None:
    try:
        report = EventReport.model_validate_json(payload)
    except ValidationError:
        return None
    return report.what if report.source == "controller" else None
