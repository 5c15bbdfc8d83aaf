"""Measuring one site: the page shows the steps, the service takes the levels."""

from typing import Annotated

from fastapi import APIRouter, HTTPException
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from clinic.api.of_wearer import OfWearer
from clinic.course.measuring import Asked, Measuring
from clinic.course.plan import Transfer
from clinic.course.records import course_in_force
from clinic.course.site_routine import Kind, steps
from clinic.errors import ClinicError
from clinic.parts import Clinic, TheClinic
from clinic.security.at_the_arm import AtTheArm
from clinic.security.who import SignedIn
from clinic.store.present import present_wearer
from controller.contract.message import Name

router = APIRouter(prefix="/api/wearers/{wearer_id}/course/measuring", tags=["course"])
Request = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{8,64}$")]


class Measure(BaseModel):
    """Measure the site of `motion`; `request`: an id made up by whoever asks, sent twice it is one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    motion: Name
    kind: Kind = Kind.STEADY
    request: Request


class StepView(BaseModel):
    """Rest, or make an effort; `asked`: which of five strengths, null for any."""

    rests: bool
    start_s: float
    end_s: float
    asked: int | None


class MeasuringView(BaseModel):
    """`elapsed_s`: null while nothing is measured. `ended`: request of the last one; `why`: why nothing was kept."""

    elapsed_s: float | None
    request: str
    motion: str
    steps: list[StepView]
    ended: str
    why: str


@router.post("")
async def begin(clinic: TheClinic, person: AtTheArm, wearer_id: OfWearer, asked: Measure) -> MeasuringView:
    """Begin now: the steps count from the answer."""
    measuring = clinic.measuring
    before = measuring.last
    if (measuring.asked is not None and measuring.asked.request == asked.request) or (
        before is not None and before.request == asked.request and not before.why
    ):
        return _view(measuring, wearer_id)
    transfer = await run_in_threadpool(_transfer, clinic, wearer_id, asked.motion)
    try:
        measuring.start(Asked(wearer_id, asked.request, person.name, transfer, asked.kind))
    except ClinicError as error:
        raise HTTPException(409, str(error)) from None
    return _view(measuring, wearer_id)


@router.get("")
async def standing(clinic: TheClinic, _: SignedIn, wearer_id: OfWearer) -> MeasuringView:
    """Tell how it stands."""
    return _view(clinic.measuring, wearer_id)


@router.delete("")
async def give_up(clinic: TheClinic, _: SignedIn, wearer_id: OfWearer) -> MeasuringView:
    """Stop measuring; nothing is kept."""
    measuring = clinic.measuring
    if measuring.asked is not None and measuring.asked.wearer_id == wearer_id:
        measuring.stop()
    return _view(measuring, wearer_id)


def _transfer(clinic: Clinic, wearer_id: int, motion: str) -> Transfer:
    with clinic.store.session() as session:
        if present_wearer(session) != wearer_id:
            raise HTTPException(409, "somebody else wears the arm now; say who does on the page People")
        transfer = course_in_force(session, wearer_id).plan.transfer(motion)
    if transfer is None:
        raise HTTPException(404, f"this course has no transfer that means '{motion}'")
    return transfer


def _view(measuring: Measuring, wearer_id: int) -> MeasuringView:
    asked = measuring.asked if measuring.asked is not None and measuring.asked.wearer_id == wearer_id else None
    last = measuring.last if measuring.last is not None and measuring.last.wearer_id == wearer_id else None
    return MeasuringView(
        elapsed_s=measuring.elapsed_s if asked else None,
        request=asked.request if asked else "",
        motion=asked.transfer.motion if asked else "",
        steps=[StepView.model_validate(step, from_attributes=True) for step in steps(asked.kind)] if asked else [],
        ended=last.request if last else "",
        why=last.why if last else "",
    )
