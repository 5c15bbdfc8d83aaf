"""Passwords are kept as argon2id hashes."""

from threading import Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's smaller setting for argon2id (19 MiB, two passes, one lane): the controller may run on the same machine, and a
# sign-in must not take all its cores, as the library's four lanes do.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# One at a time: a flood of sign-ins takes one core and 19 MiB at most, whatever the number of threads.
_ONE_AT_A_TIME = Lock()
LEAST_LENGTH = 8
LONGEST = 200
NO_PASSWORD = "!"  # noqa: S105 - what no hash looks like: such an account is signed in by pairing alone
# What is verified for a name that nobody has, so that the answer takes as long as for one that somebody has.
_NOBODYS = _HASHER.hash("nobody's")


def hashed(password: str) -> str:
    """Return what is kept of a password."""
    with _ONE_AT_A_TIME:
        return _HASHER.hash(password)


def is_right(password: str, kept: str | None) -> bool:
    """Return whether this is the password; `kept` None, of nobody, takes as long. For the thread pool: some 20 ms."""
    somebody_s = kept if kept != NO_PASSWORD else None
    with _ONE_AT_A_TIME:
        try:
            _HASHER.verify(somebody_s or _NOBODYS, password)
        except (VerificationError, InvalidHashError):
            return False
    return somebody_s is not None
