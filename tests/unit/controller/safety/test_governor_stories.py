"""Random stories of decisions, people and failures. An observer beside the governor judges every motion and resume."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from hypothesis import example, given, settings
from hypothesis import strategies as st

from controller.safety.freshness import FreshnessBounds
from controller.safety.governor import LONGEST_STEP_S, Governed, Governor
from controller.safety.limits import JointLimits
from controller.safety.states import Event, State

MS = 1_000_000
ELBOW = JointLimits("elbow", 0.0, 2.0, 1.5, 10.0, 200.0, 0.2)
# Shorter than in use, so that a short story comes to resume.
REST_MS, SOFT_MS = 50, 100
SLOW_MS, STALE_MS, DEAD_MS = 60, 100, 500


class Moment(NamedTuple):
    """What happens, so many times, each time after `elapsed_ms`. `age_ms`: the newest sample's."""

    what: str
    times: int
    elapsed_ms: float
    wish: float
    age_ms: float
    position_rad: float | None


@dataclass(slots=True)
class Observer:
    """Reads from the governor nothing but the state, and trusts it only as far as it follows."""

    state: State = State.IDLE
    person_engaged: bool = False
    stopped: bool = False
    linked: bool = True
    barred: bool = False
    wish: float = 0.0
    healthy: bool = False
    newest_ns: int | None = None
    resting_since_ns: int | None = None
    engaged_ns: int = 0
    velocity: float = 0.0
    governed_ns: int | None = None

    def aged(self, now_ns: int) -> bool:
        """Look at the newest sample's age; return whether it is good."""
        good = self.newest_ns is not None and 0 <= now_ns - self.newest_ns < STALE_MS * MS
        if not good:
            self.resting_since_ns = None
        return good

    def decided(self, wish: float, healthy: bool, newest_ns: int, now_ns: int) -> None:
        """Take in what the governor is told."""
        self.aged(now_ns)
        self.wish, self.healthy, self.newest_ns = wish, healthy, newest_ns
        if wish or not healthy:
            self.resting_since_ns = None
        elif self.resting_since_ns is None:
            self.resting_since_ns = newest_ns
        self.aged(now_ns)

    def followed(self, after: State, asked: str, now_ns: int) -> None:
        """Judge a change of state: who asked, and whether it was allowed."""
        before, self.state = self.state, after
        if before is State.FAULT:
            assert after is State.FAULT or asked == "clear"
        if after is State.ENGAGED and before is not State.ENGAGED:
            assert self.linked
            assert not self.stopped
            assert self.aged(now_ns)
            assert not self.wish
            if asked == "engage":
                assert before is State.READY
                assert not self.barred
                self.person_engaged = True
            else:
                assert (asked, before) == ("decide", State.HOLDING)
                assert self.person_engaged
                assert self.resting_since_ns is not None
                assert self.newest_ns is not None
                assert self.newest_ns - self.resting_since_ns >= REST_MS * MS
            self.engaged_ns = now_ns
        if after in (State.IDLE, State.READY, State.FAULT):
            self.person_engaged = False

    def saw(self, governed: Governed, position_rad: float | None, now_ns: int) -> None:
        """Judge what is let through now."""
        (velocity,) = governed.velocity_rad_s
        speed, before = abs(velocity), abs(self.velocity) if (velocity > 0.0) is (self.velocity > 0.0) else 0.0
        step_s = 0.0 if self.governed_ns is None else min(max(now_ns - self.governed_ns, 0) * 1e-9, LONGEST_STEP_S)
        good = self.aged(now_ns)
        assert math.isfinite(velocity)
        if velocity:
            assert self.state is State.ENGAGED
            assert self.person_engaged
            assert self.linked
            assert good
            assert self.healthy
            assert not self.stopped
            assert self.newest_ns is not None
            worth = min((STALE_MS - (now_ns - self.newest_ns) / MS) / (STALE_MS - SLOW_MS), 1.0)
            permitted = min((now_ns - self.engaged_ns) / MS / SOFT_MS, 1.0)
            wanted = min(abs(self.wish), 1.0) * 1.5 * worth * permitted
            # Faster than before only towards the wish; slower smoothly, unless it is the input that grows old.
            assert speed <= before + ELBOW.max_acceleration_rad_s2 * step_s + 1e-9
            same_way = bool(self.wish) and (velocity > 0.0) is (self.wish > 0.0)
            assert speed <= before or (same_way and speed <= wanted + 1e-9)
            if worth < 1.0:
                assert same_way
                assert speed <= wanted + 1e-9
            if position_rad is not None:
                left = ((2.0 - position_rad) if velocity > 0.0 else position_rad) / ELBOW.soft_end_rad
                assert left > 0.0
                assert left >= 1.0 or speed <= 1.5 * left * (2.0 - left) + 1e-9
        self.velocity, self.governed_ns = velocity, now_ns


PERSON = {"engage": Event.ENGAGE, "disengage": Event.DISENGAGE, "stop": Event.STOP, "clear": Event.CLEAR}
HAPPENS: dict[str, Callable[[Governor, int], object]] = {
    "link lost": lambda one, now_ns: one.link_changed(False, now_ns),
    "link back": lambda one, now_ns: one.link_changed(True, now_ns),
    "model changed": lambda one, now_ns: one.model_changed(now_ns, "swap"),
    "source lost": lambda one, now_ns: one.input_lost(now_ns, "unplugged"),
    "loop late": lambda one, now_ns: one.loop_late(now_ns, "late"),
    "overloaded": lambda one, now_ns: one.overloaded(now_ns, "slow"),
}
# Most is fresh and healthy, and people engage and clear often: else no story would come as far as a motion.
moments = st.builds(
    Moment,
    st.sampled_from(["decide"] * 10 + ["tick", "tick", "unhealthy", "bar", "unbar", "engage", *PERSON, *HAPPENS]),
    st.integers(1, 8),
    st.one_of(st.sampled_from([10.0, 10.0, 10.0, 0.0, 5.0, 60.0, 99.0, 100.0, 499.0, 500.0]), st.floats(0.0, 600.0)),
    st.one_of(st.sampled_from([0.0, 1.0, 0.0, 0.0, -1.0, math.nan]), st.floats(-1.0, 1.0), st.floats()),
    st.one_of(st.sampled_from([0.0, 0.0, 0.0, 60.0, 80.0, 99.0, 100.0, -1.0]), st.floats(-10.0, 600.0)),
    st.sampled_from([None, None, 1.0, 1.0, 1.9, 2.0, 0.0, math.nan]),
)


def moment(what: str, wish: float = 0.0, times: int = 1) -> Moment:
    return Moment(what, times, 10.0, wish, 0.0, None)


ENGAGED = [moment("decide"), moment("engage")]
MOVING = [*ENGAGED, moment("decide", 1.0, 8)]
HELD = [*MOVING, moment("model changed"), moment("decide", 0.0, 5)]
RESUMED = [*HELD, moment("decide"), moment("decide", -1.0, 4)]
stories = st.builds(
    lambda begun, follow: begun + follow,
    st.sampled_from([MOVING, HELD, RESUMED, ENGAGED, []]),
    st.lists(moments, max_size=15),
)


def follow(story: list[Moment]) -> set[str]:
    """Live through a story; return what came of it."""
    one = Governor([ELBOW], FreshnessBounds(SLOW_MS, STALE_MS, DEAD_MS), REST_MS, SOFT_MS)
    observer, now_ns, met = Observer(), 10**10, set[str]()
    for what, times, elapsed_ms, wish, age_ms, position_rad in story:
        for _ in range(times):
            now_ns += round(elapsed_ms * MS)
            where = None if position_rad is None else {"elbow": position_rad}
            before = one.machine.state
            if what in ("decide", "unhealthy"):
                newest_ns = now_ns - round(age_ms * MS)
                observer.decided(wish, what == "decide", newest_ns, now_ns)
                governed = one.decide([wish], what == "decide", newest_ns, now_ns, where)
            else:
                act(one, observer, what, now_ns)
                observer.followed(one.machine.state, what, now_ns)
                governed = one.tick(now_ns, where)
            observer.followed(one.machine.state, what, now_ns)
            observer.saw(governed, position_rad, now_ns)
            met.add("motion" if observer.velocity else "rest")
            met.add(f"{before.value} to {one.machine.state.value}")
    return met


def act(one: Governor, observer: Observer, what: str, now_ns: int) -> None:
    """Do what a person or a failure does, and let the observer know."""
    if what in ("bar", "unbar"):
        observer.barred = what == "bar"
        one.barred = "not now" if observer.barred else ""
    if what in PERSON:
        refusal = one.request(PERSON[what], now_ns, "person")
        if what == "clear" and not refusal:
            observer.stopped = False
            observer.resting_since_ns = None
    if what in HAPPENS:
        HAPPENS[what](one, now_ns)
        observer.resting_since_ns = None
        observer.linked = what == "link back" if what.startswith("link") else observer.linked
    if what in ("stop", "source lost", "model changed"):
        observer.stopped = observer.stopped or what == "stop"
        observer.resting_since_ns, observer.wish = None, 0.0
        observer.newest_ns = observer.newest_ns if what == "model changed" else None


@given(stories)
# A share of a wish beyond full speed was full speed: neither age nor soft engage slowed it down.
@example([*MOVING, moment("decide", 2.0)._replace(age_ms=99.0)])
@example([*ENGAGED, moment("decide", 1e6)])
def test_nothing_moves_outside_engaged_or_on_old_input(story: list[Moment]) -> None:
    follow(story)


def test_the_stories_come_as_far_as_motion_and_resume_and_fault() -> None:
    met = set[str]()

    @settings(max_examples=300, derandomize=True, database=None)
    @given(stories)
    def meet(story: list[Moment]) -> None:
        met.update(follow(story))

    meet()
    for change in ("ready to engaged", "engaged to holding", "holding to engaged", "engaged to fault", "fault to idle"):
        assert change in met
    assert "motion" in met
