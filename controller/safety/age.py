"""The age of a message from another machine, without synchronised clocks."""

from dataclasses import dataclass

# Two crystal clocks part by at most about 100 ppm (50 ppm each, usual for computers). Forgetting faster would let
# a slowly growing queue pass for drift; 100 ppm forgets 0.1 ms per second.
FORGET_PPM = 100.0


@dataclass(slots=True)
class MessageAge:
    """Age = (arrival - sent stamp), less the smallest such difference seen, which stands for offset plus best transit.

    The smallest difference is forgotten slowly, so that drift between the clocks is followed. The first message of
    a session has age 0 by definition; that is why a session may only start at rest (see `Guard`).
    """

    _smallest_ns: int | None = None
    # Apart from the stamps: beside a stamp of years a float would round away what is forgotten in a hop, or double it.
    _forgotten_ns: float = 0.0
    _last_arrival_ns: int = 0

    def of(self, sent_ns: int, arrival_ns: int) -> int:
        """Return the age in ns of a message stamped `sent_ns` (sender's clock) that arrived at `arrival_ns` (ours)."""
        difference = arrival_ns - sent_ns
        self._forgotten_ns += max(arrival_ns - self._last_arrival_ns, 0) * FORGET_PPM * 1e-6
        self._last_arrival_ns = arrival_ns
        if self._smallest_ns is None or difference - self._smallest_ns <= self._forgotten_ns:
            self._smallest_ns, self._forgotten_ns = difference, 0.0
        return int(difference - self._smallest_ns - self._forgotten_ns)

    def restart(self) -> None:
        """Forget everything: another sender, another clock."""
        self._smallest_ns = None
