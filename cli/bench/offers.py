"""What the arm accepted, judged by stamps alone: one machine, one monotonic clock, nothing that the guard believes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.contract.command import Command
from controller.safety.guard import Refusal
from controller.safety.states import State

# Columns of the log that the arm fills, one row for each command that it could read.
ARRIVAL_NS, PUBLISH_NS, SAMPLE_INDEX, TTL_MS, ACCEPTED, ENGAGED, COLUMNS = range(7)

Log = NDArray[np.int64]


@dataclass(slots=True)
class OfferLog:
    """Fills `rows` [n, COLUMNS]. What comes when they are full is missing, which the guard's own counters then show."""

    rows: Log
    count: int = 0

    def take(self, command: Command, arrival_ns: int, refusal: Refusal | None) -> None:
        """Write down one command."""
        if self.count < len(self.rows):
            accepted, engaged = refusal is None, command.state is State.ENGAGED
            stamps = (arrival_ns, command.t_publish_ns, command.sample_index, command.ttl_ms)
            self.rows[self.count] = (*stamps, accepted, engaged)
            self.count += 1


@dataclass(frozen=True, slots=True)
class Ages:
    """Of the commands that the arm accepted. `stale`: how many were older than their ttl when they arrived.

    `oldest_command_ms`: longest from publishing to the arm. `oldest_sample_ms`: longest from writing a sample to the
    arm's accepting an `engaged` command that rests on it.
    """

    accepted: int
    stale: int
    oldest_command_ms: float
    oldest_sample_ms: float


@dataclass(frozen=True, slots=True)
class Writes:
    """When the device wrote which sample; `log` is [n, 2]: index of a packet's newest sample, ns.

    `missed`: how many samples the device had sent before a controller that counts by itself took its first one.
    """

    log: Log
    missed: int = 0
    _at: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._at.update((int(index) - self.missed, int(written_ns)) for index, written_ns in self.log if written_ns)

    def at_ns(self, index: int) -> int | None:
        """Return when it was written, None where that is not known."""
        return self._at.get(index)


def missed_before(log: Log, commands: Sequence[tuple[int, int]]) -> int:
    """Return how many samples were sent before the first that was counted, by the stamps that samples carry.

    `commands`: index and stamp (ns) of the sample that each rests on. A stamp is made right before its sample is
    written; one that was held up in between points to a neighbour, so the difference that comes most often counts.
    """
    written = log[log[:, 1] > 0]
    places = [int(np.searchsorted(written[:, 1], stamp_ns)) for _, stamp_ns in commands]
    found = Counter(
        int(written[place, 0]) - index
        for place, (index, _) in zip(places, commands, strict=True)
        if place < len(written)
    )
    return found.most_common(1)[0][0] if found else 0


def judge(offers: Log, writes: Writes, since_ns: int, until_ns: int) -> Ages:
    """Judge what arrived in that span."""
    taken = offers[(offers[:, ARRIVAL_NS] > since_ns) & (offers[:, ARRIVAL_NS] <= until_ns) & (offers[:, ACCEPTED] > 0)]
    age_ns = taken[:, ARRIVAL_NS] - taken[:, PUBLISH_NS]
    sample_age_ns = [
        int(row[ARRIVAL_NS]) - written_ns
        for row in taken
        if row[ENGAGED] and (written_ns := writes.at_ns(int(row[SAMPLE_INDEX]))) is not None
    ]
    return Ages(
        len(taken),
        int(np.count_nonzero(age_ns > taken[:, TTL_MS] * 1_000_000)),
        round(float(age_ns.max(initial=0)) / 1e6, 3),
        round(max(sample_age_ns, default=0) / 1e6, 3),
    )
