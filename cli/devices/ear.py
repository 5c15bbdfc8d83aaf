"""One protocol that listens to a port that is probed."""

from dataclasses import dataclass

from drivers.protocols.protocol import Described, SampleBlock, StreamRestarted, WireProtocol
from drivers.source import StreamInfo

# A protocol that cannot use more than this share of the bytes only happens to find its own frames in them.
MOST_UNUSED = 0.3


@dataclass(frozen=True, slots=True)
class Recognised:
    """A protocol that found its frames. `asked`: whether it had to say something first; `unused`: share of bytes."""

    protocol: str
    baud: int
    asked: bool
    info: StreamInfo
    measured_hz: float
    unused: float


@dataclass(slots=True)
class Ear:
    """One protocol that listens; what it has understood."""

    name: str
    protocol: WireProtocol
    info: StreamInfo | None = None
    samples: int = 0
    _since_s: float = 0.0
    _last_s: float = 0.0
    _first: int = 0
    _bytes: int = 0
    _unused_bytes: int = 0  # before the stream was described: of no use by right

    def take(self, data: bytes, now_s: float) -> None:
        """Hear bytes that came at `now_s`."""
        for event in self.protocol.feed(data):
            if isinstance(event, Described):
                self.info = event.info
                self._bytes, self._unused_bytes = 0, self.protocol.health.discarded_bytes
            elif isinstance(event, SampleBlock):
                if self.samples == 0:
                    self._since_s, self._first = now_s, len(event.samples)
                self.samples += len(event.samples) + event.lost_before
                self._last_s = now_s
            elif isinstance(event, StreamRestarted):
                self.info, self.samples = None, 0
        self._bytes += len(data)

    def understands(self, baud: int, asked: bool) -> Recognised | None:
        """Return what was recognised, None while that is nothing."""
        if self.info is None or self.samples == 0:
            return None
        span_s = self._last_s - self._since_s
        measured_hz = (self.samples - self._first) / span_s if span_s > 0 else 0.0
        if self.unused > MOST_UNUSED:
            return None
        return Recognised(self.name, baud, asked, self.info, measured_hz, self.unused)

    @property
    def unused(self) -> float:
        """Share of the bytes that are of no use, since the stream was described if it was."""
        return (self.protocol.health.discarded_bytes - self._unused_bytes) / max(self._bytes, 1)
