"""Passwords for machines, and their hashes as mosquitto reads them."""

import base64
import hashlib
import secrets

# mosquitto's own default. It computes the hash in the one loop that passes commands on, at every connect; and what
# many iterations are for, a password that can be guessed, is not there: ours have 256 bits.
ITERATIONS = 101
SALT_BYTES = 12


def new_password() -> str:
    """Return 43 characters that nobody guesses."""
    return secrets.token_urlsafe(32)


def mosquitto_hash(password: str) -> str:
    """Return `$7$iterations$salt$hash`, PBKDF2 with SHA-512: what mosquitto_passwd writes after `user:`."""
    salt = secrets.token_bytes(SALT_BYTES)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
    return f"$7${ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"
