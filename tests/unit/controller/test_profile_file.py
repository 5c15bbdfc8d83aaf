import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.contract.requests import ProfileState, ProfileValues
from controller.errors import ConfigError
from controller.profile import changed
from controller.profile_file import ProfileFile

CONFIGURED = ProfileValues(
    gain={"elbow": 1.0, "hand": 1.0},
    class_gain={"close": 1.0},
    speed_limit={"elbow": 1.0, "hand": 0.5},
    rejection_threshold=0.6,
    rejection={"close": 0.7},
    ramp_ms=300.0,
    dead_band=0.0,
    vote=1,
)
TUNED = changed(
    CONFIGURED,
    ProfileValues(
        gain={"hand": 0.25},
        class_gain={"open": 0.5},
        speed_limit={"elbow": 0.75},
        rejection={"open": 0.8},
        dead_band=0.1,
    ),
)
LOCKED = {"gain.hand": (0.0, 1.0), "ramp_ms": (100.0, 300.0)}
PROFILE = ProfileState(version=7, author="Dr. Åse Example", values=TUNED, locked=LOCKED, reason="too fast")


def file_at(
    folder: Path, configured: ProfileValues = CONFIGURED, motions: tuple[str, ...] = ("close", "open")
) -> ProfileFile:
    return ProfileFile(folder / "anna.profile.json", "left", ("rest", *motions), configured)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    file_at(tmp_path).save(PROFILE)
    return tmp_path


def test_without_a_file_the_configuration_holds(tmp_path: Path) -> None:
    assert file_at(tmp_path).load() == ProfileState(version=0, author="configuration", values=CONFIGURED)
    assert list(tmp_path.iterdir()) == []


def test_what_was_tuned_comes_back_with_version_and_author(saved: Path) -> None:
    assert file_at(saved).load() == PROFILE


def test_a_file_from_before_speed_limits_and_locks_is_read_as_it_was_meant(tmp_path: Path) -> None:
    new = ("class_gain", "speed_limit")
    old = {"format": 1, "arm": "left", "version": 7, "author": "anna"}
    old |= {"values": TUNED.model_dump(exclude=set(new)), "configured": CONFIGURED.model_dump(exclude=set(new))}
    file_at(tmp_path).path.write_text(json.dumps(old))
    plain = CONFIGURED.model_copy(update={"class_gain": {}, "speed_limit": {"elbow": 1.0, "hand": 1.0}})
    loaded = file_at(tmp_path, plain).load()
    assert (loaded.version, loaded.author, loaded.locked, loaded.reason) == (7, "anna", {}, "")
    assert loaded.values.gain == TUNED.gain
    assert (loaded.values.class_gain, loaded.values.speed_limit) == ({}, {"elbow": 1.0, "hand": 1.0})
    edited = file_at(tmp_path, plain.model_copy(update={"speed_limit": {"elbow": 0.5, "hand": 1.0}})).load()
    assert (edited.version, edited.values.speed_limit["elbow"]) == (8, 0.5)


def test_a_speed_limit_of_the_configuration_that_was_edited_wins_over_the_tuned_one(saved: Path) -> None:
    edited = CONFIGURED.model_copy(update={"speed_limit": {"elbow": 0.25, "hand": 0.5}})
    assert file_at(saved, edited).load().values.speed_limit == {"elbow": 0.25, "hand": 0.5}
    assert file_at(saved, edited).load().locked == LOCKED


def test_what_was_edited_in_the_configuration_since_then_wins_and_the_rest_stays_tuned(saved: Path) -> None:
    edited = changed(CONFIGURED, ProfileValues(gain={"hand": 0.9}, ramp_ms=500.0))
    loaded = file_at(saved, edited).load()
    assert (loaded.version, loaded.author) == (8, "configuration")
    assert loaded.values == changed(TUNED, ProfileValues(gain={"hand": 0.9}, ramp_ms=500.0))


def test_a_threshold_that_the_configuration_gives_anew_or_takes_back_is_no_longer_the_tuned_one(saved: Path) -> None:
    assert TUNED.rejection == {"close": 0.7, "open": 0.8}
    anew = CONFIGURED.model_copy(update={"rejection": {"close": 0.9, "open": 0.65}})
    assert file_at(saved, anew).load().values.rejection == {"close": 0.9, "open": 0.65}
    taken_back = CONFIGURED.model_copy(update={"rejection": {}})
    assert file_at(saved, taken_back).load().values.rejection == {"open": 0.8}


def test_motions_that_a_new_model_does_not_have_fall_away(saved: Path) -> None:
    loaded = file_at(saved, motions=("close", "pinch")).load()
    assert (loaded.version, loaded.values.rejection) == (8, {"close": 0.7})


def test_the_one_before_is_kept_and_an_older_one_never_replaces_a_newer(saved: Path) -> None:
    file = file_at(saved)
    newer = PROFILE.model_copy(update={"version": 8, "author": "bert"})
    file.save(newer)
    file.save(PROFILE)
    assert file.load() == newer
    before = json.loads((saved / "anna.profile.json.previous").read_text())
    assert (before["version"], before["author"]) == (7, "Dr. Åse Example")
    assert sorted(path.name for path in saved.iterdir()) == ["anna.profile.json", "anna.profile.json.previous"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_file_cut_anywhere_is_refused_in_one_sentence_that_says_what_to_do(saved: Path, data: st.DataObject) -> None:
    whole = file_at(saved).path.read_bytes()
    cut = saved / "cut"
    cut.mkdir(exist_ok=True)
    file_at(cut).path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(ConfigError) as refused:
        file_at(cut).load()
    said = str(refused.value)
    assert "anna.profile.json is damaged (" in said
    assert "\n" not in said
    assert "put anna.profile.json.previous in its place" in said


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"values": {**TUNED.model_dump(), "gain": {"hand": 9.0}}}, "values.gain.hand: Input should be less"),
        ({"values": {**TUNED.model_dump(), "vote": 2}}, "values.vote: Value error, expected an odd number"),
        ({"format": 2}, "format: Input should be 1"),
        ({"version": -1}, "version: "),
        ({"locked": {"gain.hand": [2.0, 1.0]}}, "expected the lower bound first"),
        ({"values": {**TUNED.model_dump(), "speed_limit": {"hand": 2.0}}}, "values.speed_limit.hand: "),
        ({"speed": 3}, "speed: Extra inputs"),
        ({"arm": "right"}, "was tuned on the arm 'right', the configuration names 'left'"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_place(saved: Path, change: dict[str, Any], says: str) -> None:
    path = file_at(saved).path
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ConfigError) as refused:
        file_at(saved).load()
    assert says in str(refused.value)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[" * 70_000, b"null", b"NaN"])
def test_what_is_no_profile_at_all_is_refused(tmp_path: Path, content: bytes) -> None:
    file_at(tmp_path).path.write_bytes(content)
    with pytest.raises(ConfigError, match="is damaged"):
        file_at(tmp_path).load()


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    file_at(tmp_path).path.mkdir()
    with pytest.raises(ConfigError, match="cannot read it: Is a directory"):
        file_at(tmp_path).load()
