"""Random stories of commands. An observer beside the guard knows how each was really sent, and judges every motion."""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from hypothesis import example, given, settings
from hypothesis import strategies as st

from controller.safety.age import FORGET_PPM, MessageAge
from controller.safety.guard import Guard, JointCommand, Refusal
from controller.safety.limits import JointLimits
from controller.safety.states import State

MS = 1_000_000
ELBOW = JointLimits("elbow", 0.0, 2.0, 1.5, 100.0, 1e5, 0.2)
# The senders' clocks are neither ours nor each other's.
CLOCKS = {"": 7 * 10**11, "a": 5 * 10**12, "b": 0}


class Moment(NamedTuple):
    """What happens next, and after how long. `delay_ms`: how long the command was under way."""

    what: str
    elapsed_ms: int
    velocity: float
    session: str
    delay_ms: int
    position_rad: float | None
    stepped_before: bool


@dataclass(slots=True)
class Observer:
    """Believes nothing that the guard says of itself but whether it took a command."""

    stopped: bool = False
    session: str | None = None
    ended: set[str] = field(default_factory=set)
    newest_seq: int = -1
    quickest_ms: int = 0
    began_ns: int = 0
    heard_ns: int = 0
    rested: bool = False
    commanded: float = 0.0
    good_until_ns: int = 0
    previous: float = 0.0
    stepped_ns: int | None = None

    def took(self, command: JointCommand, delay_ms: int, now_ns: int) -> None:
        """Judge that this command was taken."""
        ((joint, velocity),) = command.velocity_rad_s.items()
        ttl_ms = min(command.ttl_ms, 200)
        assert not self.stopped
        assert joint == "elbow"
        assert abs(velocity) <= 1.5 * 1.001
        assert command.session not in self.ended
        if velocity:
            assert command.state is State.ENGAGED
        if self.commanded and now_ns >= self.good_until_ns:
            self.rested = False  # it stood still in the middle of a motion
        if command.session != self.session:
            assert not velocity
            assert self.session is None or now_ns - self.heard_ns >= 1000 * MS
            self.session, self.quickest_ms, self.began_ns = command.session, delay_ms, now_ns
        else:
            assert command.seq > self.newest_seq
            forgotten_ms = (now_ns - self.began_ns) * FORGET_PPM * 1e-6 / MS
            assert delay_ms - self.quickest_ms <= ttl_ms + forgotten_ms + 1e-3
        assert self.rested or not velocity
        self.rested = True
        self.quickest_ms = min(self.quickest_ms, delay_ms)
        self.newest_seq, self.heard_ns = command.seq, now_ns
        self.commanded, self.good_until_ns = velocity, now_ns + ttl_ms * MS
        if command.ends_session:
            self.ended.add(command.session)
            self.begin_anew()

    def begin_anew(self) -> None:
        """Nobody's commands are good any more."""
        self.session, self.rested, self.commanded = None, False, 0.0

    def saw(self, velocity: float, position_rad: float | None, now_ns: int) -> None:
        """Judge what the joint may do now."""
        step_s = 0.0 if self.stepped_ns is None else min((now_ns - self.stepped_ns) * 1e-9, 0.02)
        before = self.previous if (velocity > 0.0) is (self.previous > 0.0) else 0.0
        assert abs(velocity) <= abs(before) + ELBOW.max_acceleration_rad_s2 * step_s + 1e-9
        if velocity:
            assert not self.stopped
            assert now_ns < self.good_until_ns
            assert self.commanded
            assert (velocity > 0.0) is (self.commanded > 0.0)
            assert abs(velocity) <= min(abs(self.commanded), ELBOW.max_speed_rad_s)
            assert position_rad is not None
            left = ((2.0 - position_rad) if velocity > 0.0 else position_rad) / ELBOW.soft_end_rad
            assert left > 0.0
            assert left >= 1.0 or abs(velocity) <= 1.5 * left * (2.0 - left) + 1e-9
        self.previous, self.stepped_ns = velocity, now_ns


# Most are good commands of one sender in time: else no story would come as far as a motion.
moments = st.builds(
    Moment,
    st.sampled_from(
        ["command"] * 8
        + ["silence", "stop", "release", "seq again", "seq before", "last", "not engaged", "knee", "ttl 0", "ttl 50"]
        + ["ttl 9999"]
    ),
    st.one_of(st.sampled_from([10, 10, 10, 0, 1, 49, 50, 199, 200, 201, 999, 1000, 30_000]), st.integers(0, 400)),
    st.one_of(st.sampled_from([1.0, 0.0, -1.0, 1.5]), st.floats()),
    st.sampled_from(["a", "a", "a", "a", "a", "b", "b", ""]),
    st.sampled_from([0, 0, 0, 3, 199, 200, 201, 3000, -50]),
    st.sampled_from([1.0, 1.0, 1.0, 1.0, 1.9, 2.0, 0.0, math.nan, None]),
    st.booleans(),
)
STARTED = [Moment("command", 10, velocity, "a", 0, 1.0, True) for velocity in (0.0, 1.0, 1.0)]
HANDED_OVER = [
    *STARTED,
    Moment("last", 10, 0.0, "a", 0, 1.0, True),
    *(moment._replace(session="b") for moment in STARTED),
]
stories = st.builds(
    lambda begun, follow: begun + follow, st.sampled_from([STARTED, HANDED_OVER, []]), st.lists(moments, max_size=25)
)


def commanded(moment: Moment, seq: int, now_ns: int) -> JointCommand:
    sent_ns = CLOCKS[moment.session] + now_ns - moment.delay_ms * MS
    ttl_ms = moment.what.removeprefix("ttl ") if moment.what.startswith("ttl ") else "200"
    return JointCommand(
        moment.session,
        seq - {"seq again": 1, "seq before": 2}.get(moment.what, 0),
        sent_ns,
        int(ttl_ms),
        State.READY if moment.what == "not engaged" else State.ENGAGED,
        {"knee" if moment.what == "knee" else "elbow": moment.velocity},
        moment.what == "last",
    )


def follow(story: list[Moment]) -> set[str]:
    """Live through a story; return what came of it."""
    guard, observer, now_ns = Guard([ELBOW]), Observer(), 10**10
    seqs, met = dict.fromkeys(CLOCKS, 0), set[str]()
    for moment in story:
        now_ns += moment.elapsed_ms * MS
        where = {} if moment.position_rad is None else {"elbow": moment.position_rad}
        if moment.stepped_before:
            observer.saw(guard.step(where, now_ns)[0]["elbow"], moment.position_rad, now_ns)
        if moment.what == "stop":
            guard.stop()
            observer.stopped = True
        elif moment.what == "release":
            guard.release()
            observer.stopped = False
            observer.begin_anew()
        elif moment.what != "silence":
            seqs[moment.session] += 1
            command = commanded(moment, seqs[moment.session], now_ns)
            refusal = guard.offer(command, now_ns)
            if refusal is None:
                observer.took(command, moment.delay_ms, now_ns)
            met.add("taken" if refusal is None else refusal.value)
        observer.saw(guard.step(where, now_ns)[0]["elbow"], moment.position_rad, now_ns)
        if observer.previous:
            met.add("motion of " + (observer.session or "nobody"))
    return met


@given(stories)
@example([Moment("command", 10, velocity, "", 0, 1.0, True) for velocity in (1.0, 1.0)])
def test_no_story_moves_the_arm_without_a_fresh_good_command(story: list[Moment]) -> None:
    follow(story)


def test_the_stories_come_as_far_as_motion_and_handing_over() -> None:
    met = set[str]()

    @settings(max_examples=300, derandomize=True, database=None)
    @given(stories)
    def meet(story: list[Moment]) -> None:
        met.update(follow(story))

    meet()
    assert met >= {"taken", "motion of a", "motion of b"}
    assert len(met & set(Refusal)) >= 6


# Added to a stamp of years, what was forgotten in each of these 2.6 ms came out twice as much.
@example([(0, 177), (2560001, 690), (2560000, 1201), (2560001, 3506)], -591)
@given(st.lists(st.tuples(st.integers(0, 10**12), st.integers(0, 10**11)), min_size=1, max_size=20), st.integers())
def test_an_age_is_never_more_than_the_drift_too_young(story: list[tuple[int, int]], offset_ns: int) -> None:
    age, now_ns, began_ns, quickest_ns = MessageAge(), 0, 0, 0
    for index, (elapsed_ns, delay_ns) in enumerate(story):
        now_ns += elapsed_ns
        if index == 0:
            began_ns, quickest_ns = now_ns, delay_ns
        quickest_ns = min(quickest_ns, delay_ns)
        late_ns = delay_ns - quickest_ns
        forgotten_ns = (now_ns - began_ns) * FORGET_PPM * 1e-6
        told_ns = age.of(now_ns - delay_ns + offset_ns % 2**62, now_ns)
        assert max(late_ns - forgotten_ns, 0.0) - 1.01 <= told_ns <= late_ns
