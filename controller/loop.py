"""The control loop: hops in, commands out, and a timer that watches when nothing comes in."""

import asyncio
import gc
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from controller.black_box.hop_log import HopLog
from controller.black_box.layout import Kind
from controller.bus import Bus
from controller.contract.command import encode_command
from controller.contract.topics import Topics
from controller.decision_markers import DecisionMarkers
from controller.emg.hop_buffer import Hop, HopBuffer
from controller.latency import LatencyHistogram, RecentLatency
from controller.overload import Overload, Pace
from controller.raw_view import RawView
from controller.recent_hops import RecentHops
from controller.safety.freshness import NS_PER_MS
from controller.safety.governor import Governed, Governor
from controller.safety.states import Event, State
from controller.safety.stop_line import StopLatch
from controller.step import ControlStep, Step
from drivers.chunk import Chunk

# Outside `engaged` and `holding` a command is only a sign of life.
IDLE_COMMAND_NS = 100 * NS_PER_MS
# Feedback older than this says nothing about where a joint is now.
POSITION_GOOD_FOR_NS = 200 * NS_PER_MS
# A timer of the loop is up to a millisecond late, and the last samples of a hop must find the loop awake.
AWAKE_BEFORE_NS = 2 * NS_PER_MS
# The collector runs by hand, at rest; a pass over what is not frozen takes well under a millisecond.
COLLECT_EVERY_NS = 5_000 * NS_PER_MS
TOO_SLOW = "the computer is too slow for this decoder"


class Follower(Protocol):
    """Sees every hop once its command is out; what it does delays the next one, never this one."""

    def observe(self, hop: Hop) -> None:
        """Take a hop that gets no decision: a newer one is already there."""
        ...

    def follow(self, hop: Hop, decided: Step) -> None:
        """Take a hop with what was decided on it."""
        ...

    def reset(self) -> None:
        """Begin a new stream."""
        ...


@dataclass(slots=True)
class LoopCounters:
    """What happened since the start; they only grow."""

    decisions: int = 0
    commands_published: int = 0
    deadline_misses: int = 0
    skipped_hops: int = 0
    loop_lag_max_ns: int = 0


@dataclass(slots=True)
class ControlLoop:
    """Sample in → command out, on one event loop, without waiting.

    `take` is called with each chunk and decides for the newest complete hop; `watch` ages the last decision when
    nothing comes. Where decisions take longer than their hops, `overload` spaces them out, then lets nothing move.
    `report` is called after a decision has been published, at most every `report_every_ns`, with what was decided.
    `follower`, if any, sees each hop after that; `recent` keeps the last hops for a decoder that takes over.
    `raw_view`, if any, takes the samples for who looks on, and sends them after the command.
    `log`, if any, takes what comes and what is commanded, for the black box; it never waits. `markers`, if any, take
    what is decided, for recorders; they never wait either.
    `stop_latch`, if any: the hardware stop line, written by its own thread; heeded before each command.
    `position_rad` and `grip_force_n` are the arm's feedback, set from its `state` messages.
    """

    step: ControlStep
    buffer: HopBuffer
    governor: Governor
    bus: Bus
    topics: Topics
    session: str
    ttl_ms: int
    hop_ns: int
    report: Callable[[Step, Hop], None]
    report_every_ns: int
    clock_ns: Callable[[], int] = time.monotonic_ns
    counters: LoopCounters = field(default_factory=LoopCounters)
    latency: LatencyHistogram = field(default_factory=LatencyHistogram)
    recent_latency: RecentLatency = field(default_factory=RecentLatency)
    recent: RecentHops | None = None
    position_rad: dict[str, float] | None = None
    grip_force_n: float | None = None
    position_t_ns: int = 0
    follower: Follower | None = None
    stop_latch: StopLatch | None = None
    log: HopLog | None = None
    markers: DecisionMarkers | None = None
    raw_view: RawView | None = None
    overload: Overload = field(init=False)
    _recent_lag_ns: int = 0
    _watched_ns: int = 0
    _seq: int = 0
    _decided_ns: int = 0
    _published_ns: int = 0
    _published_state: State = State.IDLE
    _reported_ns: int = 0
    _collected_ns: int = 0
    _sample_index: int = -1
    _sample_t_ns: int = 0
    _joint_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._joint_names = tuple(joint.name for joint in self.governor.joints)
        self.overload = Overload(self.hop_ns, int(self.governor.freshness.slow_after_ms * NS_PER_MS))

    @property
    def decided_ns(self) -> int:
        """When the last decision was made and, if it had one, its command was out."""
        return self._decided_ns

    def take(self, chunk: Chunk) -> None:
        """Feed all complete hops of a chunk, decide once for the newest, publish."""
        waiting = self.buffer.complete_in(chunk)
        began_ns, decides = self.clock_ns() if waiting else 0, False
        for hop in self.buffer.hops(chunk):
            if self.recent is not None:
                self.recent.take(hop)
            if self.raw_view is not None:
                self.raw_view.take(hop)
            if self.log is not None:
                self.log.begin(hop)
            waiting -= 1
            decides = self.overload.due() and waiting == 0
            if not decides:
                self.step.observe(hop)
                if self.follower is not None:
                    self.follower.observe(hop)
                self.counters.skipped_hops += 1
                self._log(Kind.SAMPLES, hop)
                continue
            decided = self._decide(hop)
            self._log(Kind.DECISION, hop, decided)
            self._mark(decided)
            if self.follower is not None:
                self.follower.follow(hop, decided)
        if decides:
            self._paced(self.overload.decided(self.clock_ns() - began_ns))
        elif began_ns:
            self.overload.worked(self.clock_ns() - began_ns)
        if self.raw_view is not None:
            self.raw_view.publish(self.clock_ns())

    def needs_nothing_until_ns(self, chunk: Chunk) -> int:
        """Return when, after `chunk`, the next hop can be complete, less `AWAKE_BEFORE_NS`."""
        return chunk.newest_t_ns + self.buffer.missing * self.hop_ns // self.buffer.hop_samples - AWAKE_BEFORE_NS

    def watch(self) -> None:
        """Age the last decision; publish when that changes anything or a sign of life is due."""
        now_ns = self.clock_ns()
        self._heed_stop_line(now_ns)
        if now_ns - self._decided_ns < self.hop_ns and self.governor.machine.state is self._published_state:
            return  # a decision has just said all that there is to say
        governed = self.governor.tick(now_ns, *self._feedback(now_ns))
        state = self.governor.machine.state
        due_ns = self.hop_ns if state in (State.ENGAGED, State.HOLDING) else IDLE_COMMAND_NS
        # A little less than a hop would race with the data; one and a half is late for sure.
        if state is not self._published_state or now_ns - self._published_ns >= due_ns * 3 // 2:
            self._publish(governed, now_ns)
            self._log(Kind.TICK)
            self._mark()
        if now_ns - self._collected_ns > COLLECT_EVERY_NS and not any(governed.velocity_rad_s):
            self._collected_ns = now_ns
            gc.collect(1)

    async def watch_for_ever(self) -> None:
        """Call `watch` every hop from a timer of its own, and measure how late the loop lets it be."""
        due_ns = self._watched_ns = self.clock_ns()
        lag_bound_ns = int(self.governor.freshness.dead_after_ms * NS_PER_MS)
        while True:
            due_ns += self.hop_ns
            await asyncio.sleep(max((due_ns - self.clock_ns()) * 1e-9, 0.0))
            now_ns = self.clock_ns()
            lag_ns = now_ns - due_ns
            self.counters.loop_lag_max_ns = max(self.counters.loop_lag_max_ns, lag_ns)
            self._watched_ns, self._recent_lag_ns = now_ns, max(self._recent_lag_ns, lag_ns)
            if lag_ns > lag_bound_ns:
                self.governor.loop_late(now_ns, f"the control loop was {lag_ns / NS_PER_MS:.0f} ms late")
            if lag_ns > self.hop_ns:
                due_ns = now_ns  # no burst of ticks after a stall
            self.watch()

    def is_on_time(self) -> bool:
        """Say whether the loop was in time since this was last asked, and is now."""
        lag_ns = max(self._recent_lag_ns, self.clock_ns() - self._watched_ns - self.hop_ns)
        self._recent_lag_ns = 0
        return lag_ns <= self.governor.freshness.dead_after_ms * NS_PER_MS

    def publish_rest(self, ends_session: bool = False) -> None:
        """Command zero velocity now, whatever was decided. `ends_session`: for good, another controller may follow."""
        now_ns = self.clock_ns()
        self._publish(Governed([0.0] * len(self.governor.joints)), now_ns, ends_session)
        self._mark()

    def begin_stream(self) -> None:
        """A source was opened: nothing of an earlier one counts."""
        self.step.reset()
        if self.follower is not None:
            self.follower.reset()
        if self.recent is not None:
            self.recent.reset()
        if self.raw_view is not None:
            self.raw_view.reset()
        self.buffer.reset()
        self.overload.restart()
        self._sample_index = -1

    def _decide(self, hop: Hop) -> Step:
        step = self.step.decide(hop)
        now_ns = self.clock_ns()
        self._sample_index, self._sample_t_ns = hop.newest_index, hop.newest_t_ns
        if step.intent is None:
            return step  # the window is not full: the last decision ages, `watch` lets it lapse
        self.counters.decisions += 1
        self._heed_stop_line(now_ns)
        healthy = step.healthy and not self.overload.holds
        governed = self.governor.decide(step.wanted, healthy, hop.newest_t_ns, now_ns, *self._feedback(now_ns))
        state = self.governor.machine.state
        if (
            state in (State.ENGAGED, State.HOLDING)
            or state is not self._published_state
            or now_ns - self._published_ns >= IDLE_COMMAND_NS
        ):
            self._publish(governed, now_ns)
        self._decided_ns = published_ns = self.clock_ns()
        self.step.learn()
        delay_ns = max(published_ns - hop.newest_t_ns, 0)
        self.latency.record(delay_ns)
        self.recent_latency.record(delay_ns, published_ns)
        if delay_ns > self.hop_ns:
            self.counters.deadline_misses += 1
        if published_ns - self._reported_ns >= self.report_every_ns:
            self._reported_ns = published_ns
            self.report(step, hop)
        return step

    def _log(self, kind: Kind, hop: Hop | None = None, decided: Step | None = None) -> None:
        if self.log is None:
            return
        state, velocity = self.governor.machine.state, self.governor.last.velocity_rad_s
        intent = None if decided is None else decided.intent
        if decided is None or intent is None:
            self.log.end(kind, self.clock_ns(), hop, self._seq - 1, state, velocity)
            return
        self.log.end(
            kind,
            self.clock_ns(),
            hop,
            self._seq - 1,
            state,
            velocity,
            decided.wanted,
            intent.class_index,
            intent.confidence,
            decided.effort,
            decided.healthy,
        )

    def _mark(self, decided: Step | None = None) -> None:
        if self.markers is not None:
            intent = None if decided is None else decided.intent
            self.markers.decided(
                self.clock_ns(),
                self.governor.machine.state,
                -1 if intent is None else intent.class_index,
                self.governor.last.velocity_rad_s,
            )

    def _heed_stop_line(self, now_ns: int) -> None:
        if self.stop_latch is None or self.governor.stopped:
            return
        why = self.stop_latch.why_stopped(now_ns)
        if why:
            self.governor.request(Event.STOP, now_ns, f"stopped by the stop line: {why}")

    def _paced(self, pace: Pace | None) -> None:
        if pace is Pace.HOLDS:
            self.governor.overloaded(self.clock_ns(), TOO_SLOW)

    def _publish(self, governed: Governed, now_ns: int, ends_session: bool = False) -> None:
        state = self.governor.machine.state
        payload = encode_command(
            self.session,
            self._seq,
            self._sample_index,
            max(self._sample_t_ns, 0),
            self.clock_ns(),
            self.ttl_ms,
            state,
            zip(self._joint_names, governed.velocity_rad_s, strict=True),
            ends_session,
        )
        self._seq += 1
        if self.bus.publish_now(self.topics.command, payload):
            self._published_ns, self._published_state = now_ns, state
            self.counters.commands_published += 1

    def _feedback(self, now_ns: int) -> tuple[dict[str, float] | None, float | None]:
        if now_ns - self.position_t_ns < POSITION_GOOD_FOR_NS:
            return self.position_rad, self.grip_force_n
        return None, None
