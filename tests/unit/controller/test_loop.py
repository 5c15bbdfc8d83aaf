"""The control loop with a clock that stands until it is moved, and a bus that only writes down."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from controller import loop as loop_module
from controller.bus import Bus
from controller.contract.command import Command
from controller.contract.topics import Topics
from controller.decoders.intent import Intent
from controller.emg.hop_buffer import Hop, HopBuffer
from controller.loop import IDLE_COMMAND_NS, POSITION_GOOD_FOR_NS, ControlLoop
from controller.overload import EASY_ENOUGH, LATE_IN_A_ROW
from controller.safety.freshness import NS_PER_MS, FreshnessBounds
from controller.safety.governor import Governor
from controller.safety.limits import JointLimits
from controller.safety.states import Event, State
from controller.safety.stop_line import StopLatch
from controller.step import ControlStep, Step
from drivers.chunk import Chunk

HOP, RATE_HZ = 10, 1000.0
HOP_NS = 10 * NS_PER_MS
# So fast that acceleration does not hide what was decided.
JOINTS = (JointLimits("elbow", 0.0, 2.0, 1.5, 1e6, 1e9, 0.2), JointLimits("hand", 0.0, 1.4, 1.0, 1e6, 1e9, 0.1, 40.0))
INTENT = Intent(direction=np.zeros(2), scores=np.ones(1), class_index=0, confidence=1.0)


class ScriptedStep:
    """Stands in for the signal path: decides what the test wants."""

    def __init__(self, count_commands: Callable[[], int]) -> None:
        self.count_commands = count_commands
        self.wanted = [0.0, 0.0]
        self.healthy = True
        self.window_full = True
        self.observed: list[int] = []
        self.decided: list[int] = []
        self.resets = 0
        self.learnt_after_commands: list[int] = []

        self.passes_time: Callable[[], None] = lambda: None

    def observe(self, hop: Hop) -> None:
        self.observed.append(hop.newest_index)

    def decide(self, hop: Hop) -> Step:
        self.decided.append(hop.newest_index)
        self.passes_time()
        return Step(INTENT if self.window_full else None, list(self.wanted), 1.0, self.healthy)

    def learn(self) -> None:
        self.learnt_after_commands.append(self.count_commands())

    def reset(self) -> None:
        self.resets += 1


@dataclass
class WrittenBus:
    """Stands in for the connection: `takes` False is a socket that is full."""

    commands: list[Command] = field(default_factory=list)
    takes: bool = True

    def publish_now(self, topic: str, payload: bytes) -> bool:
        assert topic == Topics("test").command
        if self.takes:
            self.commands.append(Command.model_validate_json(payload))
        return self.takes


class Bench:
    """A loop, its surroundings, and the time."""

    def __init__(self) -> None:
        # As on a machine that has been up for a while.
        self.now_ns = 1_000_000 * NS_PER_MS
        self.bus = WrittenBus()
        self.step = ScriptedStep(lambda: len(self.bus.commands))
        self.governor = Governor(JOINTS, FreshnessBounds(60.0, 100.0, 500.0), soft_engage_ms=0.0)
        self.reports: list[int] = []
        self.loop = ControlLoop(
            cast("ControlStep", self.step),
            HopBuffer(HOP, 1, RATE_HZ),
            self.governor,
            cast("Bus", self.bus),
            Topics("test"),
            "0123456789abcdef",
            200,
            HOP_NS,
            lambda _step, hop: self.reports.append(hop.newest_index),
            45 * NS_PER_MS,
            lambda: self.now_ns,
        )
        self._next_index = 0

    def pass_ms(self, ms: float) -> None:
        self.now_ns += round(ms * NS_PER_MS)

    def samples(self, count: int, age_ms: float = 1.0, lost: int = 0) -> None:
        """Bring in `count` samples, the newest of that age."""
        chunk = Chunk(np.zeros((count, 1)), self.now_ns - round(age_ms * NS_PER_MS), self._next_index + lost, lost)
        self._next_index += lost + count
        self.loop.take(chunk)

    def hops(self, count: int) -> None:
        """Let that many hops come in at their pace, watched by the timer."""
        for _ in range(count):
            self.pass_ms(10)
            self.samples(HOP)
            self.loop.watch()

    def busy_hops(self, count: int, work_ms: float) -> None:
        """The same, where a decision takes so long: what has come meanwhile comes together."""
        self.step.passes_time = lambda: self.pass_ms(work_ms)
        begin_ns, taken = self.now_ns, 0
        while taken < count:
            come = (self.now_ns - begin_ns) // HOP_NS - taken
            if come == 0:
                self.now_ns = begin_ns + (taken + 1) * HOP_NS
                continue
            taken += come
            self.samples(come * HOP, (self.now_ns - begin_ns - taken * HOP_NS) / NS_PER_MS)
            self.loop.watch()
        self.step.passes_time = lambda: None

    def engage(self) -> None:
        self.hops(1)
        assert self.governor.request(Event.ENGAGE, self.now_ns, "test") == ""
        self.hops(1)

    @property
    def velocities(self) -> list[float]:
        """What the elbow was told, command by command."""
        return [command.velocity_rad_s["elbow"] for command in self.bus.commands]

    def clear(self) -> None:
        self.bus.commands.clear()


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def engaged() -> Bench:
    one = Bench()
    one.engage()
    one.clear()
    return one


def test_one_hop_makes_one_decision_and_one_command(engaged: Bench) -> None:
    decisions, sequence = engaged.loop.counters.decisions, engaged.loop.counters.commands_published
    engaged.step.wanted = [0.5, 0.0]
    for _ in range(HOP):
        engaged.pass_ms(1)
        engaged.samples(1)
    (command,) = engaged.bus.commands
    assert engaged.loop.counters.decisions == decisions + 1
    assert command.velocity_rad_s == {"elbow": 0.75, "hand": 0.0}
    assert (command.state, command.session, command.seq) == (State.ENGAGED, "0123456789abcdef", sequence)
    assert (command.sample_index, command.ttl_ms) == (3 * HOP - 1, 200)
    assert (command.t_publish_ns, command.t_sample_ns) == (engaged.now_ns, engaged.now_ns - NS_PER_MS)


def test_the_decoder_learns_when_the_command_is_out(engaged: Bench) -> None:
    engaged.step.learnt_after_commands.clear()
    engaged.hops(3)
    assert engaged.step.learnt_after_commands == [1, 2, 3]


def test_a_burst_of_hops_makes_one_decision_and_counts_the_rest_as_skipped(engaged: Bench) -> None:
    decisions = engaged.loop.counters.decisions
    engaged.step.decided.clear()
    engaged.pass_ms(40)
    engaged.samples(4 * HOP + 3)
    assert engaged.step.observed == [29, 39, 49]
    assert engaged.step.decided == [59]
    assert (engaged.loop.counters.decisions - decisions, engaged.loop.counters.skipped_hops) == (1, 3)
    (command,) = engaged.bus.commands
    assert command.sample_index == 59
    assert command.t_sample_ns == engaged.now_ns - (1 + 3) * NS_PER_MS  # three newer samples wait for their hop


def test_a_gap_within_a_burst_does_not_change_the_count(engaged: Bench) -> None:
    engaged.samples(5)
    engaged.pass_ms(30)
    engaged.step.decided.clear()
    engaged.samples(2 * HOP + 6, lost=50)  # the five of before are thrown away
    assert len(engaged.step.decided) == 1
    assert engaged.loop.counters.skipped_hops == 1
    assert engaged.loop.buffer.lost_samples == 50


def test_a_window_that_is_not_full_decides_and_publishes_nothing(bench: Bench) -> None:
    bench.step.window_full = False
    bench.samples(HOP)
    assert (bench.loop.counters.decisions, bench.bus.commands, bench.reports) == (0, [], [])
    assert bench.governor.machine.state is State.IDLE


def test_a_window_that_empties_in_the_middle_lets_the_last_decision_lapse(engaged: Bench) -> None:
    engaged.step.wanted = [1.0, 0.0]
    engaged.hops(2)
    engaged.step.window_full = False
    engaged.clear()
    engaged.hops(15)
    assert engaged.velocities[0] == 1.5
    assert engaged.velocities[-1] == 0.0
    assert engaged.governor.machine.state is State.HOLDING


def test_until_engaged_a_sign_of_life_goes_out_ten_times_a_second(bench: Bench) -> None:
    bench.hops(2)
    bench.clear()
    bench.hops(100)
    assert len(bench.bus.commands) == 10
    assert {command.state for command in bench.bus.commands} == {State.READY}
    stamps = [command.t_publish_ns for command in bench.bus.commands]
    assert set(np.diff(stamps)) == {IDLE_COMMAND_NS}


def test_engaged_every_hop_brings_one_command_although_the_timer_looks_too(engaged: Bench) -> None:
    engaged.hops(50)
    assert len(engaged.bus.commands) == 50
    assert [command.seq for command in engaged.bus.commands] == list(range(2, 52))


@pytest.mark.parametrize("since_decision_ms", [0, 1, 10])
def test_a_change_of_state_goes_out_at_once(bench: Bench, since_decision_ms: int) -> None:
    bench.hops(1)
    bench.clear()
    bench.pass_ms(since_decision_ms)
    bench.governor.request(Event.ENGAGE, bench.now_ns, "test")
    bench.loop.watch()
    assert [command.state for command in bench.bus.commands] == [State.ENGAGED]


def test_a_change_of_state_that_the_socket_did_not_take_is_tried_again(engaged: Bench) -> None:
    engaged.step.wanted = [1.0, 0.0]
    engaged.hops(1)
    engaged.governor.request(Event.DISENGAGE, engaged.now_ns, "test")
    engaged.bus.takes = False
    engaged.hops(1)
    engaged.bus.takes = True
    engaged.clear()
    engaged.hops(1)
    assert [command.state for command in engaged.bus.commands] == [State.READY]


def test_what_the_socket_does_not_take_is_not_counted_as_published(engaged: Bench) -> None:
    published = engaged.loop.counters.commands_published
    engaged.bus.takes = False
    engaged.hops(5)
    assert engaged.loop.counters.commands_published == published
    engaged.bus.takes = True
    engaged.hops(1)
    assert engaged.loop.counters.commands_published == published + 1
    assert engaged.bus.commands[-1].seq == published + 5


def test_without_samples_the_timer_publishes_ever_slower_commands_and_then_rest(engaged: Bench) -> None:
    engaged.step.wanted = [1.0, 0.0]
    engaged.hops(1)
    engaged.clear()
    for _ in range(60):
        engaged.pass_ms(10)
        engaged.loop.watch()
    velocities = engaged.velocities
    assert velocities[0] == 1.5
    assert velocities == sorted(velocities, reverse=True)
    assert any(0.0 < velocity < 1.5 for velocity in velocities)
    ages_ms = [(each.t_publish_ns - each.t_sample_ns) / NS_PER_MS for each in engaged.bus.commands]
    assert all(velocity == 0.0 for velocity, age in zip(velocities, ages_ms, strict=True) if age >= 100)
    assert {command.sample_index for command in engaged.bus.commands} == {3 * HOP - 1}
    assert engaged.governor.machine.state is State.FAULT
    assert (engaged.governor.stale_events, engaged.governor.faults) == (1, 1)


def test_the_timer_is_quiet_right_after_a_decision(engaged: Bench) -> None:
    engaged.hops(1)
    engaged.clear()
    engaged.pass_ms(9)
    engaged.loop.watch()
    engaged.pass_ms(5)
    engaged.loop.watch()
    assert engaged.bus.commands == []  # 14 ms after the last command: not yet one and a half hops
    engaged.pass_ms(1)
    engaged.loop.watch()
    assert len(engaged.bus.commands) == 1


def test_a_loop_that_has_seen_nothing_says_that_it_is_there_and_at_rest(bench: Bench) -> None:
    bench.loop.watch()
    (command,) = bench.bus.commands
    assert (command.state, command.sample_index, command.t_sample_ns) == (State.IDLE, -1, 0)
    assert not any(command.velocity_rad_s.values())


@pytest.mark.parametrize(("age_ns", "counts"), [(POSITION_GOOD_FOR_NS - 1, True), (POSITION_GOOD_FOR_NS, False)])
def test_feedback_limits_a_joint_only_while_it_is_young(engaged: Bench, age_ns: int, counts: bool) -> None:
    engaged.step.wanted = [1.0, 0.0]
    engaged.loop.position_rad = {"elbow": 2.0, "hand": 0.7}  # at the end of its range
    engaged.pass_ms(10)
    engaged.loop.position_t_ns = engaged.now_ns - age_ns
    engaged.samples(HOP)
    assert engaged.velocities == [0.0 if counts else 1.5]


@pytest.mark.parametrize(("age_ns", "counts"), [(POSITION_GOOD_FOR_NS - 1, True), (POSITION_GOOD_FOR_NS, False)])
def test_a_grip_force_limits_closing_while_it_is_young(engaged: Bench, age_ns: int, counts: bool) -> None:
    engaged.step.wanted = [0.0, 1.0]
    engaged.loop.grip_force_n = 40.0
    engaged.pass_ms(10)
    engaged.loop.position_t_ns = engaged.now_ns - age_ns
    engaged.samples(HOP)
    assert engaged.bus.commands[-1].velocity_rad_s["hand"] == (0.0 if counts else 1.0)


def test_feedback_holds_for_ageing_commands_too(engaged: Bench) -> None:
    engaged.step.wanted = [1.0, 0.0]
    engaged.hops(1)
    engaged.clear()
    engaged.pass_ms(20)
    engaged.loop.position_rad, engaged.loop.position_t_ns = {"elbow": 2.0}, engaged.now_ns
    engaged.loop.watch()
    assert engaged.velocities == [0.0]


def test_rest_goes_out_whatever_was_decided(engaged: Bench) -> None:
    engaged.step.wanted = [1.0, 1.0]
    engaged.hops(1)
    engaged.loop.publish_rest()
    assert engaged.bus.commands[-1].velocity_rad_s == {"elbow": 0.0, "hand": 0.0}
    assert [command.seq for command in engaged.bus.commands] == [2, 3]


def test_the_last_command_ends_the_session(engaged: Bench) -> None:
    engaged.loop.publish_rest()
    engaged.loop.publish_rest(ends_session=True)
    assert [command.ends_session for command in engaged.bus.commands] == [False, True]


def test_a_decision_later_than_one_hop_is_a_missed_deadline(engaged: Bench) -> None:
    engaged.samples(HOP, age_ms=10.0)
    assert engaged.loop.counters.deadline_misses == 0
    engaged.pass_ms(10)
    engaged.samples(HOP, age_ms=10.5)
    assert engaged.loop.counters.deadline_misses == 1
    assert engaged.loop.latency.max_ns == 10.5 * NS_PER_MS
    assert engaged.loop.latency.count == engaged.loop.counters.decisions


def test_samples_of_the_future_move_nothing_and_count_as_no_delay(engaged: Bench) -> None:
    engaged.step.wanted = [1.0, 0.0]
    engaged.pass_ms(10)
    engaged.samples(HOP, age_ms=-5.0)
    assert engaged.velocities == [0.0]
    assert engaged.governor.machine.state is State.HOLDING
    assert engaged.loop.counters.deadline_misses == 0


def test_reports_come_after_the_command_and_not_more_often_than_asked_for(engaged: Bench) -> None:
    engaged.reports.clear()
    engaged.hops(50)
    assert len(engaged.reports) == 10
    assert set(np.diff(engaged.reports)) == {5 * HOP}


def test_a_new_stream_forgets_the_signal_path_and_its_index(engaged: Bench) -> None:
    engaged.loop.begin_stream()
    assert engaged.step.resets == 1
    engaged.loop.publish_rest()
    assert engaged.bus.commands[-1].sample_index == -1


def test_a_new_stream_does_not_finish_a_hop_of_the_old_one(engaged: Bench) -> None:
    engaged.samples(HOP - 1)
    engaged.loop.begin_stream()
    engaged.step.decided.clear()
    engaged.samples(1)
    assert engaged.step.decided == []


@pytest.mark.parametrize(("have", "wait_ms"), [(0, 10 - 2), (1, 9 - 2), (9, 1 - 2)])
def test_it_needs_nothing_until_shortly_before_the_next_hop_is_full(bench: Bench, have: int, wait_ms: int) -> None:
    chunk = Chunk(np.zeros((HOP + have, 1)), bench.now_ns, 0)
    bench.loop.take(chunk)
    assert bench.loop.needs_nothing_until_ns(chunk) - bench.now_ns == wait_ms * NS_PER_MS


@dataclass
class ScriptedSleep:
    """Stands in for `asyncio.sleep`: moves the bench's time, by chance later than asked for, and ends the timer."""

    bench: Bench
    late_ms: list[float]
    watched_at_ns: list[int] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        if not self.late_ms:
            raise asyncio.CancelledError
        self.bench.now_ns += round(seconds * 1e9)
        self.bench.pass_ms(self.late_ms.pop(0))
        self.watched_at_ns.append(self.bench.now_ns)


async def run_timer(bench: Bench, late_ms: list[float], monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Run the timer until the script ends; return when it looked, in ms from now."""
    begin_ns, script = bench.now_ns, ScriptedSleep(bench, late_ms)
    monkeypatch.setattr(loop_module, "asyncio", SimpleNamespace(sleep=script.sleep))
    with pytest.raises(asyncio.CancelledError):
        await bench.loop.watch_for_ever()
    return [(at_ns - begin_ns) / NS_PER_MS for at_ns in script.watched_at_ns]


async def test_the_timer_keeps_its_beat_although_it_is_always_a_little_late(
    engaged: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_ms = await run_timer(engaged, [1.0] * 50, monkeypatch)
    assert looked_ms == [10.0 * beat + 1.0 for beat in range(1, 51)]
    assert engaged.loop.counters.loop_lag_max_ns == NS_PER_MS


async def test_after_a_stall_the_timer_goes_on_without_a_burst(engaged: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_ms = await run_timer(engaged, [0.0, 300.0, 0.0, 0.0], monkeypatch)
    assert looked_ms == [10.0, 320.0, 330.0, 340.0]
    assert engaged.loop.counters.loop_lag_max_ns == 300 * NS_PER_MS


async def test_a_stall_beyond_the_bound_is_a_fault_that_stays(engaged: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    engaged.step.wanted = [1.0, 0.0]
    engaged.hops(1)
    engaged.clear()
    await run_timer(engaged, [501.0], monkeypatch)
    assert engaged.governor.machine.state is State.FAULT
    assert engaged.governor.machine.cause == "the control loop was 501 ms late"
    engaged.hops(60)
    assert engaged.governor.machine.state is State.FAULT
    assert not any(engaged.velocities)


def test_a_decoder_that_needs_more_than_a_hop_decides_at_every_second_one(engaged: Bench) -> None:
    engaged.busy_hops(2 * LATE_IN_A_ROW, 12)
    assert engaged.loop.overload.stride == 2
    engaged.step.decided.clear()
    engaged.busy_hops(20, 12)
    assert len(engaged.step.decided) == 10
    assert engaged.loop.overload.stride == 2
    assert engaged.governor.machine.state is State.ENGAGED


def test_a_decoder_that_is_too_slow_at_any_pace_holds_the_arm_and_says_why(engaged: Bench) -> None:
    engaged.step.wanted = [1.0, 0.0]
    engaged.busy_hops(20 * LATE_IN_A_ROW, 42)
    assert engaged.loop.overload.holds
    assert engaged.governor.machine.state is State.HOLDING
    assert "too slow" in engaged.governor.machine.cause
    engaged.clear()
    engaged.busy_hops(40, 42)
    assert engaged.velocities
    assert not any(engaged.velocities)
    assert engaged.governor.machine.state is State.HOLDING


def test_after_an_overload_the_wearer_rests_before_anything_moves_again(engaged: Bench) -> None:
    engaged.busy_hops(20 * LATE_IN_A_ROW, 42)
    engaged.step.wanted = [1.0, 0.0]
    engaged.hops(5 * EASY_ENOUGH)
    assert not engaged.loop.overload.holds
    assert engaged.governor.machine.state is State.HOLDING
    engaged.step.wanted = [0.0, 0.0]
    engaged.hops(60)
    assert engaged.governor.machine.state is State.ENGAGED


def test_an_overloaded_loop_makes_one_decision_for_all_that_has_come(engaged: Bench) -> None:
    engaged.busy_hops(20 * LATE_IN_A_ROW, 42)
    for _ in range(20):
        engaged.step.decided.clear()
        engaged.samples(5 * HOP)
        assert len(engaged.step.decided) == 1


@pytest.mark.parametrize("by_timer", [True, False])
def test_a_stop_line_stops_before_the_next_command_and_stays(bench: Bench, by_timer: bool) -> None:
    latch = bench.loop.stop_latch = StopLatch()
    latch.saw("", bench.now_ns)
    bench.engage()
    bench.step.wanted = [0.5, 0.0]
    bench.hops(5)
    assert bench.velocities[-1] > 0.0
    latch.saw("pressed", bench.now_ns)
    bench.clear()
    if by_timer:
        bench.loop.watch()
    else:
        bench.pass_ms(10)
        bench.samples(HOP)
    assert bench.governor.machine.state is State.FAULT
    assert bench.governor.machine.cause == "stopped by the stop line: pressed"
    assert bench.velocities == [0.0]
    latch.saw("", bench.now_ns)
    bench.hops(5)
    assert not any(bench.velocities)
    assert bench.governor.machine.state is State.FAULT


async def test_a_loop_is_on_time_until_it_was_late_or_nobody_watches(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    lags_ms = iter([1.0, 600.0])

    async def late(seconds: float) -> None:
        bench.pass_ms(seconds * 1e3 + next(lags_ms))

    monkeypatch.setattr(loop_module, "asyncio", SimpleNamespace(sleep=late))
    assert not bench.loop.is_on_time()  # nobody has begun to watch
    with pytest.raises(RuntimeError):
        await bench.loop.watch_for_ever()
    assert not bench.loop.is_on_time()
    assert bench.loop.is_on_time()
    bench.pass_ms(511)
    assert not bench.loop.is_on_time()
