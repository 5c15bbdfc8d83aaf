"""Who has not signed in sees the login page and nothing else."""

from playwright.sync_api import expect

from tests.rigs.browser import Pages, sign_in
from tests.rigs.clinic_stage import CLINICIAN_NAME, PASSWORD, WEARER_NAME, ClinicStage


def test_a_clinician_signs_in_with_the_keyboard_and_sees_every_page_named(pages: Pages, stage: ClinicStage) -> None:
    page = pages.open()
    expect(page.locator("form")).to_be_visible()
    expect(page.locator("#top")).to_have_count(0)
    page.keyboard.type(CLINICIAN_NAME)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    names = ["Live", "Sites", "Calibrate", "Tune", "Assess", "Course", "People"]
    expect(page.locator("#nav a")).to_have_text(names)


def test_a_wearer_sees_no_page_of_clinicians(pages: Pages, stage: ClinicStage) -> None:
    page = pages.open()
    sign_in(page, WEARER_NAME, PASSWORD)
    expect(page.locator("#nav a").first).to_be_visible()
    assert "Sites" not in page.locator("#nav a").all_inner_texts()


def test_a_wrong_password_is_told_in_a_sentence_and_shows_nothing(pages: Pages, stage: ClinicStage) -> None:
    pages.faults.expect(r"403 POST .*/api/sign-in$")
    page = pages.open()
    page.locator("#name").fill(CLINICIAN_NAME)
    page.locator("#password").fill("not the password")
    page.locator("form button").click()
    expect(page.locator("#said")).to_contain_text("wrong")
    expect(page.locator("#top")).to_have_count(0)
