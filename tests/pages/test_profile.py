"""A change of the profile by the page reaches the arm, goes again unless it is kept, and overwrites nobody else's."""

from collections.abc import Iterator
from contextlib import suppress
from statistics import fmean
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from controller.contract.arm_state import ArmState
from controller.contract.command import Command
from controller.contract.requests import ProfileChange, ProfileRole, ProfileState
from controller.contract.signal import SignalReport
from controller.safety.states import State
from tests.pages.asking import ask, change, version_seen
from tests.pages.moving import contract, engage
from tests.rigs.browser import Pages, picture
from tests.rigs.bus_watch import BusWatch
from tests.rigs.clinic_stage import ClinicStage

ELBOW_RAD_S = 1.92
# States of the arm, 50 a second: until the speed has settled, and those that count.
SETTLE, COUNTED = 20, 25
MOVES_RAD_S = 0.02
ATTEMPTS = 6


@pytest.fixture
def before(watch: BusWatch) -> Iterator[ProfileState]:
    """The profile in force, which is in force again afterwards."""
    profile = watch.profile
    assert profile is not None
    yield profile
    watch.until(lambda: watch.profile is not None and watch.profile.trial_s == 0.0, 30.0, "for the trial's end")
    now = watch.profile
    assert now is not None
    back = ProfileChange(
        version=now.version, author="test", values=profile.values, role=ProfileRole.CLINICIAN, locked=profile.locked
    )
    watch.post("profile_set", back)
    watch.until(lambda: watch.profile is not None and watch.profile.values == profile.values)


def elbow_bends(stage: ClinicStage, watch: BusWatch, effort: float) -> tuple[float, float]:
    """Stretch the engaged elbow, bend it; return its speed in rad/s as the arm reports it, and the effort decoded then.

    A contraction in which the controller held, for a machine that is late, does not count.
    """
    for _ in range(ATTEMPTS):
        # Wherever it was left, it has a way to go.
        contract(stage, watch, "elbow_extension 0.8", lambda: stands_at(watch) < 0.5)
        stage.tell_emulator("intent rest")
        watch.until(lambda: abs(speeds(watch, watch.count("state") - 1)[-1]) < MOVES_RAD_S)
        contract(
            stage, watch, f"elbow_flexion {effort}", lambda: speeds(watch, watch.count("state") - 1)[-1] > MOVES_RAD_S
        )
        first, command = watch.count("state") + SETTLE, watch.count("command")
        watch.until(lambda first=first: watch.count("state") >= first)  # type: ignore[misc]
        signal = watch.count("signal")
        watch.until(lambda first=first: watch.count("state") >= first + COUNTED)  # type: ignore[misc]
        states = {one.state for one in watch.since("command", command, Command)}
        speed = fmean(speeds(watch, first)[:COUNTED])
        decoded = fmean(one.effort for one in watch.since("signal", signal, SignalReport))
        stage.tell_emulator("intent rest")
        if states == {State.ENGAGED}:
            return speed, decoded
    raise AssertionError(f"the controller held in each of {ATTEMPTS} contractions")


def speed_per_effort(stage: ClinicStage, watch: BusWatch) -> float:
    """Bend the elbow well below full speed. Nobody contracts twice alike: by effort, two contractions compare."""
    speed, effort = elbow_bends(stage, watch, 0.4)
    return speed / effort


def stands_at(watch: BusWatch) -> float:
    """Where the elbow is, in rad."""
    state = watch.arm_state
    return 0.0 if state is None else state.position_rad["elbow"]


def speeds(watch: BusWatch, first: int) -> list[float]:
    return [state.velocity_rad_s["elbow"] for state in watch.since("state", first, ArmState)] or [0.0]


def engage_from(page: Page, watch: BusWatch) -> None:
    engage(watch, lambda: ask(page, "POST", "/arm/engage"))


def tune(page: Page, stage: ClinicStage) -> None:
    page.goto(f"{stage.address_of_pages}/#tune")
    expect(elbow_gain(page)).to_be_visible()


def elbow_gain(page: Page) -> Locator:
    return page.locator('[data-key="gain.elbow"] .tune-number input')


def slide(page: Page, gain: float) -> None:
    """Set the elbow's gain and say why; nothing is applied yet."""
    elbow_gain(page).fill(f"{gain:g}")
    elbow_gain(page).press("Tab")
    page.locator("#tune-reason").fill("a test")


def apply(page: Page) -> None:
    page.locator(".tune-actions button.main").click()


def test_a_gain_of_a_half_kept_on_the_page_halves_the_speed_of_the_arm(
    page: Page, stage: ClinicStage, watch: BusWatch, before: ProfileState
) -> None:
    engage_from(page, watch)
    whole = speed_per_effort(stage, watch)
    half = before.values.gain["elbow"] / 2
    tune(page, stage)
    slide(page, half)
    apply(page)
    watch.until(lambda: watch.profile is not None and watch.profile.values.gain["elbow"] == half)
    expect(page.locator(".tune-trial")).to_be_visible()
    page.locator(".tune-trial button.main").click()
    watch.until(lambda: watch.profile is not None and watch.profile.trial_s == 0.0)
    assert watch.profile is not None
    assert watch.profile.values.gain["elbow"] == half
    expect(page.locator(".tune-trial")).to_be_hidden()
    assert speed_per_effort(stage, watch) / whole == pytest.approx(0.5, abs=0.05)


def test_a_wearer_cannot_exceed_a_speed_limit_by_any_request(
    page: Page, pages: Pages, stage: ClinicStage, watch: BusWatch, before: ProfileState, wearer: Any
) -> None:
    pages.faults.expect(r"40[39] POST .*/api/profile$")
    status, said = change(page, version_seen(page), {"speed_limit": {"elbow": 0.2}}, locked={"gain.hand": [0.5, 1.0]})
    assert status == 200, said
    theirs = pages.open(state=wearer)
    for values in ({"speed_limit": {"elbow": 1.0}}, {"gain": {"hand": 2.0}}):
        status, said = change(theirs, version_seen(theirs), values)
        assert status == 409, said
    status, said = change(theirs, version_seen(theirs), {}, locked={})
    assert status == 403, said
    status, said = change(theirs, version_seen(theirs), {"gain": {"elbow": 4.0}})  # theirs to choose
    assert status == 200, said
    engage_from(theirs, watch)
    first = watch.count("state")
    speed, _ = elbow_bends(stage, watch, 0.9)
    assert 0.0 < speed <= 0.2 * ELBOW_RAD_S + 1e-6
    assert max(abs(speed) for speed in speeds(watch, first)) <= 0.2 * ELBOW_RAD_S + 1e-6


def test_a_change_that_nobody_keeps_goes_again_by_itself(
    page: Page, pages: Pages, stage: ClinicStage, watch: BusWatch, before: ProfileState, clinician: Any
) -> None:
    tune(page, stage)
    other = pages.open(state=clinician)
    status, said = change(other, version_seen(other), {"gain": {"elbow": 0.1}}, trial_s=5.0)
    assert status == 200, said
    expect(page.locator(".tune-trial")).to_be_visible()
    expect(elbow_gain(page)).to_have_value("0.1")
    other.close()
    watch.until(lambda: watch.profile is not None and watch.profile.version >= before.version + 2)
    assert watch.profile is not None
    assert watch.profile.values == before.values
    assert watch.profile.trial_s == 0.0
    expect(page.locator(".tune-trial")).to_be_hidden()
    expect(elbow_gain(page)).to_have_value(f"{before.values.gain['elbow']:g}")


def test_a_change_on_trial_goes_again_though_the_clinic_is_killed(
    page: Page, pages: Pages, stage: ClinicStage, watch: BusWatch, before: ProfileState
) -> None:
    pages.faults.expect(r"ERR_(CONNECTION_REFUSED|EMPTY_RESPONSE|CONNECTION_RESET|SOCKET_NOT_CONNECTED|CONTENT_LENGTH)")
    status, said = change(page, version_seen(page), {"gain": {"elbow": 0.1}}, trial_s=5.0)
    assert status == 200, said
    try:
        stage.kill("clinic")
        watch.until(lambda: watch.profile is not None and watch.profile.version >= before.version + 2)
        assert watch.profile is not None
        assert watch.profile.values == before.values
    finally:
        stage.start_clinic()


def test_of_two_people_who_change_the_same_the_second_is_told_who_was_first(
    page: Page, pages: Pages, stage: ClinicStage, watch: BusWatch, before: ProfileState, clinician: Any
) -> None:
    pages.faults.expect(r"409 POST .*/api/profile$")
    other = pages.open("#tune", state=clinician)
    tune(page, stage)
    tune(other, stage)
    seen = version_seen(other)
    slide(other, 1.3)
    status, said = change(page, seen, {"gain": {"elbow": 0.7}})
    assert status == 200, said
    conflict = other.locator(".tune-conflict")
    expect(conflict).to_contain_text("Grete Weber")  # told before anything is sent
    expect(elbow_gain(other)).to_have_value("1.3")  # and nothing of theirs is lost
    expect(other.locator(".tune-actions button.main")).to_be_disabled()
    status, said = change(other, seen, {"gain": {"elbow": 1.3}})  # sent all the same
    assert status == 409
    assert "Grete Weber" in said
    assert "gain elbow" in said
    assert watch.profile is not None
    assert watch.profile.values.gain["elbow"] == 0.7


def test_what_if_shows_what_a_gain_would_have_done_and_changes_nothing(
    page: Page, stage: ClinicStage, watch: BusWatch, before: ProfileState
) -> None:
    tune(page, stage)
    says = page.locator(".tune-says li").first
    for _ in range(3):  # a service that has only just begun may not have heard the first motions
        for motion in ("elbow_flexion", "rest", "hand_close", "rest"):
            stage.tell_emulator(f"intent {motion} 0.5")
            first = watch.count("signal")
            watch.until(lambda first=first: watch.count("signal") >= first + 60)  # type: ignore[misc]
        slide(page, 0.0)
        expect(says).not_to_be_empty(timeout=60_000)
        with suppress(AssertionError):
            expect(says).to_contain_text("do not move the arm any more", timeout=10_000)
            break
        slide(page, 1.0)
    expect(says).to_contain_text("do not move the arm any more")
    expect(page.locator(".tune-curves figure").first).to_be_visible()
    picture(page, "tune")
    assert watch.profile == before
