"""When something happened elsewhere, on the wall clock of this machine."""

from dataclasses import dataclass, field

from controller.safety.age import MessageAge

# No message is on its way for longer; a stamp further off is of another machine's clock.
LONGEST_WAY_NS = 10_000_000_000


@dataclass(slots=True)
class SenderClock:
    """`here`: the sender may run on this machine, so that its monotonic clock is ours.

    Otherwise a message is as much older than it seems as the quickest one took: `MessageAge`.
    """

    here: bool
    _age: MessageAge = field(default_factory=MessageAge)

    def wall_ms(self, stamp_ns: int, arrival_ns: int, arrival_wall_ms: float) -> float:
        """Return the wall time in ms of a stamp that arrived at `arrival_ns` of our clock."""
        age_ns = arrival_ns - stamp_ns
        if not (self.here and 0 <= age_ns < LONGEST_WAY_NS):
            age_ns = self._age.of(stamp_ns, arrival_ns)
            if age_ns > LONGEST_WAY_NS:  # the sender began anew
                self._age.restart()
                age_ns = self._age.of(stamp_ns, arrival_ns)
        return arrival_wall_ms - age_ns * 1e-6
