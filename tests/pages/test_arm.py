"""The arm follows the wearer once somebody engages it on the page, and no longer once somebody disengages it."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.pages.moving import contract, engage, is_moving
from tests.rigs.browser import PHONE, Pages, picture
from tests.rigs.bus_watch import BusWatch
from tests.rigs.clinic_stage import ClinicStage


def travelled(watch: BusWatch) -> float:
    """How far the elbow has gone in all, in rad."""
    state = watch.arm_state
    return 0.0 if state is None else state.travel_rad["elbow"]


def test_engaged_from_the_page_the_arm_moves_when_the_wearer_contracts(
    page: Page, stage: ClinicStage, watch: BusWatch
) -> None:
    button = page.locator("#arm-engage")
    expect(button).to_be_enabled()
    stage.tell_emulator("intent elbow_flexion 0.5")
    watch.until(lambda: watch.signal is not None and watch.signal.decided == "elbow_flexion")
    assert not is_moving(watch)  # it is not engaged yet
    stage.tell_emulator("intent rest")
    watch.until(lambda: watch.signal is not None and watch.signal.decided == "rest")
    engage(watch, button.click)
    before = travelled(watch)
    contract(stage, watch, "elbow_flexion 0.5", lambda: travelled(watch) > before + 0.2)
    expect(page.locator("#standing")).to_have_attribute("data-standing", re.compile("engaged|holding"))
    expect(page.locator(".decided")).to_contain_text("bend the elbow")
    picture(page, "live")
    page.locator("#arm-disengage").click()
    watch.until(lambda: watch.is_in("ready"))
    watch.until(lambda: watch.arm_state is not None and not any(watch.arm_state.velocity_rad_s.values()))
    stands = travelled(watch)
    states = watch.count("state")
    watch.until(lambda: watch.count("state") > states + 25)
    assert travelled(watch) == stands


def test_an_engagement_that_the_controller_refuses_is_told_with_its_reason(
    pages: Pages, page: Page, stage: ClinicStage, watch: BusWatch
) -> None:
    expect(page.locator("#arm-engage")).to_be_enabled()
    stage.tell_emulator("intent elbow_flexion 0.6")
    # A motion that has only just begun is none yet.
    watch.until(lambda: watch.signal is not None and watch.signal.shaped["elbow"] > 0.0)
    page.locator("#arm-engage").click()
    expect(page.locator("#said")).not_to_be_empty()
    assert watch.is_in("ready")


def test_a_wearer_engages_says_what_was_not_meant_and_stops_on_a_phone(
    pages: Pages, stage: ClinicStage, watch: BusWatch, wearer: Any
) -> None:
    page = pages.open(state=wearer, size=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    engage(watch, page.locator("#arm-engage").tap)
    contract(stage, watch, "hand_close 0.5", lambda: is_moving(watch))
    picture(page, "live_phone")
    page.locator("#not-meant").tap()
    expect(page.locator("#said")).to_have_text("Noted as not meant: close the hand.")
    page.locator("#stop").tap()
    expect(page.locator("#stopping")).to_have_attribute("data-is", "confirmed")
    watch.until(lambda: watch.arm_status is not None and watch.arm_status.status == "stopped")
    stage.tell_emulator("intent rest")
    page.locator("#arm-clear").tap()
    watch.until(lambda: watch.is_in("ready"))
