"""Accounts, where they are signed in, and what was done."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.api.fields import LARGEST_ID, Id, IdInPath, Name
from clinic.api.sign_in import address_of
from clinic.api.wearers import wearer_of
from clinic.parts import TheClinic
from clinic.security.audit import audit
from clinic.security.passwords import LEAST_LENGTH, LONGEST, NO_PASSWORD, hashed, is_right
from clinic.security.signed_in import end_all_sign_ins, end_sign_in
from clinic.security.who import Clinician, SignedIn, refuse_others_wearer
from clinic.store.tables.people import WEARER, Account, AuditEntry, SignInEntry

router = APIRouter(prefix="/api", tags=["people"])
NewPassword = Annotated[str, Field(min_length=LEAST_LENGTH, max_length=LONGEST)]


class NewAccount(BaseModel):
    """An account for a clinician, or for a wearer. Without a password it signs in by pairing a phone alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    role: Literal["clinician", "wearer"]
    wearer_id: Id | None = None
    password: NewPassword | None = None

    @model_validator(mode="after")
    def _goes_with_the_role(self) -> "NewAccount":
        if (self.role == WEARER) != (self.wearer_id is not None):
            raise ValueError("an account of a wearer names the wearer, that of a clinician does not")
        if self.role != WEARER and self.password is None:
            raise ValueError("an account of a clinician needs a password")
        return self


class AccountTold(BaseModel):
    """One account."""

    id: int
    name: str
    role: str
    wearer_id: int | None
    disabled: bool
    has_password: bool
    created: datetime


class AccountChange(BaseModel):
    """A disabled account is signed out everywhere and cannot sign in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    disabled: bool


class ResetPassword(BaseModel):
    """The new one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    password: NewPassword


class OwnPassword(BaseModel):
    """The present one and the new one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    present: Annotated[str, Field(max_length=LONGEST)]
    password: NewPassword


class SignInTold(BaseModel):
    """Where an account is signed in. `device`: a paired phone's name, else empty. `here`: it is the one that asks."""

    id: int
    account: str
    device: str
    created: datetime
    used: datetime
    until: datetime
    here: bool


class AuditTold(BaseModel):
    """Who did what."""

    id: int
    at: datetime
    who: str
    what: str
    wearer_id: int | None


@router.get("/accounts")
def accounts(clinic: TheClinic, person: Clinician) -> list[AccountTold]:  # noqa: ARG001 - asked for, so that others are refused
    """List the accounts by name."""
    with clinic.store.session() as session:
        return [_told(account) for account in session.scalars(select(Account).order_by(Account.name))]


@router.post("/accounts", status_code=201)
def add_account(clinic: TheClinic, person: Clinician, asked: NewAccount) -> AccountTold:
    """Make an account."""
    kept = NO_PASSWORD if asked.password is None else hashed(asked.password)
    with clinic.store.session() as session:
        if session.scalar(select(Account.id).where(Account.name == asked.name)) is not None:
            raise HTTPException(409, f"there is an account '{asked.name}' already; give this one another name")
        if asked.wearer_id is not None:
            wearer_of(session, asked.wearer_id)
        account = Account(name=asked.name, role=asked.role, password_hash=kept, wearer_id=asked.wearer_id)
        session.add(account)
        session.flush()
        audit(session, person, f"made account {account.id} of a {asked.role}", asked.wearer_id)
        return _told(account)


@router.patch("/accounts/{account_id}")
def change_account(clinic: TheClinic, person: Clinician, account_id: IdInPath, asked: AccountChange) -> AccountTold:
    """Disable or enable an account. Not one's own, so that somebody can always sign in."""
    if account_id == person.account_id:
        raise HTTPException(409, "your own account stays as it is; another clinician can disable it")
    with clinic.store.session() as session:
        account = _account_of(session, account_id)
        account.disabled = asked.disabled
        if asked.disabled:
            end_all_sign_ins(session, account_id)
        audit(session, person, f"{'disabled' if asked.disabled else 'enabled'} account {account_id}", account.wearer_id)
        return _told(account)


@router.put("/accounts/{account_id}/password", status_code=204)
def reset_password(clinic: TheClinic, person: Clinician, account_id: IdInPath, asked: ResetPassword) -> None:
    """Give a wearer's account a new password; it is signed out everywhere."""
    with clinic.store.session() as session:
        if _account_of(session, account_id).role != WEARER:
            raise HTTPException(
                409, "a clinician's password is changed by its owner, or with `efferent clinic --add-account`"
            )
    kept = hashed(asked.password)
    with clinic.store.session() as session:
        account = _account_of(session, account_id)
        account.password_hash = kept
        end_all_sign_ins(session, account_id)
        audit(session, person, f"reset the password of account {account_id}", account.wearer_id)


@router.put("/me/password", status_code=204)
def change_password(clinic: TheClinic, request: Request, person: SignedIn, asked: OwnPassword) -> None:
    """Change one's own password; all other sign-ins of the account end."""
    if not clinic.attempts.may_try(person.name, address_of(request)):
        raise HTTPException(429, "too many attempts; wait five minutes")
    with clinic.store.session() as session:
        before = _account_of(session, person.account_id).password_hash
    if not is_right(asked.present, before):
        raise HTTPException(403, "the present password is wrong")
    clinic.attempts.succeeded(person.name)
    kept = hashed(asked.password)
    with clinic.store.session() as session:
        _account_of(session, person.account_id).password_hash = kept
        end_all_sign_ins(session, person.account_id, but=person.sign_in_id)
        audit(session, person, "changed the own password", person.wearer_id)


@router.get("/sign-ins")
def sign_ins(
    clinic: TheClinic, person: SignedIn, wearer_id: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None
) -> list[SignInTold]:
    """List where one's own account is signed in, or for clinicians where the accounts of a wearer are."""
    if wearer_id is not None:
        refuse_others_wearer(person, wearer_id)
    whose = Account.id == person.account_id if wearer_id is None else Account.wearer_id == wearer_id
    with clinic.store.session() as session:
        found = session.execute(
            select(SignInEntry, Account.name)
            .join(Account, Account.id == SignInEntry.account_id)
            .where(whose)
            .order_by(SignInEntry.used.desc())
        ).all()
    return [
        SignInTold(
            id=entry.id,
            account=name,
            device=entry.device,
            created=entry.created,
            used=entry.used,
            until=entry.until,
            here=entry.id == person.sign_in_id,
        )
        for entry, name in found
    ]


@router.delete("/sign-ins/{sign_in_id}", status_code=204)
def revoke_sign_in(clinic: TheClinic, person: SignedIn, sign_in_id: IdInPath) -> None:
    """Sign a browser or phone out: one's own, or for clinicians one of a wearer."""
    with clinic.store.session() as session:
        entry = session.get(SignInEntry, sign_in_id)
        account = None if entry is None else session.get(Account, entry.account_id)
        theirs = account is not None and (
            account.id == person.account_id or (person.is_clinician and account.role == WEARER)
        )
        if account is None or not theirs:
            raise HTTPException(404, f"there is no sign-in {sign_in_id} of yours")
        end_sign_in(session, sign_in_id)
        audit(session, person, f"ended sign-in {sign_in_id} of account {account.id}", account.wearer_id)


@router.get("/audit")
def audit_log(
    clinic: TheClinic,
    person: Clinician,  # noqa: ARG001 - asked for, so that others are refused
    before: Annotated[int, Query(ge=1, le=LARGEST_ID)] = LARGEST_ID,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[AuditTold]:
    """List what was done, newest first; `before`: only entries with a smaller number."""
    with clinic.store.session() as session:
        found = session.scalars(
            select(AuditEntry).where(AuditEntry.id < before).order_by(AuditEntry.id.desc()).limit(limit)
        ).all()
    return [AuditTold.model_validate(entry, from_attributes=True) for entry in found]


def _account_of(session: Session, account_id: int) -> Account:
    account = session.get(Account, account_id)
    if account is None:
        raise HTTPException(404, f"there is no account {account_id}")
    return account


def _told(account: Account) -> AccountTold:
    return AccountTold(
        id=account.id,
        name=account.name,
        role=account.role,
        wearer_id=account.wearer_id,
        disabled=account.disabled,
        has_password=account.password_hash != NO_PASSWORD,
        created=account.created,
    )
