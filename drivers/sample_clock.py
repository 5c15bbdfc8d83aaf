"""When was a sample taken? The device's own count of time, carried over to this machine's monotonic clock."""

# How far a device's clock may be from its nominal speed. Crystals keep 100 ppm, the ceramic resonators of small
# boards 0.5 %; a sample rate that somebody wrote into a header is off by a few per cent (recordings of
# the Myo armband, "200 Hz", hold 197 to 212 rows per second).
CRYSTAL_OR_RESONATOR = 0.01
RATE_ON_PAPER = 0.05

# The line creeps up by this much once the speed is learned: what temperature does to any crystal, several times over.
# It costs 0.5 ms of underestimated age per second without a quick packet.
CREEP = 500e-6
# Before that, by what one window's best arrival may still be late (USB and Bluetooth schedules) per time watched.
JITTER_NS = 50e6
WINDOW_NS = 1_000_000_000
# The speed is measured over one to two such spans: long enough for 500 ppm at that jitter, short enough to follow heat.
SPAN_NS = 100_000_000_000


class SampleClock:
    """Maps the device's ticks to nanoseconds of this machine's monotonic clock. Pure: arrival times are passed in.

    Every packet arrives late by some delay that is never negative. So `arrival = line(ticks) + delay`, and the line
    lies just under the arrivals: it is pushed down at once by an arrival that comes before it, and creeps up slowly,
    which forgets. A stall lifts arrivals off the line, the line stays, and the samples show their age.

    The line's slope is the device's speed, measured once a second from the quickest arrivals of two windows. Without
    it a rate that is 3 % less than its name would make samples seem 30 ms older with every second, without end; a
    creep of 3 % would cure that and hide a growing delay as well. So the creep begins at `tolerance` and shrinks as the
    speed becomes known, down to `CREEP`, and drift of up to that much is followed either way.

    `tick_ns`: nominal length of a tick. `tolerance`: how wrong that may be. `modulus`: where the ticks wrap (0: never).
    """

    def __init__(self, tick_ns: float, tolerance: float, modulus: int = 0) -> None:
        self.steps_back = 0  # how often the device's clock was set back; each time the line starts anew
        self._nominal_ns, self._tolerance, self._modulus = tick_ns, tolerance, modulus
        self._tick_ns, self._creep = tick_ns, tolerance
        self._started = False
        self._newest_ticks = self._newest_ns = 0
        # A point of the line, ticks and time, and since when it creeps: where an arrival pushed it down, or it turned.
        self._pivot, self._creeps_from_ns = (0, 0), 0
        self._window_end_ns, self._window_late_ns, self._window_best = 0, 0.0, (0, 0)
        self._anchors: list[tuple[int, int]] = []  # quickest arrivals, a span apart: the old one, the next one

    @property
    def tick_ns(self) -> float:
        """Length of a tick, as far as it is known by now."""
        return self._tick_ns

    def time_ns(self, ticks: int, arrival_ns: int) -> int:
        """Return when the sample at `ticks` was taken: never after `arrival_ns`, never before an earlier answer."""
        if not self._started:
            self._started = True
            self._start(ticks, arrival_ns)
        ticks = self._unwrap(ticks)
        if ticks < self._newest_ticks:
            self.steps_back += 1
            self._start(ticks, arrival_ns)
        self._newest_ticks = ticks
        pivot_ticks, pivot_ns = self._pivot
        crept_ns = (arrival_ns - self._creeps_from_ns) * self._creep
        line_ns = pivot_ns + (ticks - pivot_ticks) * self._tick_ns + crept_ns
        late_ns = arrival_ns - line_ns
        if late_ns <= 0.0:
            self._pivot, self._creeps_from_ns = (ticks, arrival_ns), arrival_ns
            line_ns, late_ns = arrival_ns, 0.0
        if late_ns <= self._window_late_ns:
            self._window_late_ns, self._window_best = late_ns, (ticks, arrival_ns)
        if arrival_ns >= self._window_end_ns:
            self._learn_speed(arrival_ns, (ticks, int(line_ns)))
        self._newest_ns = max(self._newest_ns, int(line_ns))
        return self._newest_ns

    def _start(self, ticks: int, arrival_ns: int) -> None:
        self._tick_ns, self._creep = self._nominal_ns, self._tolerance
        self._newest_ticks, self._newest_ns = ticks, arrival_ns
        self._pivot, self._creeps_from_ns = (ticks, arrival_ns), arrival_ns
        self._anchors = []
        self._open_window(arrival_ns)

    def _open_window(self, arrival_ns: int) -> None:
        self._window_end_ns = arrival_ns + WINDOW_NS
        self._window_late_ns = float("inf")
        self._window_best = self._pivot

    def _unwrap(self, ticks: int) -> int:
        if not self._modulus:
            return ticks
        ahead = (ticks - self._newest_ticks) % self._modulus
        return self._newest_ticks + (ahead if ahead < self._modulus // 2 else ahead - self._modulus)

    def _learn_speed(self, arrival_ns: int, line_now: tuple[int, int]) -> None:
        (ticks, best_ns), late_ns = self._window_best, self._window_late_ns
        self._open_window(arrival_ns)
        if late_ns > JITTER_NS:  # a delay that has come to stay must show as age, not pass for a slower device
            return
        # The line turns about where it is now: about an older point, what it has crept since would count twice.
        self._pivot, self._creeps_from_ns = line_now, arrival_ns
        if not self._anchors:
            self._anchors = [(ticks, best_ns)] * 2
        anchor_ticks, anchor_ns = self._anchors[0]
        watched_ns = best_ns - anchor_ns
        if ticks > anchor_ticks and watched_ns > 0:
            most = self._nominal_ns * self._tolerance
            speed_ns = watched_ns / (ticks - anchor_ticks)
            self._tick_ns = min(max(speed_ns, self._nominal_ns - most), self._nominal_ns + most)
            self._creep = min(max(JITTER_NS / watched_ns, CREEP), self._tolerance)
        if best_ns - self._anchors[1][1] >= SPAN_NS:
            self._anchors = [self._anchors[1], (ticks, best_ns)]
