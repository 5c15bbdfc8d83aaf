"""The controller goes and comes back: an open page says so, and goes on without being loaded again."""

from playwright.sync_api import Page, expect

from tests.pages.moving import engage
from tests.rigs.bus_watch import BusWatch
from tests.rigs.clinic_stage import ClinicStage


def test_an_open_page_sees_the_controller_go_and_come_back(page: Page, stage: ClinicStage, watch: BusWatch) -> None:
    expect(page.locator("#standing")).to_have_attribute("data-standing", "ready")
    page.evaluate("globalThis.still_here = true")
    status = watch.status
    assert status is not None
    stage.end_controller()
    expect(page.locator("#standing")).to_have_attribute("data-standing", "no_controller")
    expect(page.locator("#arm-engage")).to_be_disabled()
    stage.start_controller()
    expect(page.locator("#standing")).to_have_attribute("data-standing", "ready", timeout=60_000)
    after = watch.status
    assert after is not None
    assert after.session != status.session
    engage(watch, page.locator("#arm-engage").click)
    assert page.evaluate("globalThis.still_here")
