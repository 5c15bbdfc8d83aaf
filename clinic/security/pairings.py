"""Pairing a phone: a link that works once, and a PIN beside it, for five minutes, in memory."""

import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

LASTS_S = 300.0
# Of a million: whoever has photographed the code guesses right once in 200,000 pairings.
MOST_TRIES = 5
MOST_OPEN = 32


@dataclass(slots=True)
class Pairing:
    """One that waits for its phone. `ends_s`: on the clock of `Pairings`. `used`: the phone was here."""

    number: int
    wearer_id: int
    token: str
    pin: str
    ends_s: float
    tries_left: int = MOST_TRIES
    used: bool = False


@dataclass(slots=True)
class Pairings:
    """Safe to call from threads. One at a time for each wearer."""

    clock_s: Callable[[], float] = time.monotonic
    _open: dict[int, Pairing] = field(default_factory=dict)
    _last: int = 0
    _lock: Lock = field(default_factory=Lock)

    def begin(self, wearer_id: int) -> Pairing:
        """Open a pairing; one of the same wearer that is open ends."""
        with self._lock:
            self._forget_old()
            self._open.pop(wearer_id, None)
            if len(self._open) >= MOST_OPEN:
                self._open.pop(next(iter(self._open)))
            self._last += 1
            pin = f"{secrets.randbelow(1_000_000):06d}"
            pairing = Pairing(self._last, wearer_id, secrets.token_urlsafe(24), pin, self.clock_s() + LASTS_S)
            self._open[wearer_id] = pairing
            return pairing

    def redeem(self, token: str, pin: str) -> int | None:
        """Return whose phone it is, once; None for a wrong PIN or a link that does not work, or no longer."""
        with self._lock:
            self._forget_old()
            found = None
            for pairing in self._open.values():
                if hmac.compare_digest(pairing.token.encode(), token.encode("utf-8", "replace")):
                    found = pairing
            if found is None or found.used or found.tries_left == 0:
                return None
            found.tries_left -= 1
            if not hmac.compare_digest(found.pin.encode(), pin.encode("utf-8", "replace")):
                return None
            found.used = True
            return found.wearer_id

    def find(self, number: int) -> Pairing | None:
        """Return a pairing that waits, or was used a moment ago."""
        with self._lock:
            self._forget_old()
            return next((pairing for pairing in self._open.values() if pairing.number == number), None)

    def cancel(self, number: int) -> None:
        """End a pairing."""
        with self._lock:
            self._open = {wearer: pairing for wearer, pairing in self._open.items() if pairing.number != number}

    def _forget_old(self) -> None:
        at_s = self.clock_s()
        self._open = {wearer: pairing for wearer, pairing in self._open.items() if pairing.ends_s > at_s}
