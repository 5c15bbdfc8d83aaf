"""How evenly, how completely and how soon samples came. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cli.devices.capture import HOP_S, Capture

_GRID_NS = 1_000_000


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds: the middle, the 99th percentile, the worst."""

    p50: float
    p99: float
    worst: float


@dataclass(frozen=True, slots=True)
class Timing:
    """`rate_hz`: samples per second, lost ones included. `late_ms`: arrivals behind the quickest ones, per chunk.

    `delivered_ms`: age of the newest sample when its chunk is delivered. `age_ms`: age of the newest sample that there
    is, at any moment: what the freshness ladder looks at. `long_gaps` are longer than a hop: windows start anew after
    them.
    """

    nominal_hz: float
    rate_hz: float
    samples: int
    lost_samples: int
    gaps: int
    long_gaps: int
    bad_frames: int
    discarded_bytes: int
    chunk_ms: Spread
    late_ms: Spread
    delivered_ms: Spread
    age_ms: Spread

    @property
    def rate_off(self) -> float:
        """How far the rate is from its name, as a share of it."""
        return self.rate_hz / self.nominal_hz - 1.0

    @property
    def lost_share(self) -> float:
        """Share of the samples that did not arrive."""
        return self.lost_samples / max(self.samples + self.lost_samples, 1)


def timing(taken: Capture) -> Timing | None:
    """Return the figures; None where fewer than three chunks came."""
    if len(taken.chunks) < 3:
        return None
    arrivals = np.array(taken.arrivals_ns, dtype=np.int64)
    newest = np.array([chunk.newest_t_ns for chunk in taken.chunks], dtype=np.int64)
    ends = np.array([chunk.next_index for chunk in taken.chunks], dtype=np.float64)
    lost = np.array([chunk.lost_before for chunk in taken.chunks[1:]], dtype=np.int64)
    # A fit over all arrivals: single late ones hardly move its slope.
    elapsed_s = (arrivals - arrivals[0]) / 1e9
    rate_hz, offset = np.polyfit(elapsed_s, ends - ends[0], 1)
    late_s = elapsed_s - (ends - ends[0] - offset) / rate_hz if rate_hz > 0 else elapsed_s
    return Timing(
        nominal_hz=taken.info.rate_hz,
        rate_hz=float(rate_hz),
        samples=sum(len(chunk.samples) for chunk in taken.chunks),
        lost_samples=int(lost.sum()),
        gaps=int(np.count_nonzero(lost)),
        long_gaps=int(np.count_nonzero(lost > HOP_S * taken.info.rate_hz)),
        bad_frames=taken.bad_frames,
        discarded_bytes=taken.discarded_bytes,
        chunk_ms=_spread(np.diff(arrivals) / 1e6),
        late_ms=_spread((late_s - late_s.min()) * 1e3),
        delivered_ms=_spread((arrivals - newest) / 1e6),
        age_ms=_spread(_ages_ns(arrivals, newest, taken.end_ns) / 1e6),
    )


def _ages_ns(arrivals: NDArray[np.int64], newest: NDArray[np.int64], end_ns: int) -> NDArray[np.int64]:
    """Return how old the newest sample was, each millisecond from the first arrival to the end."""
    now = np.arange(arrivals[0], max(end_ns, arrivals[-1]) + 1, _GRID_NS)
    ages: NDArray[np.int64] = now - newest[np.searchsorted(arrivals, now, side="right") - 1]
    return ages


def _spread(values: NDArray[np.float64]) -> Spread:
    p50, p99 = np.percentile(values, [50, 99])
    return Spread(float(p50), float(p99), float(values.max()))
