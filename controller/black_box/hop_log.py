"""Where the loop leaves what it saw and did: memory made once, no waiting, the newest is dropped when it is full."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from controller.black_box.layout import TEXT_BYTES, Header, Kind
from controller.emg.hop_buffer import Hop
from controller.safety.states import State

# Two and a half seconds of hops of 10 ms: longer than a disk keeps a writer waiting on a good day.
SLOTS = 256
NOTES = 256
STATE_CODE = {state: code for code, state in enumerate(State)}
_STAMPS = ("kind", "t_ns", "sample_index", "sample_t_ns", "seq", "state", "decided", "healthy", "dropped")


@dataclass(slots=True)
class HopLog:
    """One writes (the loop), one takes (the thread of the recorder). `dropped`: records that found no room."""

    header: Header
    dropped: int = 0
    notes: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=NOTES))
    _slots: NDArray[Any] = field(init=False)
    _samples: NDArray[np.float32] = field(init=False)
    _numbers: NDArray[np.float64] = field(init=False)
    _stamps: NDArray[np.int64] = field(init=False)
    _nothing: list[float] = field(init=False)
    _filled: int = 0
    _taken: int = 0

    def __post_init__(self) -> None:
        self._slots = np.zeros(SLOTS, self.header.dtype)
        self._samples, self._numbers = self._slots["samples"], self._slots["numbers"]
        self._stamps = np.zeros((SLOTS, len(_STAMPS)), dtype=np.int64)
        self._nothing = [0.0] * len(self.header.joints)

    def begin(self, hop: Hop) -> None:
        """Copy the raw samples of a hop, before anything cleans them; `end` makes a record of it."""
        if self._filled - self._taken < SLOTS:
            self._samples[self._filled % SLOTS] = hop.block

    def end(
        self,
        kind: Kind,
        t_ns: int,
        hop: Hop | None,
        seq: int,
        state: State,
        velocity_rad_s: Sequence[float],
        wanted: Sequence[float] | None = None,
        decided: int = -1,
        confidence: float = 0.0,
        effort: float = 0.0,
        healthy: bool = False,
    ) -> None:
        """Make a record. `seq`: of the last command."""
        if self._filled - self._taken >= SLOTS:
            self.dropped += 1
            return
        place = self._filled % SLOTS
        index, sample_t_ns = (-1, 0) if hop is None else (hop.newest_index, hop.newest_t_ns)
        if hop is None:
            self._samples[place] = 0.0
        self._stamps[place] = (
            kind,
            t_ns,
            index,
            sample_t_ns,
            seq,
            STATE_CODE[state],
            decided,
            healthy,
            self.dropped,
        )
        self._numbers[place] = [confidence, effort, *(wanted or self._nothing), *velocity_rad_s]
        self._filled += 1  # last: what is counted is whole

    def note(self, t_ns: int, text: str) -> None:
        """Keep a line for people."""
        self.notes.append((t_ns, text))

    def take(self) -> NDArray[Any]:
        """Return copies of all records since the last call, notes behind them, numbers left at 0."""
        filled = self._filled
        places = np.arange(self._taken, filled) % SLOTS
        notes = [self.notes.popleft() for _ in range(len(self.notes))]
        taken = np.zeros(len(places) + len(notes), self.header.dtype)
        hops = taken[: len(places)]
        hops[:] = self._slots[places]
        for column, name in enumerate(_STAMPS):
            hops[name] = self._stamps[places, column]
        self._taken = filled
        for record, (t_ns, text) in zip(taken[len(places) :], notes, strict=True):
            record["kind"], record["t_ns"], record["text"] = Kind.NOTE, t_ns, text.encode()[:TEXT_BYTES]
        return taken
