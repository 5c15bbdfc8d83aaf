"""Stopping the arm, allowing it to move, and which decoder decides: asked of the controller, answered when it has."""

from typing import Annotated

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from clinic.link.asking import ANSWER_WITHIN_S, Answer, ask
from clinic.parts import Clinic, TheClinic
from clinic.security.at_the_arm import AtTheArm
from clinic.security.who import SignedIn
from controller.contract.message import Name
from controller.contract.requests import Mode, ModeRequest, StopRequest

router = APIRouter(
    prefix="/api/arm", tags=["arm"], responses={409: {"description": "refused, or not confirmed; says which"}}
)


class Done(BaseModel):
    """The controller's answer."""

    said: str


class WhyStop(BaseModel):
    """Why, if somebody says so."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Annotated[str, Field(max_length=200)] = ""


class DecoderChoice(BaseModel):
    """One of the decoders that the controller's status names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    decoder: Name


@router.post("/stop")
async def stop(clinic: TheClinic, person: SignedIn, why: WhyStop | None = None) -> Done:
    """Stop controller and arm. 409 unless the controller has said that it stopped: then stop in another way."""
    request = StopRequest(by=person.name, reason=why.reason if why else "")
    if not clinic.link.connected:
        clinic.link.post("stop", request)  # late is better than never; but nobody is told that it was done
    answer = await ask(clinic.link, "stop", request, lambda said: said.startswith(f"stopped by {person.name}"))
    return _done(clinic, answer)


@router.post("/engage")
async def engage(clinic: TheClinic, person: AtTheArm) -> Done:
    """Allow motion. Refused unless the wearer is relaxed."""
    return await _ask_mode(clinic, ModeRequest(mode=Mode.ENGAGE, by=person.name))


@router.post("/disengage")
async def disengage(clinic: TheClinic, person: AtTheArm) -> Done:
    """End motion."""
    return await _ask_mode(clinic, ModeRequest(mode=Mode.DISENGAGE, by=person.name))


@router.post("/clear")
async def clear(clinic: TheClinic, person: AtTheArm) -> Done:
    """Say that a stop or fault has been seen."""
    return await _ask_mode(clinic, ModeRequest(mode=Mode.CLEAR, by=person.name))


@router.post("/decoder")
async def switch_decoder(clinic: TheClinic, person: AtTheArm, choice: DecoderChoice) -> Done:
    """Let another of the configured decoders decide."""
    return await _ask_mode(clinic, ModeRequest(mode=Mode.SWITCH_DECODER, by=person.name, decoder=choice.decoder))


async def _ask_mode(clinic: Clinic, request: ModeRequest) -> Done:
    expected = (
        f"{request.mode.value} by {request.by}"
        if request.decoder is None
        else f"decoder '{request.decoder}' chosen by {request.by}"
    )
    # One after another, so that a refusal is not taken for the answer to somebody else. A stop waits for nobody.
    async with clinic.arm_turn:
        answer = await ask(clinic.link, "mode_set", request, lambda said: said == expected)
    if request.mode is Mode.ENGAGE and answer.said is None and clinic.link.connected:
        # It may still be on its way, and nobody waits for it any more.
        clinic.link.post("mode_set", ModeRequest(mode=Mode.DISENGAGE, by=request.by))
    return _done(clinic, answer)


def _done(clinic: Clinic, answer: Answer) -> Done:
    if answer.done:
        return Done(said=answer.said or "")
    if answer.said is not None:
        raise HTTPException(409, answer.said)
    if not answer.passed_on:
        raise HTTPException(
            409,
            f"NOT CONFIRMED: {clinic.link.fault or 'the broker did not pass it on'}; take it that nothing was done",
        )
    raise HTTPException(
        409,
        f"NOT CONFIRMED: no controller of arm '{clinic.arm.name}' answered within {ANSWER_WITHIN_S:g} s",
    )
