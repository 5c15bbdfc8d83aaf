"""The electrodes are put on anew elsewhere; the page's calibration gives the wearer their arm back."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from controller.contract.calibration import CalibrationAction, CalibrationPhase, CalibrationRequest
from controller.contract.signal import SignalReport
from tests.pages.obeying import MOTIONS, SHIFTED_MM, obeying
from tests.rigs.browser import PHONE, Pages, picture
from tests.rigs.bus_watch import BusWatch
from tests.rigs.clinic_stage import ClinicStage

# Of each motion: reports until muscles and window have come to it, and reports that count.
SETTLE, COUNTED = 18, 15
# As short as leaves enough of each trial, of rest too, to hold a part of it out.
HOLD_S, REST_S = "2", "2"
# Other processes load, score and fit; a busy machine takes minutes.
FITTED_WITHIN_MS = 150_000

pytestmark = pytest.mark.timeout(600)


def right_share(stage: ClinicStage, watch: BusWatch) -> float:
    """Share of decisions that are for the motion that the wearer makes."""
    right = []
    for motion in MOTIONS:
        stage.tell_emulator(f"intent {motion} 0.6")
        first = watch.count("signal") + SETTLE
        watch.until(lambda first=first: watch.count("signal") >= first + COUNTED)  # type: ignore[misc]
        right += [report.decided == motion for report in watch.since("signal", first, SignalReport)[:COUNTED]]
    stage.tell_emulator("intent rest")
    return sum(right) / len(right)


@pytest.fixture
def donned_elsewhere(stage: ClinicStage, watch: BusWatch) -> Iterator[None]:
    """The sites are where they were not; afterwards all is as it was, the model too."""
    stage.tell_emulator(f"shift {SHIFTED_MM}")
    yield
    stage.tell_emulator("shift 0 0")
    if watch.calibration is not None and watch.calibration.phase is not CalibrationPhase.IDLE:
        watch.post("calibration_set", CalibrationRequest(action=CalibrationAction.CANCEL, by="test"))


def phase(page: Page, name: CalibrationPhase, within_ms: float = 30_000) -> None:
    expect(page.locator("#calibration")).to_have_attribute("data-phase", name.value, timeout=within_ms)


def test_a_wearer_who_put_the_electrodes_on_anew_is_calibrated_by_the_page_and_decisions_are_right_again(
    pages: Pages, page: Page, stage: ClinicStage, watch: BusWatch, donned_elsewhere: None, clinician: Any
) -> None:
    assert right_share(stage, watch) < 0.8
    page.goto(f"{stage.address_of_pages}/#calibrate")
    page.locator("#hold").fill(HOLD_S)
    page.locator("#rest").fill(REST_S)
    with obeying(stage, watch):
        page.locator("#calibrate-start").click()
        phase(page, CalibrationPhase.RECORDING)
        expect(page.locator('.stage[data-motion="hand_close"]')).to_be_visible()
        picture(page, "calibrate")
        phase(page, CalibrationPhase.RECORDED, FITTED_WITHIN_MS)
    assert page.locator("tr[data-trial]").count() == len(MOTIONS) + 1
    page.locator("#calibrate-fit").click()
    phase(page, CalibrationPhase.SHADOW, FITTED_WITHIN_MS)
    expect(page.locator("#shadow")).to_be_visible(timeout=30_000)
    expect(page.locator(".map")).to_be_visible()
    expect(page.locator(".confusion")).to_be_visible()
    picture(page, "calibrated")
    page.locator("#calibrate-swap").click()
    phase(page, CalibrationPhase.IDLE)
    assert right_share(stage, watch) > 0.9
    page.locator("#calibrate-back").click()
    watch.until(lambda: watch.calibration is not None and "added" not in watch.calibration.trained_on)


def test_a_wearer_alone_gets_the_arm_back_on_a_phone_with_one_button(
    pages: Pages, stage: ClinicStage, watch: BusWatch, donned_elsewhere: None, wearer: Any
) -> None:
    page = pages.open(state=wearer, size=PHONE)
    page.goto(f"{stage.address_of_pages}/#calibrate")
    with obeying(stage, watch):
        page.locator("#recalibrate").tap()
        phase(page, CalibrationPhase.RECORDING)
        picture(page, "calibrate_phone")
        use_it = page.locator("#use-it")
        expect(use_it).to_be_visible(timeout=FITTED_WITHIN_MS)
        use_it.tap()
        phase(page, CalibrationPhase.IDLE)
    expect(page.locator("#calibration-said")).to_have_text("What was learnt today is in use.")
    assert right_share(stage, watch) > 0.9
    page.locator("#calibrate-back").tap()
    watch.until(lambda: watch.calibration is not None and "added" not in watch.calibration.trained_on)
