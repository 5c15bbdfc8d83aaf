"""A clinician proposes a change of the profile with its reason; the wearer tries it when it suits."""

from datetime import datetime, timedelta
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from clinic.api.fields import LARGEST_ID, Id, IdInPath
from clinic.api.wearers import wearer_of
from clinic.parts import Clinic, TheClinic
from clinic.security.at_the_arm import is_at_the_arm
from clinic.security.audit import audit
from clinic.security.person import Person
from clinic.security.who import Clinician, SignedIn, refuse_others_wearer
from clinic.store.tables.base import now
from clinic.store.tables.people import CLINICIAN, Account
from clinic.store.tables.proposals import Proposal, ProposalState
from controller.contract.requests import ProfileValues

router = APIRouter(prefix="/api", tags=["proposals"])
Reason = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]


class NewProposal(BaseModel):
    """What to change, and why; good for `days`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wearer_id: Id
    values: ProfileValues
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]
    days: Annotated[int, Field(ge=1, le=90)] = 7


class Refusal(BaseModel):
    """Why not; may be left empty."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Reason = ""


class ProposalTold(BaseModel):
    """One proposal. `answer`: why it was refused, or why the controller did not take it yet."""

    id: int
    wearer_id: int
    made_by: str
    made: datetime
    until: datetime
    values: ProfileValues
    reason: str
    state: ProposalState
    decided_by: str
    decided: datetime | None
    answer: str


@router.get("/proposals")
def proposals(
    clinic: TheClinic, person: SignedIn, wearer_id: Annotated[int, Query(ge=1, le=LARGEST_ID)]
) -> list[ProposalTold]:
    """List what was proposed to a wearer, newest first."""
    refuse_others_wearer(person, wearer_id)
    with clinic.store.session() as session:
        _expire(session)
        chosen = select(Proposal).where(Proposal.wearer_id == wearer_id).order_by(Proposal.id.desc()).limit(100)
        return [_told(proposal) for proposal in session.scalars(chosen)]


@router.post("/proposals", status_code=201)
def propose(clinic: TheClinic, person: Clinician, asked: NewProposal) -> ProposalTold:
    """Propose a change to a wearer. Nothing changes before the wearer accepts."""
    change = asked.values.model_dump_json(exclude_defaults=True)
    if change == "{}":
        raise HTTPException(422, "expected at least one value to change, got none")
    with clinic.store.session() as session:
        wearer_of(session, asked.wearer_id)
        proposal = Proposal(
            wearer_id=asked.wearer_id,
            made_by=person.name,
            until=now() + timedelta(days=asked.days),
            change=change,
            reason=asked.reason,
        )
        session.add(proposal)
        session.flush()
        audit(session, person, f"proposed change {proposal.id} of the profile", asked.wearer_id)
        return _told(proposal)


@router.post("/proposals/{proposal_id}/accept")
async def accept(clinic: TheClinic, person: SignedIn, proposal_id: IdInPath) -> ProposalTold:
    """Accept as the wearer: the controller takes the change, or says why not and it stays open."""
    author, values, reason = await run_sync(_begin_to_accept, clinic, person, proposal_id)
    try:
        result = await clinic.profile.apply(author, values, reason)
    except BaseException:
        await run_sync(_end_accepting, clinic, person, proposal_id, False, "the controller was not asked")
        raise
    return await run_sync(_end_accepting, clinic, person, proposal_id, result.accepted, result.reason)


@router.post("/proposals/{proposal_id}/refuse")
def refuse(clinic: TheClinic, person: SignedIn, proposal_id: IdInPath, asked: Refusal) -> ProposalTold:
    """Refuse as the wearer."""
    with clinic.store.session() as session:
        _refuse_who_is_not_asked(session, person, proposal_id)
        return _decide(session, person, proposal_id, ProposalState.REFUSED, asked.reason)


@router.post("/proposals/{proposal_id}/withdraw")
def withdraw(clinic: TheClinic, person: Clinician, proposal_id: IdInPath) -> ProposalTold:
    """Take a proposal back before it is accepted."""
    with clinic.store.session() as session:
        _proposal_of(session, person, proposal_id)
        return _decide(session, person, proposal_id, ProposalState.WITHDRAWN, "")


def reopen(clinic: Clinic) -> None:
    """Open again what was being accepted when the service ended: the wearer decides anew."""
    with clinic.store.session() as session:
        session.execute(
            update(Proposal).where(Proposal.state == ProposalState.ACCEPTING).values(state=ProposalState.OPEN)
        )


def _begin_to_accept(clinic: Clinic, person: Person, proposal_id: int) -> tuple[Person, ProfileValues, str]:
    if not is_at_the_arm(clinic, person):
        raise HTTPException(409, "somebody else wears the arm now, so the change would be theirs; it stays open")
    with clinic.store.session() as session:
        proposal = _refuse_who_is_not_asked(session, person, proposal_id)
        author = session.scalar(select(Account).where(Account.name == proposal.made_by, Account.role == CLINICIAN))
        if author is None or author.disabled:
            raise HTTPException(409, f"{proposal.made_by}, who proposed it, may not change profiles any more")
        _move(session, proposal_id, ProposalState.OPEN, ProposalState.ACCEPTING)
        by = Person(author.id, f"{author.name}, accepted by {person.name}"[:100], author.role, None)
        return by, ProfileValues.model_validate_json(proposal.change), proposal.reason


def _end_accepting(clinic: Clinic, person: Person, proposal_id: int, taken: bool, answer: str) -> ProposalTold:
    with clinic.store.session() as session:
        _move(session, proposal_id, ProposalState.ACCEPTING, ProposalState.ACCEPTED if taken else ProposalState.OPEN)
        proposal = _proposal_of(session, person, proposal_id)
        proposal.answer = answer[:500]
        if taken:
            proposal.decided_by, proposal.decided = person.name, now()
        audit(session, person, f"accepted change {proposal_id}{'' if taken else ', not taken'}", proposal.wearer_id)
        return _told(proposal)


def _decide(session: Session, person: Person, proposal_id: int, state: ProposalState, answer: str) -> ProposalTold:
    _move(session, proposal_id, ProposalState.OPEN, state)
    proposal = _proposal_of(session, person, proposal_id)
    proposal.decided_by, proposal.decided, proposal.answer = person.name, now(), answer
    audit(session, person, f"{state} change {proposal_id}", proposal.wearer_id)
    return _told(proposal)


def _move(session: Session, proposal_id: int, before: ProposalState, after: ProposalState) -> None:
    """Compare and set: of two who decide at once, one does."""
    _expire(session)
    chosen = update(Proposal).where(Proposal.id == proposal_id, Proposal.state == before)
    moved: CursorResult[tuple[()]] = session.execute(chosen.values(state=after))  # type: ignore[assignment]
    if moved.rowcount != 1:
        raise HTTPException(409, f"this proposal is no longer {before}; load it again")
    session.expire_all()


def _expire(session: Session) -> None:
    over = update(Proposal).where(Proposal.state == ProposalState.OPEN, Proposal.until < now())
    session.execute(over.values(state=ProposalState.EXPIRED))


def _refuse_who_is_not_asked(session: Session, person: Person, proposal_id: int) -> Proposal:
    proposal = _proposal_of(session, person, proposal_id)
    if person.wearer_id != proposal.wearer_id:
        raise HTTPException(403, "the wearer decides on a proposal; a clinician changes the profile on the page Tune")
    return proposal


def _proposal_of(session: Session, person: Person, proposal_id: int) -> Proposal:
    proposal = session.get(Proposal, proposal_id)
    if proposal is None or not person.may_see(proposal.wearer_id):
        raise HTTPException(404, f"there is no proposal {proposal_id}")
    return proposal


def _told(proposal: Proposal) -> ProposalTold:
    return ProposalTold(
        id=proposal.id,
        wearer_id=proposal.wearer_id,
        made_by=proposal.made_by,
        made=proposal.made,
        until=proposal.until,
        values=ProfileValues.model_validate_json(proposal.change),
        reason=proposal.reason,
        state=ProposalState(proposal.state),
        decided_by=proposal.decided_by,
        decided=proposal.decided,
        answer=proposal.answer,
    )
