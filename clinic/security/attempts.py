"""How often somebody may try a password or a PIN."""

import hashlib
import ipaddress
import secrets

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

# A person who mistypes needs a few; eight random letters or six digits need very many more.
OF_ONE_NAME = parse("10 per 5 minutes")
# A clinic's pages often come from one address.
OF_ONE_ADDRESS = parse("40 per 5 minutes")
OF_ALL = parse("300 per 5 minutes")
# Names and addresses share this many counters, so that making names up takes no memory; two that share one are counted
# together. Which share is secret and new at each start.
COUNTERS = 4096


class Attempts:
    """Counts attempts in memory. Safe to call from threads."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._secret = secrets.token_bytes(16)

    def may_try(self, name: str, address: str) -> bool:
        """Count one attempt; return whether it is still allowed. All three are counted, whichever is used up."""
        allowed = [
            self._limiter.hit(OF_ALL, "all"),
            self._limiter.hit(OF_ONE_ADDRESS, "address", self._counter(_network(address))),
            self._limiter.hit(OF_ONE_NAME, "name", self._counter(name)),
        ]
        return all(allowed)

    def succeeded(self, name: str) -> None:
        """Forget what was mistyped under a name before it was right."""
        self._limiter.clear(OF_ONE_NAME, "name", self._counter(name))

    def _counter(self, of: str) -> str:
        digest = hashlib.blake2b(of.encode("utf-8", "replace"), key=self._secret, digest_size=4).digest()
        return str(int.from_bytes(digest, "big") % COUNTERS)


def _network(address: str) -> str:
    """Somebody with IPv6 has a /64 of addresses to try from."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else address
