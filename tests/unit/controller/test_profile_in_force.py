"""Who may change what, and a trial that ends by itself; every time is given."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.config import ShapingConfig
from controller.contract.requests import (
    ProfileChange,
    ProfileConfirm,
    ProfileResult,
    ProfileState,
    ProfileValues,
)
from controller.profile import by_key, configured_values
from controller.profile_in_force import NS_PER_S, ProfileInForce
from tests.unit.controller.test_profile import ARM, FACTS

VALUES = configured_values(ShapingConfig(class_gain={"close": 0.5}), ARM, FACTS, {"elbow": 0.5})
BEGIN_NS = 3_000_000_000_000


class Desk:
    """A profile in force, with all that it told, in order."""

    def __init__(self, locked: dict[str, tuple[float, float]] | None = None) -> None:
        self.applied: list[ProfileValues] = []
        self.announced: list[ProfileState] = []
        self.said: list[str] = []
        first = ProfileState(version=3, author="configuration", values=VALUES, locked=locked or {})
        self.profile = ProfileInForce(first, ARM, FACTS, self.applied.append, self.announced.append, self.said.append)
        self.now_ns = BEGIN_NS

    def change(self, values: dict[str, Any] | None = None, **more: Any) -> ProfileResult:
        version = more.pop("version", self.profile.state.version)
        message = {"version": version, "author": "anna", "values": values or {}} | more
        return self.profile.change(ProfileChange.model_validate(message), self.now_ns)

    def confirm(self, keep: bool, version: int | None = None, request: str = "") -> ProfileResult:
        version = self.profile.state.version if version is None else version
        return self.profile.confirm(ProfileConfirm(version=version, by="bert", keep=keep, request=request), self.now_ns)

    def pass_s(self, seconds: float) -> None:
        self.now_ns += int(seconds * NS_PER_S)
        self.profile.tick(self.now_ns)

    @property
    def hand(self) -> float:
        return self.profile.state.values.gain["hand"]


def test_a_change_is_applied_announced_and_belongs_on_the_disk() -> None:
    desk = Desk()
    result = desk.change({"gain": {"hand": 0.5}}, reason="too fast", request="r1")
    assert result == ProfileResult(accepted=True, version=4, request="r1")
    assert desk.announced == [desk.profile.state]
    assert desk.applied == [desk.profile.state.values]
    assert desk.profile.kept is desk.profile.state
    assert (desk.profile.state.author, desk.profile.state.reason, desk.hand) == ("anna", "too fast", 0.5)
    desk.pass_s(1e4)
    assert desk.profile.state.version == 4


def test_a_trial_is_in_force_and_goes_by_itself_when_nobody_confirms() -> None:
    desk = Desk()
    before = desk.profile.state
    assert desk.change({"gain": {"hand": 0.5}}, confirm_within_s=20).accepted
    trial = desk.profile.state
    assert (trial.version, trial.trial_s, trial.before, desk.hand) == (4, 20.0, 3, 0.5)
    assert desk.profile.kept is before  # what belongs on the disk is still the one before
    desk.pass_s(19.999)
    assert desk.hand == 0.5
    desk.pass_s(0.002)
    after = desk.profile.state
    assert (after.version, after.values, after.author) == (5, before.values, before.author)
    assert (after.trial_s, after.before) == (0.0, None)
    assert after.reason == "version 4 by anna went: nobody confirmed it within 20 s; again as version 3"
    assert desk.profile.kept is after
    assert desk.applied[-1] == before.values
    assert [each.version for each in desk.announced] == [4, 5]
    assert desk.said == [f"profile: {after.reason}"]
    desk.pass_s(100)
    assert desk.profile.state is after


def test_a_trial_that_is_confirmed_stays_under_its_number() -> None:
    desk = Desk()
    desk.change({"gain": {"hand": 0.5}}, confirm_within_s=5)
    desk.pass_s(4.9)
    assert desk.confirm(keep=True) == ProfileResult(accepted=True, version=4)
    desk.pass_s(100)
    assert (desk.profile.state.version, desk.hand, desk.profile.state.trial_s) == (4, 0.5, 0.0)
    assert desk.profile.kept is desk.profile.state
    assert [(each.version, each.trial_s) for each in desk.announced] == [(4, 5.0), (4, 0.0)]


def test_a_confirmation_that_comes_too_late_is_refused_even_if_the_timer_has_not_run() -> None:
    desk = Desk()
    desk.change({"gain": {"hand": 0.5}}, confirm_within_s=5)
    desk.now_ns += 5 * NS_PER_S
    late = desk.confirm(keep=True)
    assert late.reason == "version 4 is not on trial: in force is 5, which is kept"
    assert (late.accepted, desk.hand) == (False, 1.0)


def test_a_trial_can_be_ended_at_once() -> None:
    desk = Desk()
    desk.change({"gain": {"hand": 0.5}}, confirm_within_s=120)
    assert desk.confirm(keep=False) == ProfileResult(accepted=True, version=5)
    assert desk.hand == 1.0
    assert "bert did not want it" in desk.profile.state.reason


@pytest.mark.parametrize(("version", "keep"), [(3, False), (2, True), (4, True), (4, False)])
def test_what_is_not_on_trial_is_neither_kept_nor_taken_back(version: int, keep: bool) -> None:
    desk = Desk()
    refused = desk.confirm(keep, version)
    assert not refused.accepted
    assert refused.reason == f"version {version} is not on trial: in force is 3, which is kept"
    assert desk.announced == []


def test_a_confirmation_that_comes_twice_is_answered_the_same() -> None:
    for keep in (True, False):
        desk = Desk()
        desk.change({"gain": {"hand": 0.5}}, confirm_within_s=20, request="r1")
        first = desk.confirm(keep, 4, "r2")
        assert first.accepted
        assert desk.confirm(keep, 4, "r2") == first
        assert len(desk.announced) == 2
    desk = Desk()
    desk.change({"gain": {"hand": 0.5}}, confirm_within_s=20)
    assert [desk.confirm(True, 4).accepted for _ in range(2)] == [True, True]


def test_a_second_change_meets_the_one_on_trial_by_name() -> None:
    desk = Desk()
    desk.change({"gain": {"hand": 0.5}}, confirm_within_s=20)
    desk.pass_s(8)
    for version in (3, 4):
        refused = desk.change({"gain": {"hand": 0.9}}, version=version, role="clinician")
        assert refused.reason == "version 4 by anna is on trial for 12 s more: keep it or go back first"
    assert desk.hand == 0.5
    assert desk.profile.seen(desk.now_ns).trial_s == 12.0


def test_the_same_request_again_is_answered_and_not_carried_out_again() -> None:
    desk = Desk()
    first = desk.change({"gain": {"hand": 0.5}}, version=3, request="r1")
    assert desk.change({"gain": {"hand": 0.5}}, version=3, request="r1") == first
    assert desk.profile.state.version == 4
    assert not desk.change({"gain": {"hand": 0.5}}, version=3, request="r2").accepted
    assert not desk.change({"gain": {"hand": 0.5}}, version=3).accepted


def test_of_a_trial_the_locked_ranges_go_back_too() -> None:
    desk = Desk({"gain.hand": (0.5, 1.0)})
    desk.change(role="clinician", locked={}, confirm_within_s=20)
    assert desk.profile.state.locked == {}
    desk.pass_s(21)
    assert desk.profile.state.locked == {"gain.hand": (0.5, 1.0)}


def test_a_stop_without_a_trial_changes_nothing() -> None:
    desk = Desk()
    desk.profile.go_back("stopped")
    assert (desk.profile.state.version, desk.announced) == (3, [])


LOCKED = {"gain.hand": (0.5, 1.5), "rejection_threshold": (0.6, 0.9), "ramp_ms": (100.0, 100.0)}


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"gain": {"hand": 1.6}}, "gain.hand is locked to 0.5 to 1.5 for the wearer, asked for 1.6: ask the clinician"),
        ({"gain": {"hand": 0.4}}, "gain.hand is locked"),
        ({"gain": {"hand": 1.2}, "ramp_ms": 0}, "ramp_ms is locked to 100 to 100"),
        ({"rejection_threshold": 0.5}, "rejection_threshold is locked to 0.6 to 0.9"),
        ({"rejection": {"close": 0.1}}, "rejection.close is locked to 0.6 to 0.9"),
        ({"class_gain": {"open": 1.1}}, "class_gain.open is locked to 0 to 1"),
        ({"speed_limit": {"elbow": 0.6}}, "only a clinician may raise speed_limit.elbow: it is 0.5, asked for 0.6"),
    ],
)
def test_a_wearer_keeps_to_what_is_locked_and_no_other_value_gets_round_it(values: dict[str, Any], why: str) -> None:
    desk = Desk(LOCKED)
    refused = desk.change(values)
    assert not refused.accepted
    assert refused.reason.startswith(why)
    assert (desk.profile.state.version, desk.applied) == (3, [])
    assert desk.change(values, role="clinician").accepted


@pytest.mark.parametrize(
    "values",
    [
        {"gain": {"hand": 0.5}},
        {"gain": {"elbow": 4.0}},
        {"rejection": {"close": 0.9}},
        {"class_gain": {"close": 1.0}},
        {"speed_limit": {"elbow": 0.4}},
        {"speed_limit": {"elbow": 0.5}, "ramp_ms": 100.0, "vote": 5},
    ],
)
def test_a_wearer_may_choose_within_the_ranges_and_what_nobody_locked(values: dict[str, Any]) -> None:
    assert Desk(LOCKED).change(values).accepted


def test_what_a_clinician_set_outside_a_range_the_wearer_need_not_change() -> None:
    desk = Desk({"gain.hand": (2.0, 3.0)})
    assert desk.change({"gain": {"hand": 1.0, "elbow": 0.5}}).accepted
    assert not desk.change({"gain": {"hand": 1.1}}).accepted
    desk = Desk({"class_gain.open": (0.25, 0.75)})
    assert desk.change({"class_gain": {"open": 1.0}}).accepted  # it had no gain of its own, which is 1
    assert not desk.change({"class_gain": {"open": 0.9}}).accepted


def test_only_a_clinician_locks_and_only_what_is_there() -> None:
    desk = Desk()
    assert desk.change(locked={}).reason == "only a clinician may lock ranges"
    for key, why in (("gain.knee", "the arm has no 'knee'"), ("class_gain.fly", "the model has no 'fly'")):
        assert why in desk.change(role="clinician", locked={key: (0.0, 1.0)}).reason
    locked = {"gain.hand": (0.5, 1.0), "class_gain.close": (0.0, 1.0), "ramp_ms": (50.0, 300.0)}
    assert desk.change(role="clinician", locked=locked).accepted
    assert desk.profile.state.locked == locked
    assert desk.change({"gain": {"hand": 0.75}}).accepted
    assert desk.profile.state.locked == locked  # left out: as before
    desk.profile.facts = FACTS.model_copy(update={"class_names": ("rest", "pinch")})  # another decoder is in force
    assert desk.change(role="clinician", locked=locked).accepted
    assert not desk.change(role="clinician", locked={**locked, "class_gain.open": (0.0, 1.0)}).accepted


values_ = st.builds(
    ProfileValues,
    gain=st.dictionaries(st.sampled_from(["elbow", "hand"]), st.floats(0, 4)),
    class_gain=st.dictionaries(st.sampled_from(["close", "open"]), st.floats(0, 4)),
    speed_limit=st.dictionaries(st.sampled_from(["elbow", "hand"]), st.floats(0, 1)),
    rejection=st.dictionaries(st.sampled_from(["close", "open"]), st.floats(0, 1)),
    rejection_threshold=st.none() | st.floats(0, 1),
)


@given(st.lists(values_, max_size=8))
def test_no_sequence_of_a_wearers_requests_leaves_the_ranges_or_raises_a_limit(changes: list[ProfileValues]) -> None:
    locked = {"gain.hand": (0.5, 1.5), "rejection_threshold": (0.6, 0.9), "class_gain.open": (0.25, 0.75)}
    desk = Desk(locked)
    for change in changes:
        before = desk.profile.state.values.speed_limit
        desk.change(change.model_dump(exclude_none=True))
        now = dict(by_key(desk.profile.state.values))
        assert all(low <= now.get(key, low) <= high for key, (low, high) in locked.items())
        assert all(now.get(f"rejection.{name}", 0.6) >= 0.6 for name in ("close", "open"))
        assert now.get("class_gain.close", 1.0) <= 1.0
        assert all(desk.profile.state.values.speed_limit[joint] <= before[joint] for joint in before)


@given(st.lists(st.tuples(st.sampled_from(["try", "set", "keep", "back", "stop", "wait"]), st.integers(0, 30))))
def test_a_number_never_stands_for_two_sets_of_values(steps: list[tuple[str, int]]) -> None:
    desk = Desk()
    seen: dict[int, ProfileValues] = {3: VALUES}
    for what, amount in steps:
        if what in ("try", "set"):
            desk.change({"gain": {"hand": amount / 10}}, confirm_within_s=20 if what == "try" else 0)
        elif what == "stop":
            desk.profile.go_back("stopped")
        elif what == "wait":
            desk.pass_s(amount)
        else:
            desk.confirm(what == "keep")
        state = desk.profile.state
        assert seen.setdefault(state.version, state.values) == state.values
        assert (state.trial_s > 0.0) == desk.profile.on_trial == (state.before is not None)
        assert state.version == max(seen)
        assert desk.profile.kept.trial_s == 0.0
