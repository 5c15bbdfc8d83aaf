"""Signing in and out."""

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from clinic.api.fields import Name
from clinic.parts import Clinic, TheClinic
from clinic.security.audit import audit
from clinic.security.passwords import LONGEST, is_right
from clinic.security.person import Person
from clinic.security.signed_in import COOKIE, begin_sign_in, csrf_token, end_all_sign_ins, end_sign_in, set_cookie
from clinic.security.who import SignedIn
from clinic.store.tables.people import Account

router = APIRouter(prefix="/api", tags=["signing in"])


class SignIn(BaseModel):
    """Name and password."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    password: str = Field(max_length=LONGEST)


class Me(BaseModel):
    """Who is signed in. `csrf_token`: what every change shows in the header X-CSRF-Token."""

    name: str
    role: str
    wearer_id: int | None
    csrf_token: str


@router.post("/sign-in")
def sign_in(clinic: TheClinic, request: Request, asked: SignIn, response: Response) -> Me:
    """Sign in; the cookie lasts until the browser closes, and no longer than the settings say."""
    if not clinic.attempts.may_try(asked.name, address_of(request)):
        raise HTTPException(429, "too many attempts; wait five minutes")
    with clinic.store.session() as session:
        account = session.scalar(select(Account).where(Account.name == asked.name))
    if not is_right(asked.password, None if account is None else account.password_hash) or account is None:
        raise HTTPException(403, "name or password is wrong")
    if account.disabled:
        raise HTTPException(403, "this account is disabled; ask a clinician")
    clinic.attempts.succeeded(asked.name)
    with clinic.store.session() as session:
        cookie = begin_sign_in(clinic, session, account)
        audit(
            session, Person(account.id, account.name, account.role, account.wearer_id), "signed in", account.wearer_id
        )
    set_cookie(clinic, response, cookie)
    return told(clinic, account, cookie)


@router.post("/sign-out")
def sign_out(clinic: TheClinic, person: SignedIn, response: Response) -> None:
    """End this sign-in, here and on the server."""
    with clinic.store.session() as session:
        end_sign_in(session, person.sign_in_id)
        audit(session, person, "signed out", person.wearer_id)
    response.delete_cookie(COOKIE)


@router.post("/sign-out-everywhere")
def sign_out_everywhere(clinic: TheClinic, person: SignedIn, response: Response) -> None:
    """End all sign-ins of this account, paired phones too."""
    with clinic.store.session() as session:
        end_all_sign_ins(session, person.account_id)
        audit(session, person, "signed out everywhere", person.wearer_id)
    response.delete_cookie(COOKIE)


@router.get("/me")
def me(clinic: TheClinic, request: Request, person: SignedIn) -> Me:
    """Tell who is signed in."""
    token = csrf_token(clinic, request.cookies.get(COOKIE, ""))
    return Me(name=person.name, role=person.role, wearer_id=person.wearer_id, csrf_token=token)


def told(clinic: Clinic, account: Account, cookie: str) -> Me:
    """Return what a page is told that has just signed in."""
    return Me(name=account.name, role=account.role, wearer_id=account.wearer_id, csrf_token=csrf_token(clinic, cookie))


def address_of(request: Request) -> str:
    """Return where a request comes from."""
    return request.client.host if request.client is not None else ""
