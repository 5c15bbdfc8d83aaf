"""The first account, from a terminal: whoever has the machine may let people in."""

import getpass
import sys
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select

from cli.errors import UsageError
from cli.exit_codes import WELL
from clinic.api.fields import Name
from clinic.security.passwords import LEAST_LENGTH, LONGEST, hashed
from clinic.security.signed_in import end_all_sign_ins
from clinic.settings import ClinicSettings
from clinic.store.database import Store
from clinic.store.tables.people import CLINICIAN, Account, AuditEntry


def add_account(store_at: str, name: str) -> int:
    """Add a clinician, or give one a new password. It comes from the terminal, or as one line on stdin."""
    try:
        TypeAdapter(Name).validate_python(name)
    except ValidationError:
        raise UsageError(
            f"--add-account: expected a name of 1 to 100 characters on one line, got {name!r:.60}"
        ) from None
    store = Store(ClinicSettings(run=Path(), store=store_at).store_url)
    with store.session() as session:
        account = session.scalar(select(Account).where(Account.name == name))
    if account is not None and account.role != CLINICIAN:
        raise UsageError(f"'{name}' is the account of a wearer; a clinician gives it a new password on the page People")
    kept = hashed(_asked_password())
    with store.session() as session:
        if account is None:
            session.add(Account(name=name, role=CLINICIAN, password_hash=kept))
        else:
            session.merge(account).password_hash = kept
            end_all_sign_ins(session, account.id)
        what = "made an account of a clinician" if account is None else "reset a password"
        session.add(AuditEntry(who="somebody at a terminal", what=f"{what}: {name}"))
    store.close()
    print(f"{name} may sign in" if account is None else f"{name} has a new password, and is signed out everywhere")
    return WELL


def _asked_password() -> str:
    password = getpass.getpass("password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if not LEAST_LENGTH <= len(password) <= LONGEST:
        raise UsageError(f"expected a password of {LEAST_LENGTH} to {LONGEST} characters, got {len(password)}")
    return password
