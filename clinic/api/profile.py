"""The profile in force: seen, changed on trial, kept or taken back, and what it was before."""

from datetime import datetime
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, HTTPException, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from clinic.api.fields import LARGEST_ID, Id
from clinic.parts import Clinic, TheClinic
from clinic.security.at_the_arm import AtTheArm
from clinic.security.audit import audit
from clinic.security.person import Person
from clinic.store.present import present_wearer
from clinic.tune.differences import change_to, differences, lock_differences, ranges_for
from clinic.tune.profile_desk import NO_PROFILE, ProfileDesk
from controller.contract.requests import Locked, ProfileRole, ProfileState, ProfileValues
from controller.contract.status import ControllerStatus
from controller.rest_class import REST

router = APIRouter(
    prefix="/api/profile", tags=["tune"], responses={409: {"description": "refused, or not confirmed; says which"}}
)
# Long enough to feel a change, short enough that a wearer is not left with one that nobody wanted.
TRIAL_S = 20.0
Version = Annotated[int, Field(ge=0, lt=2**53)]
Reason = Annotated[str, Field(max_length=250, pattern=r"^[^\x00]*$")]


def _some_trial(seconds: float) -> float:
    if 0.0 < seconds < 5.0:
        raise ValueError(f"expected 0 for no trial, or 5 to 120 s to confirm within; got {seconds:g}")
    return seconds


TrialS = Annotated[float, Field(ge=0, le=120, allow_inf_nan=False), AfterValidator(_some_trial)]


class Change(BaseModel):
    """What is to be another value, seen from `version`; `locked`: the ranges of the wearer from now on, all of them.

    Within `trial_s` somebody has to keep it, or the controller goes back; 0: kept at once. Clinicians give a `reason`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Version
    values: ProfileValues = ProfileValues()
    locked: Locked | None = None
    reason: Reason = ""
    trial_s: TrialS = TRIAL_S


class Confirm(BaseModel):
    """Keep the `version` that is on trial, or take it back."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Version
    keep: bool


class Restore(BaseModel):
    """Make the values as they were in an entry of the history; a change like any other."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    entry: Id
    version: Version
    reason: Reason = ""
    trial_s: TrialS = TRIAL_S


class ProfileTold(BaseModel):
    """`state`: as the controller announced it, None while none did; `ranges`: what this person may choose, by key."""

    state: ProfileState | None
    joints: list[str]
    motions: list[str]
    ranges: dict[str, tuple[float, float]]


class Done(BaseModel):
    """`version`: in force now."""

    version: int


class Differs(BaseModel):
    """One value that changed."""

    key: str
    before: float | None
    after: float | None


class Entry(BaseModel):
    """A profile that was in force, and what it changed against the one before. `kept`: not on trial, or confirmed."""

    id: int
    at: datetime
    version: int
    author: str
    reason: str
    kept: bool
    changes: list[Differs]
    locks: list[str]


@router.get("")
async def profile(clinic: TheClinic, person: AtTheArm) -> ProfileTold:
    """Tell what is in force, and what this person may choose."""
    state, joints, motions = clinic.profile.state, [joint.name for joint in clinic.arm.joints], _motions(clinic)
    ranges = {} if state is None else ranges_for(state, joints, motions, person.is_clinician)
    return ProfileTold(state=state, joints=joints, motions=motions, ranges=ranges)


@router.post("")
async def change(clinic: TheClinic, person: AtTheArm, asked: Change) -> Done:
    """Change values, on trial unless said otherwise. 409 tells who changed what meanwhile."""
    if asked.locked is not None and not person.is_clinician:
        raise HTTPException(403, "only a clinician may lock ranges")
    return await _change(clinic, person, asked)


@router.post("/confirm")
async def confirm(clinic: TheClinic, person: AtTheArm, asked: Confirm) -> Done:
    """Keep what is on trial, or take it back at once."""
    result = await clinic.profile.confirm(person.name, asked.version, asked.keep)
    if not result.accepted:
        raise HTTPException(409, result.reason)
    what = f"{'kept' if asked.keep else 'took back'} version {asked.version} of the profile"
    await run_sync(_write_down, clinic, person, what)
    return Done(version=result.version)


@router.post("/restore")
async def restore(clinic: TheClinic, person: AtTheArm, asked: Restore) -> Done:
    """Make the values as they were."""
    desk = clinic.profile
    entry = await run_sync(desk.history.entry, asked.entry)
    if entry is None or (entry.wearer_id is not None and not person.may_see(entry.wearer_id)):
        raise HTTPException(404, f"there is no entry {asked.entry} in this arm's history")
    state = desk.state
    if state is None:
        raise HTTPException(409, NO_PROFILE)
    wanted = ProfileState.model_validate_json(entry.state)
    reason = asked.reason or f"as in version {wanted.version}"
    values = change_to(wanted.values, state.values)
    return await _change(
        clinic, person, Change(version=asked.version, values=values, reason=reason, trial_s=asked.trial_s)
    )


@router.get("/history")
def history(
    clinic: TheClinic,
    person: AtTheArm,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    count: Annotated[int, Query(ge=1, le=100)] = 30,
) -> list[Entry]:
    """List what was in force while this wearer wore the arm, newest first; `before`: entries older than this one."""
    with clinic.store.session() as session:
        wears = present_wearer(session)
    wearer_id = wears if person.is_clinician else person.wearer_id
    entries = clinic.profile.history.newest(count + 1, wearer_id, before)
    states = [ProfileState.model_validate_json(entry.state) for entry in entries]
    told = []
    for place, (entry, state) in enumerate(zip(entries, states, strict=True)):
        older = states[place + 1] if place + 1 < len(states) else None
        changes = [] if older is None else differences(older.values, state.values)
        told.append(
            Entry(
                id=entry.id,
                at=entry.at,
                version=state.version,
                author=state.author,
                reason=state.reason,
                kept=entry.kept,
                changes=[Differs(key=one.key, before=one.before, after=one.after) for one in changes],
                locks=[] if older is None else lock_differences(older.locked, state.locked),
            )
        )
    return told[:count]


async def _change(clinic: Clinic, person: Person, asked: Change) -> Done:
    if person.is_clinician and not asked.reason.strip():
        raise HTTPException(422, "reason: expected why the profile changes, got nothing")
    desk = clinic.profile
    state = desk.state
    if state is None:
        raise HTTPException(409, NO_PROFILE)
    if state.version != asked.version:
        raise HTTPException(409, await run_sync(_conflict, desk, asked.version, state))
    role = ProfileRole.CLINICIAN if person.is_clinician else ProfileRole.WEARER
    result = await desk.change(
        person.name, role, asked.version, asked.values, asked.reason, asked.trial_s, asked.locked
    )
    if not result.accepted:
        now = desk.state
        if now is not None and now.version != asked.version:
            raise HTTPException(409, await run_sync(_conflict, desk, asked.version, now))
        raise HTTPException(409, result.reason)
    what = f"changed the profile to version {result.version}{' on trial' if asked.trial_s else ''}: {asked.reason}"
    await run_sync(_write_down, clinic, person, what)
    return Done(version=result.version)


def _conflict(desk: ProfileDesk, version: int, now: ProfileState) -> str:
    """Say who changed what since `version`."""
    states = desk.history.since(version)
    words = []
    if states and states[-1].version < now.version:
        states.append(now)
    if states:
        found = differences(states[0].values, now.values)
        words = [one.words for one in found[:8]] or lock_differences(states[0].locked, now.locked)[:8]
    what = f": {', '.join(words)}" if words else ""
    why = f" ({now.reason})" if now.reason else ""
    return f"made against version {version}; meanwhile {now.author} made version {now.version}{why}{what}"


def _write_down(clinic: Clinic, person: Person, what: str) -> None:
    with clinic.store.session() as session:
        audit(session, person, what, present_wearer(session))


def _motions(clinic: Clinic) -> list[str]:
    """Return what the decoder in force may decide, but rest; without a controller what the configuration names."""
    payload = clinic.link.latest.get("controller_status")
    try:
        classes = ControllerStatus.model_validate_json(payload).classes if payload else ()
    except ValueError:
        classes = ()
    return [name for name in classes or clinic.run.motions if name != REST]
