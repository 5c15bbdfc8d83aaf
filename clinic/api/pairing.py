"""Pairing a wearer's phone: a code to photograph, a PIN to type, and the phone is signed in."""

import io
from datetime import datetime, timedelta
from typing import Annotated, Literal

import segno
from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.api.fields import Id, IdInPath, Name
from clinic.api.sign_in import Me, address_of, told
from clinic.api.wearers import wearer_of
from clinic.parts import TheClinic
from clinic.security.audit import audit
from clinic.security.pairings import LASTS_S, Pairing
from clinic.security.passwords import NO_PASSWORD
from clinic.security.person import Person
from clinic.security.reachable import host_for_phones
from clinic.security.signed_in import begin_sign_in, set_cookie
from clinic.security.who import SignedIn, refuse_others_wearer
from clinic.settings import is_loopback
from clinic.store.tables.base import now
from clinic.store.tables.people import WEARER, Account, SignInEntry

router = APIRouter(prefix="/api", tags=["pairing"])


class PairingWanted(BaseModel):
    """For whose phone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wearer_id: Id


class PairingOpened(BaseModel):
    """`url`, and the same as a picture `qr_svg`; `pin`: told beside it. `only_here`: no phone reaches this service."""

    number: int
    url: str
    qr_svg: str
    pin: str
    until: datetime
    only_here: bool


class PairingStanding(BaseModel):
    """Whether the phone has been here."""

    state: Literal["waiting", "paired", "over"]


class Pair(BaseModel):
    """What the phone knows: the link's token, and the PIN that was typed. `device`: what it is called in lists."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: Annotated[str, Field(max_length=100)]
    pin: Annotated[str, Field(pattern=r"^[0-9]{6}$")]
    device: Name = "phone"


@router.post("/pairings", status_code=201)
def begin_pairing(clinic: TheClinic, request: Request, person: SignedIn, asked: PairingWanted) -> PairingOpened:
    """Open a pairing for five minutes: for clinicians, and for the wearer from a computer."""
    refuse_others_wearer(person, asked.wearer_id)
    with clinic.store.session() as session:
        wearer_of(session, asked.wearer_id)
        here = session.get(SignInEntry, person.sign_in_id)
        if here is not None and here.device:
            raise HTTPException(403, "a paired phone pairs no other; do it at the computer")
        audit(session, person, "opened a pairing of a phone", asked.wearer_id)
    pairing = clinic.pairings.begin(asked.wearer_id)
    host = host_for_phones(clinic.settings, request.url.hostname or "")
    url = _url(request, host, pairing)
    return PairingOpened(
        number=pairing.number,
        url=url,
        qr_svg=_picture(url),
        pin=pairing.pin,
        until=now() + timedelta(seconds=LASTS_S),
        only_here=is_loopback(host),
    )


@router.get("/pairings/{number}")
def pairing_standing(clinic: TheClinic, person: SignedIn, number: IdInPath) -> PairingStanding:
    """Tell whether the phone has come."""
    pairing = clinic.pairings.find(number)
    if pairing is None or not person.may_see(pairing.wearer_id):
        return PairingStanding(state="over")
    if pairing.used:
        return PairingStanding(state="paired")
    return PairingStanding(state="waiting" if pairing.tries_left else "over")


@router.delete("/pairings/{number}", status_code=204)
def end_pairing(clinic: TheClinic, person: SignedIn, number: IdInPath) -> None:
    """End a pairing before its time."""
    pairing = clinic.pairings.find(number)
    if pairing is not None and person.may_see(pairing.wearer_id):
        clinic.pairings.cancel(number)


@router.post("/pair")
def pair(clinic: TheClinic, request: Request, asked: Pair, response: Response) -> Me:
    """Sign a phone in with link and PIN."""
    if not clinic.attempts.may_try(f"pairing {asked.token}", address_of(request)):
        raise HTTPException(429, "too many attempts; wait five minutes")
    wearer_id = clinic.pairings.redeem(asked.token, asked.pin)
    if wearer_id is None:
        raise HTTPException(403, "the PIN is wrong, or the code is no longer good; let the clinic show a new one")
    with clinic.store.session() as session:
        account = _account_for(session, wearer_id)
        if account.disabled:
            raise HTTPException(403, "this account is disabled; ask a clinician")
        cookie = begin_sign_in(clinic, session, account, asked.device)
        audit(session, Person(account.id, account.name, account.role, wearer_id), "paired a phone", wearer_id)
    set_cookie(clinic, response, cookie, asked.device)
    return told(clinic, account, cookie)


def _account_for(session: Session, wearer_id: int) -> Account:
    """Return the wearer's account; one without a password is made where there is none."""
    account = session.scalar(select(Account).where(Account.wearer_id == wearer_id).order_by(Account.id))
    if account is None:
        name = wearer_of(session, wearer_id).name
        if session.scalar(select(Account.id).where(Account.name == name)) is not None:
            name = f"{name[:80]} (wearer {wearer_id})"
        account = Account(name=name, role=WEARER, password_hash=NO_PASSWORD, wearer_id=wearer_id)
        session.add(account)
        session.flush()
    return account


def _url(request: Request, host: str, pairing: Pairing) -> str:
    # What follows the # is not sent with a request: the token stays out of logs and of other pages' sight.
    named = f"[{host}]" if ":" in host else host
    port = f":{request.url.port}" if request.url.port is not None else ""
    return f"{request.url.scheme}://{named}{port}/#pair/{pairing.token}"


def _picture(url: str) -> str:
    written = io.BytesIO()
    segno.make(url, error="m", micro=False).save(
        written, kind="svg", xmldecl=False, svgns=True, scale=6, border=4, dark="#000", light="#fff"
    )
    return written.getvalue().decode()
