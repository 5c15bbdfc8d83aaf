"""Every way the governor can go, followed by breadth-first search over the real one with time in coarse steps.

Time passes in steps of one unit. Ages and the length of rest are cut off where more makes no difference, so the
situations are finitely many, and each that can be reached is visited. What is claimed is asserted on every arrow.
"""

import copy
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace

import pytest

from controller.safety.freshness import NS_PER_MS, FreshnessBounds
from controller.safety.governor import Governor
from controller.safety.limits import JointLimits
from controller.safety.states import Event, State

UNIT = 10 * NS_PER_MS
# In units: slower from 1, stale at 2, dead at 4; rest of 3 to resume; full speed 2 after engaging.
BOUNDS = FreshnessBounds(10.0, 20.0, 40.0)
REST_UNITS = 3
ELBOW = JointLimits("elbow", -1e9, 1e9, 1.0, 1e3, 1e9, 0.1)
START_NS = 1000 * UNIT


@dataclass(slots=True)
class Seen:
    """What an observer beside the governor knows: nothing of this is read from it."""

    person_engaged: bool = False  # a person engaged, and neither stop nor fault nor disengage came since
    resting_units: int = 0  # healthy rest without a gap, while linked
    stopped: bool = False
    linked: bool = True


@dataclass(slots=True)
class Node:
    governor: Governor
    now_ns: int
    seen: Seen = field(default_factory=Seen)

    def key(self) -> tuple[object, ...]:
        """All that its future depends on; times as ages, cut off where more makes no difference."""
        one, now = self.governor, self.now_ns

        def age(t_ns: int | None) -> int | None:
            return None if t_ns is None else min((now - t_ns) // UNIT, 8)

        return (
            one.machine.state,
            any(one.last.velocity_rad_s),
            one.stopped,
            one.linked,
            age(one._newest_sample_ns),
            age(one._rest_since_ns),
            # Rest is counted in samples: how much there is, and not only how long ago it began.
            None if one._rest_since_ns is None else min(((one._newest_sample_ns or 0) - one._rest_since_ns) // UNIT, 8),
            age(one.machine.since_ns),
            age(one._last_ns),
            tuple(wanted != 0.0 for wanted in one._wanted),
            one._was_stale,
            self.seen.person_engaged,
            min(self.seen.resting_units, 8),
            self.seen.stopped,
            self.seen.linked,
        )


# What the input does in a unit of time: wanted, healthy, age of the newest sample in units; None: nothing comes.
INPUTS: dict[str, tuple[float, bool, int] | None] = {
    "nothing": None,
    "rest": (0.0, True, 0),
    "motion": (1.0, True, 0),
    "no number": (float("nan"), True, 0),
    "unhealthy rest": (0.0, False, 0),
    "unhealthy motion": (1.0, False, 0),
    "motion, slow": (1.0, True, 1),
    "motion, stale": (1.0, True, 3),
    "rest, stale": (0.0, True, 3),
    "motion, dead": (1.0, True, 6),
    "motion from the future": (1.0, True, -1),
    "rest from the future": (0.0, True, -1),
}
ACTIONS: dict[str, Callable[[Governor, int], object]] = {
    "engage": lambda one, now: one.request(Event.ENGAGE, now, "person"),
    "disengage": lambda one, now: one.request(Event.DISENGAGE, now, "person"),
    "stop": lambda one, now: one.request(Event.STOP, now, "person"),
    "clear": lambda one, now: one.request(Event.CLEAR, now, "person"),
    "link lost": lambda one, now: one.link_changed(False, now),
    "link back": lambda one, now: one.link_changed(True, now),
    "model changed": lambda one, now: one.model_changed(now, "swap"),
    "source lost": lambda one, now: one.input_lost(now, "unplugged"),
    "loop late": lambda one, now: one.loop_late(now, "late"),
}


def twin_of(one: Governor) -> Governor:
    """A governor that goes its own way from here; many times quicker than a deep copy."""
    twin = copy.copy(one)
    twin.machine = copy.copy(one.machine)
    twin._wanted, twin._acceleration = list(one._wanted), list(one._acceleration)
    return twin


def act(node: Node, name: str) -> Node:
    """Return what follows a person's or the machine's action; no time passes."""
    one, seen = twin_of(node.governor), replace(node.seen)
    before = one.machine.state
    ACTIONS[name](one, node.now_ns)
    after = one.machine.state
    if name == "engage" and after is State.ENGAGED and before is not State.ENGAGED:
        assert before is State.READY
        assert seen.linked
        assert not seen.stopped
        seen.person_engaged = True
    elif after is State.ENGAGED:
        assert before is State.ENGAGED
    if name == "stop":
        seen.stopped = True
        assert after is State.FAULT
        assert one.stopped
    if name == "clear":
        seen.stopped = False
    if name in ("link lost", "link back"):
        seen.linked = name == "link back"
        seen.resting_units = 0
    if name in ("source lost", "loop late", "model changed"):
        seen.resting_units = 0
        assert after is not State.ENGAGED
    if before is State.FAULT and after is not State.FAULT:
        assert name == "clear"
    if after in (State.IDLE, State.READY, State.FAULT):
        seen.person_engaged = False
    return Node(one, node.now_ns, seen)


def live(node: Node, name: str) -> Node:
    """Return what follows when a unit of time passes with that input."""
    one, seen, now = twin_of(node.governor), replace(node.seen), node.now_ns + UNIT
    before, given = one.machine.state, INPUTS[name]
    if given is None:
        governed = one.tick(now)
        good = False
    else:
        wanted, healthy, age_units = given
        governed = one.decide([wanted], healthy, now - age_units * UNIT, now)
        good = healthy and age_units in (0, 1)
    resting = good and given is not None and given[0] == 0.0
    after = one.machine.state
    if before is not State.ENGAGED and after is State.ENGAGED:
        assert before is State.HOLDING  # no input engages; it can only resume
        assert resting
        assert seen.resting_units >= REST_UNITS
        assert seen.linked
    if after is State.ENGAGED:
        assert seen.person_engaged
        assert not seen.stopped
    if before is State.FAULT:
        assert after is State.FAULT
    if any(governed.velocity_rad_s):
        assert after is State.ENGAGED
        assert before is State.ENGAGED
        assert given is None or good
        assert seen.person_engaged
        assert seen.linked
        assert not seen.stopped
    if resting:
        seen.resting_units += 1
    elif given is not None or (one._newest_sample_ns is not None and now - one._newest_sample_ns >= 2 * UNIT):
        seen.resting_units = 0
    if after in (State.IDLE, State.READY, State.FAULT):
        seen.person_engaged = False
    return Node(one, now, seen)


def test_a_twin_shares_nothing_that_changes() -> None:
    one = Governor([ELBOW], BOUNDS)
    twin = twin_of(one)
    assert twin == one
    shared = {each.name for each in fields(one) if getattr(one, each.name) is getattr(twin, each.name)}
    changing = {name for name in shared if not isinstance(getattr(one, name), int | float | str | None)}
    # Limits and bounds do not change; `last`, and limits that are lowered, are made anew each time.
    assert changing == {"joints", "freshness", "last", "_limits"}


@pytest.fixture(scope="module")
def every_way() -> dict[tuple[object, ...], set[State]]:
    """Visit all; return the states of control that each node leads to in one arrow."""
    first = Node(Governor([ELBOW], BOUNDS, REST_UNITS * 10.0, 20.0), START_NS)
    waiting, arrows = deque([first]), {first.key(): set[State]()}
    while waiting:
        node = waiting.popleft()
        followers = [act(node, name) for name in ACTIONS] + [live(node, name) for name in INPUTS]
        for follower in followers:
            arrows[node.key()].add(follower.governor.machine.state)
            if follower.key() not in arrows:
                arrows[follower.key()] = set()
                waiting.append(follower)
    return arrows


def test_every_way_was_followed_and_none_moves_what_should_not(every_way: dict[tuple[object, ...], set[State]]) -> None:
    assert {key[0] for key in every_way} == set(State)
    moving = [key for key in every_way if key[1]]
    assert moving, "the search must have met motion, or it shows nothing"
    assert len(every_way) > 1000


def test_a_person_can_always_stop_and_never_gets_stuck(every_way: dict[tuple[object, ...], set[State]]) -> None:
    for key, following in every_way.items():
        assert State.FAULT in following
        if key[0] is State.FAULT:
            assert State.IDLE in following
