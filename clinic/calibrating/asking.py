"""Asks the controller for calibration, and waits for its own word."""

import asyncio
import secrets

from pydantic import ValidationError

from clinic.link.controller_link import ControllerLink
from controller.contract.calibration import CalibrationRequest, CalibrationState
from controller.contract.calibration_result import CalibrationResult
from controller.contract.requests import EventReport
from controller.contract.status import ControllerStatus

# On one machine it answers within a hop; a radio link and a busy computer take longer.
ANSWER_WITHIN_S = 3.0
REFUSED = "refused: "


class NotDoneError(Exception):
    """What was asked for was not done; one sentence that says why."""


async def ask(link: ControllerLink, request: CalibrationRequest) -> str:
    """Return what the controller answers. Raises `NotDoneError` when it refuses, or nobody answers."""
    if not link.connected:
        raise NotDoneError(f"the clinic has no connection to the broker{': ' if link.fault else ''}{link.fault}")
    sent = request.model_copy(update={"request": secrets.token_urlsafe(9)})
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def take(name: str, payload: bytes) -> None:
        if name != "event" or answer.done():
            return
        try:
            report = EventReport.model_validate_json(payload)
        except ValidationError:
            return
        if report.source == "controller" and report.request == sent.request:
            answer.set_result(report.what)

    end = link.listen(take)
    try:
        link.post("calibration_set", sent)
        async with asyncio.timeout(ANSWER_WITHIN_S):
            said = await answer
    except TimeoutError as error:
        raise NotDoneError(
            f"the controller of the arm '{link.arm}' did not answer within {ANSWER_WITHIN_S:g} s; does it run?"
        ) from error
    finally:
        end()
    if said.startswith(REFUSED):
        raise NotDoneError(said.removeprefix(REFUSED))
    return said


def standing(link: ControllerLink) -> CalibrationState | None:
    """Return how the calibration of a running controller stands; None when none runs, or it has said nothing yet."""
    try:
        state = CalibrationState.model_validate_json(link.latest["calibration_state"])
        status = ControllerStatus.model_validate_json(link.latest["controller_status"])
    except (KeyError, ValidationError):
        return None
    return state if status.status == "running" and status.session == state.session else None


def last_result(link: ControllerLink, session: str) -> CalibrationResult | None:
    """Return what the last fit of this session of the controller found."""
    try:
        result = CalibrationResult.model_validate_json(link.latest["calibration_result"])
    except (KeyError, ValidationError):
        return None
    return result if result.session == session else None
