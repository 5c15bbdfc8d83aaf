"""The whole way: last sample of a hop written by the device → command at another MQTT client.

Processes: broker, emulated device, controller (`efferent run`), arm, a bare publisher, and this one, which receives
both. All stamps are of one machine's monotonic clock.
"""

from dataclasses import dataclass

from rich.console import Console

from cli.bench.offers import Writes, missed_before
from cli.bench.percentiles import percentiles
from cli.bench.rig import Rig, Setting, started_rig
from cli.bench.span import ENGAGED_WITHIN_S, Span, measure_span
from cli.errors import UsageError

# Beside what is measured: warm-up, ending, starting.
BESIDE_S = ENGAGED_WITHIN_S + 30.0


@dataclass(frozen=True, slots=True)
class LatencyResult:
    """Percentiles in ms; CPU and memory are the controller's."""

    broker: str
    device: str
    duration_s: float
    decisions: int
    ours_ms: dict[str, float]
    bare_ms: dict[str, float]
    cpu_percent: float
    rss_mb: float
    start_to_first_decision_s: float
    deadline_misses: int


def measure_latency(console: Console, setting: Setting) -> LatencyResult:
    """Set everything up, measure, take everything down."""
    with started_rig(console, setting, setting.duration_s + BESIDE_S) as rig:
        span = measure_span(console, rig, loaded=False)
        return latency_of(rig, span, writes_for(rig, span))


def writes_for(rig: Rig, span: Span) -> Writes:
    """Return when each sample was written, by the index that this controller has for it: LSL carries none."""
    if rig.setting.device != "lsl":
        return Writes(rig.writes)
    stamped = [(heard.sample_index, heard.sample_ns) for heard in span.heard.commands]
    return Writes(rig.writes, missed_before(rig.writes, stamped))


def latency_of(rig: Rig, span: Span, writes: Writes) -> LatencyResult:
    """Return the figures of one span."""
    ours_ns, _ = delays_ns(span, writes)
    return LatencyResult(
        rig.broker.kind,
        rig.setting.device,
        rig.setting.duration_s,
        len(ours_ns),
        percentiles(ours_ns),
        percentiles(span.heard.bare_ns),
        round(span.cpu_percent, 2),
        round(span.rss_mb, 1),
        round((span.heard.first_decision_ns - span.began_ns) * 1e-9, 3),
        span.after.deadline_misses,
    )


def delays_ns(span: Span, writes: Writes) -> tuple[list[int], list[int]]:
    """Return for each decision: from the written sample to here, and from the written sample to the socket."""
    whole: list[int] = []
    to_socket: list[int] = []
    seen = -1
    for heard in span.heard.commands:
        written_ns = writes.at_ns(heard.sample_index)
        # The first command that rests on a sample counts; a repetition only ages it.
        if heard.sample_index != seen and written_ns is not None:
            whole.append(heard.arrival_ns - written_ns)
            to_socket.append(heard.published_ns - written_ns)
        seen = heard.sample_index
    if not whole or not span.heard.bare_ns:
        raise UsageError("nothing was measured: no command came for the samples that were written")
    return whole, to_socket
