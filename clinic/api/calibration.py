"""Calibration through the running controller: what is asked of it, and how it stands."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from clinic.api.fields import LARGEST_ID
from clinic.calibrating.asking import NotDoneError, ask, last_result, standing
from clinic.calibrating.kept import KeptCalibration, kept_of
from clinic.calibrating.rule import judge
from clinic.calibrating.short import plan_of
from clinic.parts import Clinic, TheClinic
from clinic.security.at_the_arm import AtTheArm
from clinic.security.audit import audit
from clinic.security.person import Person
from clinic.security.who import SignedIn, refuse_others_wearer
from clinic.store.present import present_wearer
from controller.contract.calibration import MOST_POSITIONS, MOST_TRIALS, CalibrationRequest, CalibrationState, TrialText
from controller.contract.calibration import CalibrationAction as Action
from controller.contract.calibration_result import CalibrationResult
from controller.contract.message import Name
from controller.rest_class import REST

router = APIRouter(prefix="/api/calibration", tags=["calibration"])

# What a page offers; the controller takes any names.
POSITIONS = ("down", "forward", "up")
# These change what moves the arm, or begin to.
NOTED = (Action.START, Action.ADD, Action.SWAP, Action.BACK)


class Asked(BaseModel):
    """What somebody asks for; the fields are those of the contract's `CalibrationRequest`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    action: Action
    motions: Annotated[tuple[Name, ...], Field(max_length=32)] = ()
    trials_per_motion: Annotated[int, Field(ge=0, le=20)] = 0
    hold_s: Annotated[float, Field(ge=0.5, le=30)] = 3.0
    rest_s: Annotated[float, Field(ge=0.5, le=30)] = 2.0
    trials: Annotated[tuple[TrialText, ...], Field(max_length=MOST_TRIALS)] = ()
    positions: Annotated[tuple[Name, ...], Field(max_length=MOST_POSITIONS)] = ()
    ramp: bool = False


class Said(BaseModel):
    """The controller's own word."""

    said: str


class Verdict(BaseModel):
    """Whether a wearer alone may use the model in shadow. `why`: a word for pages; `sentence`: the same in English."""

    may_use: bool
    pending: bool
    why: str
    sentence: str
    values: dict[str, float | str]


class Plan(BaseModel):
    """What can be asked for. `short_*`: of the wearer's short calibration, which takes `short_whole_s`."""

    motions: tuple[str, ...]
    positions: tuple[str, ...]
    short_hold_s: float
    short_rest_s: float
    short_whole_s: float
    short_fits: bool


class Standing(BaseModel):
    """How it stands; `state` is null while no controller runs."""

    state: CalibrationState | None
    result: CalibrationResult | None
    verdict: Verdict | None
    plan: Plan


@router.get("")
async def how_it_stands(clinic: TheClinic, _: AtTheArm) -> Standing:
    """Return how the calibration stands, and what can be asked for."""
    state = standing(clinic.link)
    short = plan_of([name for name in clinic.run.motions if name != REST])
    found = None if state is None else judge(state)
    return Standing(
        state=state,
        result=None if state is None else last_result(clinic.link, state.session),
        verdict=None
        if found is None
        else Verdict(
            may_use=found.may_use, pending=found.pending, why=found.why, sentence=found.sentence, values=found.values
        ),
        plan=Plan(
            motions=short.motions,
            positions=POSITIONS,
            short_hold_s=short.hold_s,
            short_rest_s=short.rest_s,
            short_whole_s=short.whole_s,
            short_fits=short.fits,
        ),
    )


@router.post("")
async def do(clinic: TheClinic, person: AtTheArm, asked: Asked) -> Said:
    """Ask the controller; what it refuses is a 409 with its reason."""
    if not person.is_clinician:
        _require_allowed(clinic, asked.action)
    request = CalibrationRequest(by=person.name, **asked.model_dump())
    try:
        said = await ask(clinic.link, request)
    except NotDoneError as error:
        raise HTTPException(409, str(error)) from error
    if asked.action in NOTED:
        wearer_id = await run_in_threadpool(_note, clinic, person, f"asked to calibrate: {asked.action.value}")
        if asked.action in (Action.START, Action.ADD):
            clinic.calibrations.begun(person.name, wearer_id)
    return Said(said=said)


@router.get("/kept")
def kept(
    clinic: TheClinic, person: SignedIn, wearer_id: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None
) -> list[KeptCalibration]:
    """Return the calibrations that were fitted, newest first: of a wearer, else of the one who wears the arm."""
    if wearer_id is not None:
        refuse_others_wearer(person, wearer_id)
        return kept_of(clinic.store, wearer_id)
    if not person.is_clinician:
        return kept_of(clinic.store, person.wearer_id)
    with clinic.store.session() as session:
        present = present_wearer(session)
    return kept_of(clinic.store, present)


def _require_allowed(clinic: Clinic, action: Action) -> None:
    """A wearer alone adds to what is there, and uses the new model only by the rule."""
    if action is Action.START:
        raise HTTPException(403, "only a clinician may replace all that was learnt; recalibrating adds to it")
    state = standing(clinic.link)
    if action is Action.SWAP and state is not None:
        found = judge(state)
        if not found.may_use:
            raise HTTPException(409, found.sentence)


def _note(clinic: Clinic, person: Person, what: str) -> int | None:
    """Write down what was asked for; return whose arm it is."""
    with clinic.store.session() as session:
        wearer_id = present_wearer(session)
        audit(session, person, what, wearer_id)
    return wearer_id
