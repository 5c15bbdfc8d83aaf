"""What a stop line says, and what stays stopped by it. Whatever is not clearly 'run' is 'stop'."""

import threading
from dataclasses import dataclass, field

from controller.safety.freshness import NS_PER_MS

# The one byte that lets the arm move. Any other is a stop at once, so noise on the line is one too.
RUN = ord("R")
# The line is looked at every 10 ms; so long without a look, nobody watches it.
UNWATCHED_NS = 1_000 * NS_PER_MS


@dataclass(slots=True)
class Heartbeat:
    """Judges a line that repeats `RUN` at least ten times a second. Pure: times are passed in (ns, one clock)."""

    silence_ns: int
    _heard_ns: int | None = None
    _looked_ns: int | None = None

    def judge(self, arrived: bytes, now_ns: int) -> str:
        """Return why the arm must stop, empty while it may move. `arrived`: all that came since the last look.

        The first look begins the silence. A look that comes too late is a stop, whatever has piled up meanwhile.
        """
        missed_ns = 0 if self._looked_ns is None else now_ns - self._looked_ns
        self._looked_ns = now_ns
        if arrived or self._heard_ns is None:
            self._heard_ns = now_ns
        if arrived.strip(bytes([RUN])):
            return "the button is pressed, or the line is disturbed"
        if missed_ns > self.silence_ns:
            return f"nobody watched the line for {missed_ns / NS_PER_MS:.0f} ms"
        if now_ns - self._heard_ns > self.silence_ns:
            return f"silent for more than {self.silence_ns / NS_PER_MS:.0f} ms: button pressed, cable or power gone"
        return ""


@dataclass(slots=True)
class StopLatch:
    """Keeps a stop until a person releases it. Written by the thread of the line, read by the loop of the motion."""

    cause: str = ""
    _why: str = ""
    _seen_ns: int | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def saw(self, why: str, now_ns: int) -> bool:
        """Take what a look at the line gave; return whether a stop begins with it."""
        with self._lock:
            self._why, self._seen_ns = why, now_ns
            begins = bool(why) and not self.cause
            self.cause = self.cause or why
            return begins

    def why_stopped(self, now_ns: int) -> str:
        """Return why nothing may move; empty while the line lets it."""
        if self._unwatched(now_ns):
            with self._lock:
                self._why = "the line is not watched any more"
                self.cause = self.cause or self._why
        return self.cause

    def release(self) -> str:
        """End the stop, on a person's word; return why not, if the line itself still says stop."""
        with self._lock:
            if self._why:
                return self._why
            self.cause = ""
            return ""

    def _unwatched(self, now_ns: int) -> bool:
        return self._seen_ns is not None and now_ns - self._seen_ns > UNWATCHED_NS
