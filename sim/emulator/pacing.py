"""When samples are due: an absolute schedule on a clock that is handed in. Pure, so that tests need no waiting."""

from dataclasses import dataclass, field

import numpy as np

from sim.errors import SimError

_NS_PER_S = 1_000_000_000
_MILLI = 1000
# Linux wakes a sleeping thread about 0.1 ms late and under load 1 ms late; what is later deserves a count.
_LATE_NS = 1_000_000


@dataclass(slots=True)
class Lateness:
    """How well the emulator itself keeps time; it only grows. Late means 1 ms or more after the schedule."""

    wakes: int = 0
    late_wakes: int = 0
    worst_ns: int = 0

    def count(self, late_ns: int) -> None:
        """Count one wake-up that came `late_ns` after its time."""
        self.wakes += 1
        self.late_wakes += late_ns >= _LATE_NS
        self.worst_ns = max(self.worst_ns, late_ns)


@dataclass(slots=True)
class Pacing:
    """Says how many samples are due. Sample k is taken (k + 1) periods after the start, whatever happened before.

    Packets of `samples_per_packet` leave when their newest sample is taken, or with `lump_ms` at the next multiple of
    it (as a USB host polls), each up to `jitter_ms` late at random. After a stall all that is due leaves at once.
    """

    rate_hz: float
    samples_per_packet: int = 1
    lump_ms: float = 0.0
    jitter_ms: float = 0.0
    seed: int = 0
    lateness: Lateness = field(default_factory=Lateness)
    _start_ns: int | None = None
    _packets_sent: int = 0
    _jitter_ns: int = 0
    _generator: np.random.Generator = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not 1 <= self.samples_per_packet <= 255:
            raise SimError(f"a packet holds 1 to 255 samples, not {self.samples_per_packet}")
        self._generator = np.random.default_rng(self.seed)
        self.set_jitter(self.jitter_ms)
        self.set_lumps(self.lump_ms)

    def set_lumps(self, lump_ms: float) -> None:
        """Let packets leave together every `lump_ms` from now on; 0 sends each in its own time."""
        if not 0 <= lump_ms <= 10_000:
            raise SimError(f"lumps are 0 to 10000 ms long, not {lump_ms:g}")
        self.lump_ms = lump_ms

    def set_jitter(self, jitter_ms: float) -> None:
        """Let packets leave up to so much late by chance from now on; 0 for none."""
        if not 0 <= jitter_ms <= 10_000:
            raise SimError(f"jitter is 0 to 10000 ms, not {jitter_ms:g}")
        self.jitter_ms, self._jitter_ns = jitter_ms, 0

    def set_rate(self, rate_hz: float, now_ns: int) -> None:
        """Take samples at another rate from now on."""
        if not 1.0 <= rate_hz <= 100_000.0:
            raise SimError(f"a rate is 1 to 100000 samples per second, not {rate_hz:g}")
        self.rate_hz = rate_hz
        if self.started:
            self.start(now_ns)

    def start(self, now_ns: int) -> None:
        """Begin the schedule: the first sample is taken one period from now."""
        self._start_ns = now_ns
        self._packets_sent = 0

    @property
    def started(self) -> bool:
        """Whether `start` was called."""
        return self._start_ns is not None

    def next_ns(self) -> int:
        """Return when to ask `due` again."""
        assert self._start_ns is not None, "start the schedule first"  # noqa: S101 - a mistake of the caller
        ready_ns = self._taken_by_ns(self._packets_sent + 1)
        lump_ns = self._lump_ns()
        if lump_ns:
            ready_ns = -(-ready_ns // lump_ns) * lump_ns
        return self._start_ns + ready_ns + self._jitter_ns

    def due(self, now_ns: int) -> int:
        """Return how many samples are to be sent now, a multiple of `samples_per_packet`; they count as sent."""
        if self._start_ns is None or now_ns < (planned_ns := self.next_ns()):
            return 0
        elapsed_ns = now_ns - self._start_ns
        lump_ns = self._lump_ns()
        if lump_ns:
            elapsed_ns -= elapsed_ns % lump_ns
        packets = self._packets_by(elapsed_ns) - self._packets_sent
        self._packets_sent += packets
        self.lateness.count(now_ns - planned_ns)
        if self.jitter_ms:
            self._jitter_ns = int(self._generator.integers(0, round(self.jitter_ms * 1e6) + 1))
        return packets * self.samples_per_packet

    def _lump_ns(self) -> int:
        return round(self.lump_ms * 1e6)

    def _taken_by_ns(self, packets: int) -> int:
        """Nanoseconds from the start until the newest sample of so many packets is taken, rounded up."""
        # in integers, because a float period would drift by milliseconds within a day
        return -(-packets * self.samples_per_packet * _NS_PER_S * _MILLI // round(self.rate_hz * _MILLI))

    def _packets_by(self, elapsed_ns: int) -> int:
        return elapsed_ns * round(self.rate_hz * _MILLI) // (self.samples_per_packet * _NS_PER_S * _MILLI)
