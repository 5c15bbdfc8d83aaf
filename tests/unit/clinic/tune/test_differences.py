"""What two profiles differ in, and what a person may choose."""

import pytest
from pydantic import TypeAdapter, ValidationError

from clinic.tune.differences import RANGES, by_key, change_to, differences, lock_differences, ranges_for
from controller.contract.requests import ProfileState, ProfileValues
from controller.profile import changed

NOW = ProfileValues(
    gain={"hand": 1.0, "wrist": 0.5},
    class_gain={"hand_open": 0.8},
    speed_limit={"hand": 0.7, "wrist": 1.0},
    rejection_threshold=0.6,
    rejection={"hand_close": 0.9},
    ramp_ms=100.0,
    dead_band=0.0,
    vote=1,
)


@pytest.mark.parametrize("key", RANGES)
def test_the_ranges_are_those_of_the_contract(key: str) -> None:
    kind = TypeAdapter(ProfileValues)
    of = key in ("gain", "class_gain", "speed_limit", "rejection")
    for value, allowed in zip((*RANGES[key], RANGES[key][0] - 2, RANGES[key][1] + 2), (1, 1, 0, 0), strict=True):
        said = int(value) if key == "vote" else value
        if allowed:
            kind.validate_python({key: {"one": said} if of else said})
        else:
            with pytest.raises(ValidationError):
                kind.validate_python({key: {"one": said} if of else said})


def test_what_differs_is_said_value_by_value_and_nothing_else() -> None:
    then = changed(NOW, ProfileValues(gain={"wrist": 0.75}, rejection={"hand_open": 0.7}, vote=3))
    found = {one.key: (one.before, one.after) for one in differences(NOW, then)}
    assert found == {"gain.wrist": (0.5, 0.75), "rejection.hand_open": (None, 0.7), "vote": (1.0, 3.0)}
    assert next(one.words for one in differences(NOW, then)) == "gain wrist 0.5 → 0.75"
    assert differences(NOW, NOW) == []


def test_going_back_gives_what_it_was_also_for_motions_that_had_no_value_of_their_own() -> None:
    then = changed(NOW, ProfileValues(class_gain={"hand_close": 0.2}, rejection={"hand_open": 0.95}, ramp_ms=0.0))
    back = by_key(changed(then, change_to(NOW, then)))
    assert back["class_gain.hand_close"] == 1.0
    assert back["rejection.hand_open"] == NOW.rejection_threshold
    assert {key: back[key] for key in by_key(NOW)} == by_key(NOW)


def test_a_wearer_chooses_within_the_locks_and_never_a_higher_speed_limit() -> None:
    state = ProfileState(
        version=1, author="a", values=NOW, locked={"gain.hand": (0.5, 1.5), "rejection_threshold": (0.5, 0.8)}
    )
    found = ranges_for(state, ["hand", "wrist"], ["hand_open", "hand_close"], is_clinician=False)
    assert found["gain.hand"] == (0.5, 1.5)
    assert found["gain.wrist"] == (0.0, 4.0)
    assert found["speed_limit.hand"] == (0.0, 0.7)
    assert found["class_gain.hand_open"] == (0.0, 1.0)
    assert found["rejection.hand_open"] == (0.5, 0.8)
    assert ranges_for(state, ["hand"], [], is_clinician=True)["speed_limit.hand"] == (0.0, 1.0)


def test_what_was_locked_or_set_free_is_said() -> None:
    assert lock_differences({"vote": (1, 3)}, {"gain.hand": (0.5, 1.5)}) == [
        "gain hand 0.5 to 1.5 for the wearer",
        "vote free again",
    ]
