"""The whole way beside a program that wants every core: at the usual priority, then with real-time priority."""

from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console

from cli.bench.latency import BESIDE_S, LatencyResult, delays_ns, latency_of, writes_for
from cli.bench.offers import Writes, judge
from cli.bench.percentiles import percentiles
from cli.bench.rig import Rig, Setting, started_rig
from cli.bench.span import NotPermittedError, Span, measure_span
from cli.errors import UsageError
from controller.config import SafetyConfig

# Below 50, where kernels with real-time patches run their interrupts.
PRIORITY = 40
# A controller leaves `engaged` when its sample is older than the first; the arm takes no command older than the other.
SAMPLE_BOUND_MS = SafetyConfig().stale_after_ms + SafetyConfig().ttl_ms


@dataclass(frozen=True, slots=True)
class UnderLoad:
    """One span beside hogs. Counts of hops and decisions are of the span, the guard's since the controller began.

    `to_socket_ms`: sample written → command handed to the socket, which leaves out broker and receiver.
    `stale_accepted`, by stamps alone, must be 0; `guard_agrees`: the guard's counter of accepted commands is what was
    logged beside it. `process`: what the controller says of its priority.
    """

    real_time: bool
    process: tuple[str, ...]
    decisions: int
    ours_ms: dict[str, float]
    to_socket_ms: dict[str, float]
    bare_ms: dict[str, float]
    cpu_percent: float
    deadline_misses: int
    skipped_hops: int
    stale_events: int
    faults: int
    accepted: int
    refused: dict[str, int]
    stale_accepted: int
    oldest_command_ms: float
    oldest_sample_ms: float
    oldest_sample_bound_ms: float
    guard_agrees: bool

    @property
    def problems(self) -> tuple[str, ...]:
        """What must not be."""
        found = []
        if self.stale_accepted:
            found.append(f"the arm accepted {self.stale_accepted} commands that were older than their ttl")
        if self.oldest_sample_ms > self.oldest_sample_bound_ms:
            found.append(
                f"the arm accepted a command on a sample {self.oldest_sample_ms:.0f} ms old, "
                f"bound {self.oldest_sample_bound_ms:.0f} ms"
            )
        if not self.guard_agrees:
            found.append("the guard counts other commands as accepted than were logged beside it")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class LoadResult:
    """`first`: the usual figures of the usual span. `real_time` None: `refused` says why."""

    first: LatencyResult
    hogs: int
    usual: UnderLoad
    real_time: UnderLoad | None
    refused: str

    @property
    def problems(self) -> tuple[str, ...]:
        """What must not be, in either span."""
        return self.usual.problems + (() if self.real_time is None else self.real_time.problems)

    def as_values(self) -> dict[str, Any]:
        """Return what `--json` prints: the usual fields, and `load`."""
        load = {
            "hogs": self.hogs,
            "usual": asdict(self.usual),
            "real_time": None if self.real_time is None else asdict(self.real_time),
            "real_time_refused": self.refused,
            "problems": list(self.problems),
        }
        return {**asdict(self.first), "load": load}


def measure_under_load(console: Console, setting: Setting) -> LoadResult:
    """Measure twice on one set of processes, each time with a controller of its own."""
    with started_rig(console, setting, 2.0 * (setting.duration_s + BESIDE_S)) as rig:
        span = measure_span(console, rig, loaded=True)
        writes = writes_for(rig, span)
        first, usual = latency_of(rig, span, writes), under_load(rig, span, writes)
        try:
            raised = measure_span(console, rig, loaded=True, priority=PRIORITY)
        except NotPermittedError as error:
            return LoadResult(first, span.hogs, usual, None, str(error))
        return LoadResult(first, span.hogs, usual, under_load(rig, raised, writes_for(rig, raised), span), "")


def under_load(rig: Rig, span: Span, writes: Writes, earlier: Span | None = None) -> UnderLoad:
    """Judge one span; `earlier`: the one before it on the same arm, whose counters go on."""
    arm, before = span.arm, None if earlier is None else earlier.arm
    if arm is None:
        raise UsageError("the arm said nothing of itself")
    whole_ns, to_socket_ns = delays_ns(span, writes)
    ages = judge(rig.offers, writes, span.began_ns, arm.t_ns)
    agrees = arm.guard.accepted == judge(rig.offers, writes, 0, arm.t_ns).accepted
    return UnderLoad(
        span.real_time,
        span.after.process,
        len(whole_ns),
        percentiles(whole_ns),
        percentiles(to_socket_ns),
        percentiles(span.heard.bare_ns),
        round(span.cpu_percent, 2),
        span.after.deadline_misses - span.before.deadline_misses,
        span.after.skipped_hops - span.before.skipped_hops,
        span.after.stale_events - span.before.stale_events,
        span.after.faults - span.before.faults,
        ages.accepted,
        {
            reason.value: count - (0 if before is None else before.guard.refused.get(reason, 0))
            for reason, count in arm.guard.refused.items()
        },
        ages.stale,
        ages.oldest_command_ms,
        ages.oldest_sample_ms,
        SAMPLE_BOUND_MS,
        agrees,
    )
