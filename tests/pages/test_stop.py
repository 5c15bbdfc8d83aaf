"""The stop of the page, from every page and by key, reaches controller and arm; the arm says so itself."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from controller.safety.states import State
from tests.pages.moving import contract, engage, is_moving
from tests.rigs.bus_watch import BusWatch
from tests.rigs.clinic_stage import ClinicStage


def press_button(page: Page) -> None:
    page.locator("#stop").click()


def press_escape(page: Page) -> None:
    page.locator("#language").focus()  # inside a control, where keys usually belong to it
    page.keyboard.press("Escape")


def press_space(page: Page) -> None:
    page.locator("#content").press(" ")


@pytest.mark.parametrize("way", [press_button, press_escape, press_space])
def test_a_stop_from_the_page_is_confirmed_by_controller_and_arm(
    page: Page, stage: ClinicStage, watch: BusWatch, way: Callable[[Page], None]
) -> None:
    expect(page.locator("#standing")).to_have_attribute("data-standing", "ready")
    page.locator("#more summary").click()
    engage(watch, lambda: watch.ask("engage"))
    contract(stage, watch, "elbow_flexion 0.5", lambda: is_moving(watch))
    way(page)
    expect(page.locator("#stopping")).to_have_attribute("data-is", "confirmed")
    expect(page.locator("#standing")).to_have_attribute("data-standing", "stopped")
    watch.until(lambda: watch.arm_status is not None and watch.arm_status.status == "stopped")
    watch.until(lambda: watch.arm_state is not None and not any(watch.arm_state.velocity_rad_s.values()))
    status = watch.status
    assert status is not None
    assert status.state is State.FAULT
    assert status.cause.startswith("stopped by Grete Weber")


def test_a_stop_that_nobody_confirms_says_so_loudly(page: Page, stage: ClinicStage, watch: BusWatch) -> None:
    expect(page.locator("#standing")).to_have_attribute("data-standing", "ready")
    page.route("**/api/arm/stop", lambda _: None)  # an answer that never comes
    page.locator("#stop").click()
    expect(page.locator("#stopping")).to_have_attribute("data-is", "unconfirmed")
    expect(page.locator("#stopping")).to_contain_text("NOT CONFIRMED")
    assert watch.is_in("ready")
