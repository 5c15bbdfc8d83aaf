"""Who is signed in: a row of the store for each browser and phone, and a signed cookie that names the row."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from clinic.parts import Clinic
from clinic.store.tables.base import now
from clinic.store.tables.people import Account, SignInEntry

COOKIE = "efferent_clinic"
# A use is written down at most so often: reading must not mean writing.
USE_NOTED_EVERY = timedelta(minutes=1)
# Of one account; with one more the one that was used longest ago ends.
MOST_AT_ONCE = 20


def begin_sign_in(clinic: Clinic, session: Session, account: Account, device: str = "") -> str:
    """Sign `account` in and return its cookie. `device`: the name of a phone, whose sign-in lasts longer."""
    settings = clinic.settings
    lasts = timedelta(days=settings.device_days) if device else timedelta(hours=settings.sign_in_hours)
    key = secrets.token_urlsafe(32)
    at = now()
    session.execute(delete(SignInEntry).where(SignInEntry.account_id == account.id, SignInEntry.until < at))
    by_use = select(SignInEntry).where(SignInEntry.account_id == account.id).order_by(SignInEntry.used.desc())
    for too_many in session.scalars(by_use.offset(MOST_AT_ONCE - 1)):
        session.delete(too_many)
    session.add(SignInEntry(account_id=account.id, key_hash=_hash_of(key), device=device, used=at, until=at + lasts))
    return _signer(clinic).dumps(key)


def set_cookie(clinic: Clinic, response: Response, cookie: str, device: str = "") -> None:
    """Let the browser keep the cookie: until it closes, on a paired phone as long as the sign-in lasts."""
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=int(clinic.settings.device_days * 86_400) if device else None,
        httponly=True,
        samesite="strict",
        secure=clinic.settings.secure,
    )


def find_sign_in(
    clinic: Clinic, cookie: str | None, *, counts_as_use: bool = True
) -> tuple[SignInEntry, Account] | None:
    """Return whose cookie this is; None when forged, ended, idle for too long, or of a disabled account.

    Reads the store: not for the event loop.
    """
    key = _key_in(clinic, cookie)
    if key is None:
        return None
    at = now()
    with clinic.store.session() as session:
        found = session.execute(
            select(SignInEntry, Account)
            .join(Account, Account.id == SignInEntry.account_id)
            .where(SignInEntry.key_hash == _hash_of(key))
        ).one_or_none()
        if found is None or found[1].disabled or _is_over(clinic, found[0], at):
            return None
        if counts_as_use and at - found[0].used >= USE_NOTED_EVERY:
            found[0].used = at
        return found[0], found[1]


def csrf_token(clinic: Clinic, cookie: str) -> str:
    """Return what a page must show with every change: it can read this, a page of somebody else cannot."""
    return hmac.new(_secret(clinic), b"csrf " + cookie.encode(), hashlib.sha256).hexdigest()


def end_sign_in(session: Session, sign_in_id: int) -> None:
    """Sign one browser or phone out."""
    session.execute(delete(SignInEntry).where(SignInEntry.id == sign_in_id))


def end_all_sign_ins(session: Session, account_id: int, but: int | None = None) -> None:
    """Sign an account out everywhere, `but` in one place."""
    session.execute(delete(SignInEntry).where(SignInEntry.account_id == account_id, SignInEntry.id != (but or 0)))


def _is_over(clinic: Clinic, entry: SignInEntry, at: datetime) -> bool:
    idle = not entry.device and at - entry.used > timedelta(minutes=clinic.settings.idle_minutes)
    return idle or at >= entry.until


def _key_in(clinic: Clinic, cookie: str | None) -> str | None:
    if not cookie:
        return None
    try:
        key = _signer(clinic).loads(cookie)
    except BadSignature:
        return None
    return key if isinstance(key, str) else None


def _hash_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _secret(clinic: Clinic) -> bytes:
    return clinic.secret.encode()


def _signer(clinic: Clinic) -> URLSafeSerializer:
    return URLSafeSerializer(_secret(clinic), salt="signed in")
