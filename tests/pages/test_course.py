"""The course on the page: a plan is set, a wearer writes the pain diary by keyboard, and a motion is marked."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.pages.test_for_everybody import objections
from tests.rigs.browser import PHONE, Pages
from tests.rigs.clinic_stage import ClinicStage


def go(page: Page, stage: ClinicStage, tab: str) -> None:
    page.goto(f"{stage.address_of_pages}/#course/{tab}")
    expect(page.locator(".page-course .card").first).to_be_visible()


def test_a_clinician_sets_the_course_and_a_stale_page_is_refused(
    pages: Pages, stage: ClinicStage, clinician: Any
) -> None:
    page, other = pages.open(state=clinician), pages.open(state=clinician)
    pages.faults.expect(r"409 PUT .*/course$")
    for one in (page, other):
        go(one, stage, "nerves")
        if not one.locator("#course-surgery").is_visible():
            one.get_by_text("What is set").click()
        one.locator("#course-surgery").fill("2026-01-07")
    page.get_by_role("button", name="Add a transfer").click()
    row = page.locator(".course-transfer").last
    row.get_by_label("Nerve").first.fill("median")
    row.get_by_label("Muscle").fill("biceps, short head")
    row.get_by_label("Means").select_option("hand_close")
    row.get_by_label("Channel").fill("3")
    expect(row.get_by_label("Joint")).to_have_value("hand")
    page.get_by_role("button", name="Save").click()
    card = page.get_by_role("region", name="median → biceps, short head")
    expect(card).to_contain_text("no signal")
    other.get_by_role("button", name="Save").click()
    expect(other.locator("#said")).to_contain_text("somebody has changed this course")
    assert objections(page) == []


def test_a_wearer_writes_the_pain_diary_by_keyboard_on_a_phone(
    pages: Pages, stage: ClinicStage, wearer: Any, clinician: Any
) -> None:
    page = pages.open(state=wearer, size=PHONE, dark=True)
    go(page, stage, "diary")
    scale = page.get_by_role("group", name="Phantom pain").get_by_role("group", name="at its worst")
    scale.get_by_role("radio").first.focus()
    page.keyboard.press("6")
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Keep").press("Enter")
    entry = page.locator(".course-list > li").first
    expect(entry).to_contain_text("at its worst 7")
    assert objections(page) == []
    entry.get_by_role("button", name="Change the entry").click()
    scale.get_by_role("radio").first.focus()
    page.keyboard.press("2")
    page.get_by_role("button", name="Keep the change").click()
    expect(entry).to_contain_text("changed 1 times")
    seen = pages.open(state=clinician)
    go(seen, stage, "diary")
    expect(seen.locator(".course-list > li").first).to_contain_text("at its worst 2")
    expect(seen.get_by_text("legs, not arms")).to_be_visible()


def test_a_motion_that_was_not_meant_is_marked(pages: Pages, stage: ClinicStage, wearer: Any) -> None:
    page = pages.open(state=wearer, size=PHONE)
    go(page, stage, "home")
    page.get_by_role("button", name="I did not mean that").click()
    expect(page.get_by_role("status").filter(has_text="Noted")).to_be_visible()
    assert objections(page) == []
