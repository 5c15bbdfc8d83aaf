"""Outcome tests: taking one, and what was found so far."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict

from clinic.api.fields import Id, IdInPath
from clinic.api.wearers import wearer_of
from clinic.assess.desk import Busy
from clinic.assess.kept import Taken, summary_of, taken_of
from clinic.assess.live_asked import LiveAsked, two_way_joints
from clinic.assess.offered import Offered, offered
from clinic.assess.progress import Progress
from clinic.assess.report.plots import plots_of
from clinic.assess.report.report import POLICY, report_html
from clinic.assess.report.words import Language, Words
from clinic.assessments.asked import RestSection
from clinic.assessments.errors import AssessmentError
from clinic.assessments.targets import start_posture
from clinic.parts import Clinic, TheClinic
from clinic.security.at_the_arm import AtTheArm
from clinic.security.audit import audit
from clinic.security.person import Person
from clinic.security.who import SignedIn, refuse_others_wearer
from clinic.store.present import present_wearer
from clinic.store.tables.assessments import TakenTest
from clinic.store.tables.base import now
from clinic.store.tables.people import Wearer

router = APIRouter(prefix="/api/assess", tags=["outcome tests"])


class Start(BaseModel):
    """Which test, and who takes it: the one who wears the arm."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wearer_id: Id
    asked: LiveAsked


class Plan(BaseModel):
    """How many trials a test would be, and how long it may take at most, without the pauses."""

    trials: int
    at_most_s: float


class Joint(BaseModel):
    """A joint that can be tested: where its trials start, and its range, in rad."""

    name: str
    start_rad: float
    min_rad: float
    max_rad: float


class Setup(BaseModel):
    """Which tests there are, and what can be tested of this wearer. `motions`: what each does, shares of full speed."""

    tests: tuple[Offered, ...]
    joints: tuple[Joint, ...]
    motions: dict[str, dict[str, float]]


@router.get("/tests")
def tests(clinic: TheClinic, _: SignedIn) -> Setup:
    """Tell which tests there are."""
    try:
        movable = two_way_joints(clinic.arm.joints, clinic.run.motions)
    except AssessmentError:
        movable = ()
    start = start_posture(movable)
    joints = tuple(
        Joint(name=joint.name, start_rad=start[joint.name], min_rad=joint.min_rad, max_rad=joint.max_rad)
        for joint in movable
    )
    return Setup(tests=tuple(offered()), joints=joints, motions=clinic.run.motions)


@router.post("/plan")
async def plan(clinic: TheClinic, _: SignedIn, asked: LiveAsked) -> Plan:
    """Tell how long a test would be, without starting it."""
    try:
        live = clinic.assessments.test_of(asked)
    except AssessmentError as error:
        raise HTTPException(400, str(error)) from None
    test = asked.test
    each_s = test.seconds if isinstance(test, RestSection) else test.time_limit_s
    return Plan(trials=live.trials, at_most_s=live.trials * each_s)


@router.post("/start")
async def start(clinic: TheClinic, person: AtTheArm, asked: Start) -> Progress:
    """Start a test; its first trial begins when nothing stands against it."""
    wearer = await asyncio.to_thread(_present, clinic, person, asked)
    try:
        return clinic.assessments.start(asked.asked, person.name, wearer.id, wearer.name)
    except Busy as busy:
        raise HTTPException(409, _who_is_busy(person, busy)) from None
    except AssessmentError as error:
        raise HTTPException(400, str(error)) from None


@router.post("/begin")
async def begin(clinic: TheClinic, person: AtTheArm) -> Progress:
    """Begin the next trial, after a countdown."""
    desk = clinic.assessments
    sitting = desk.sitting
    if sitting is None or not person.may_see(sitting.wearer_id):
        raise HTTPException(409, "there is no test of yours to go on with: start one")
    try:
        sitting.live.begin(desk.clock())
    except AssessmentError as error:
        raise HTTPException(409, str(error)) from None
    return desk.progress()


@router.post("/abort")
async def abort(clinic: TheClinic, person: SignedIn) -> Progress:
    """End the test; the trials that were taken are kept, and the test counts as not complete."""
    desk = clinic.assessments
    sitting = desk.sitting
    if sitting is None or not person.may_see(sitting.wearer_id):
        raise HTTPException(409, "there is no test of yours to end")
    sitting.live.abort("aborted")
    return desk.progress()


@router.get("/state")
async def state(clinic: TheClinic, person: SignedIn) -> Progress:
    """Tell how the test stands that is being taken, or was taken last."""
    return shown_to(person, clinic.assessments.progress())


@router.get("/results")
def results(clinic: TheClinic, person: SignedIn, wearer: Annotated[Id, Query()]) -> list[Taken]:
    """Return every test of a wearer, the oldest first."""
    return taken_of(clinic.store, _wearer(clinic, person, wearer).id)


class PlotTold(BaseModel):
    """`group`: tests that may be compared; `svg`: coloured by the page."""

    group: str
    title: str
    svg: str


@router.get("/plots")
def plots(
    clinic: TheClinic, person: SignedIn, wearer: Annotated[Id, Query()], language: Language = Language.ENGLISH
) -> list[PlotTold]:
    """Return plots over the complete tests of a wearer."""
    taken = taken_of(clinic.store, _wearer(clinic, person, wearer).id)
    return [PlotTold(group=one.group, title=one.title, svg=one.svg) for one in plots_of(taken, Words(language))]


@router.get("/report", response_class=HTMLResponse)
def report(
    clinic: TheClinic, person: SignedIn, wearer: Annotated[Id, Query()], language: Language = Language.ENGLISH
) -> HTMLResponse:
    """Return all tests of a wearer as one page to be printed."""
    whose = _wearer(clinic, person, wearer)
    taken = taken_of(clinic.store, whose.id)
    page = report_html(taken, whose.name, person.name, now(), Words(language))
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})


@router.get("/results/{number}")
def result(clinic: TheClinic, person: SignedIn, number: IdInPath) -> Taken:
    """Return one test."""
    return summary_of(_row(clinic, person, number))


@router.get("/results/{number}/export")
def export(clinic: TheClinic, person: SignedIn, number: IdInPath) -> Response:
    """Return one test as the JSON of `clinic.assessments.result`, with trajectories."""
    row = _row(clinic, person, number)
    name = f"{row.kind}-{row.at:%Y-%m-%d}-{row.id}.json"
    return Response(row.ways, 200, {"Content-Disposition": f'attachment; filename="{name}"'}, "application/json")


def shown_to(person: Person, progress: Progress) -> Progress:
    """Return what this person may see of a test: of another wearer's, that there is one."""
    if progress.wearer_id is None or person.may_see(progress.wearer_id):
        return progress
    return Progress(stage="busy") if progress.stage not in {"finished", "aborted"} else Progress()


def _who_is_busy(person: Person, busy: Busy) -> str:
    who = busy.by if person.may_see(busy.wearer_id) else "somebody else"
    return f"{who} is running a test with this arm: wait until it is over, or ask a clinician to end it"


def _wearer(clinic: Clinic, person: Person, wearer_id: int) -> Wearer:
    refuse_others_wearer(person, wearer_id)
    with clinic.store.session() as session:
        return wearer_of(session, wearer_id)


def _present(clinic: Clinic, person: Person, asked: Start) -> Wearer:
    """Return the wearer, who has to wear the arm: what it does would be kept as somebody else's."""
    wearer = _wearer(clinic, person, asked.wearer_id)
    with clinic.store.session() as session:
        if present_wearer(session) != wearer.id:
            raise HTTPException(409, f"{wearer.name} does not wear the arm now: say who does, on the page People")
        what = f"asked for an outcome test ({asked.asked.test.kind}, {asked.asked.arm.value} arm)"
        audit(session, person, what, wearer.id)
    return wearer


def _row(clinic: Clinic, person: Person, number: int) -> TakenTest:
    with clinic.store.session() as session:
        row = session.get(TakenTest, number)
    if row is None or not person.may_see(row.wearer_id):
        raise HTTPException(404, f"there is no test {number} here that you may see")
    return row
