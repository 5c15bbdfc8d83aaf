"""Every page for everybody: by keyboard, on a phone, in the dark, in German, with nothing that axe-core objects to."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.pages.moving import contract, engage, is_moving
from tests.rigs.browser import DESKTOP, PHONE, Pages, picture
from tests.rigs.bus_watch import BusWatch
from tests.rigs.clinic_stage import ClinicStage

OF_CLINICIANS = ("live", "sites", "calibrate", "tune", "assess", "course", "people")
OF_WEARERS = ("live", "calibrate", "tune", "assess", "course", "people")
# With other colours only these rules of axe-core can say something else.
ONLY_COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
SERIOUS = ("serious", "critical")


def shown(page: Page, address: str, name: str) -> None:
    """Go to a page of the shell and wait until it stands."""
    # With another query it is loaded from its beginning, so that the browser can tell when all of it has come.
    page.goto(f"{address}/?{name}#{name}", wait_until="networkidle")
    expect(page.locator(f".page-{name} :is(h1, h2)").first).to_be_visible()
    assert page.locator(".page > p.bad").count() == 0  # what the shell says of a page that does not load


def objections(page: Page, options: dict[str, Any] | None = None) -> list[str]:
    """What axe-core finds serious or critical, with the first element of each."""
    found = Axe().run(page, options=options or {"resultTypes": ["violations"]}).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in SERIOUS]


def objections_in_both(page: Page, name: str) -> list[str]:
    """What is found in light colours, and what changes with the dark ones; takes both pictures."""
    picture(page, f"{name}_light")
    found = objections(page)
    page.emulate_media(color_scheme="dark")
    picture(page, f"{name}_dark")
    found += [f"dark: {one}" for one in objections(page, ONLY_COLOURS)]
    page.emulate_media(color_scheme="light")
    return found


def test_axe_finds_nothing_serious_on_any_page_of_clinicians(pages: Pages, stage: ClinicStage, clinician: Any) -> None:
    page = pages.open(state=clinician)
    found = {}
    for name in OF_CLINICIANS:
        shown(page, stage.address_of_pages, name)
        found[name] = objections_in_both(page, name)
    assert found == {name: [] for name in OF_CLINICIANS}


def test_axe_finds_nothing_serious_on_any_page_of_a_wearer_on_a_phone_and_nothing_is_wider_than_it(
    pages: Pages, stage: ClinicStage, wearer: Any
) -> None:
    page = pages.open(state=wearer, size=PHONE)
    found, widths = {}, {}
    for name in OF_WEARERS:
        shown(page, stage.address_of_pages, name)
        found[name] = objections_in_both(page, f"{name}_phone")
        widths[name] = page.evaluate("document.documentElement.scrollWidth")
    assert found == {name: [] for name in OF_WEARERS}
    assert widths == dict.fromkeys(OF_WEARERS, PHONE[0])


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_serious_on_the_sign_in_page(pages: Pages, stage: ClinicStage, dark: bool) -> None:
    page = pages.open(dark=dark)
    expect(page.locator("form").first).to_be_visible()
    assert objections(page) == []


def test_in_german_every_page_speaks_german_and_no_key_of_a_string_shows(
    pages: Pages, stage: ClinicStage, clinician: Any
) -> None:
    page = pages.open(state=clinician, language="de-DE")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("#stop")).to_have_text("Stopp")
    for name in OF_CLINICIANS:
        shown(page, stage.address_of_pages, name)
        text = page.locator("body").inner_text()
        # What has no string shows its key, such as `tune.title`.
        assert f"{name}." not in text, name
        assert "shell." not in text, name


def test_by_keyboard_alone_from_one_page_to_another_to_engaging_and_stopping(
    page: Page, stage: ClinicStage, watch: BusWatch
) -> None:
    expect(page.locator("#arm-engage")).to_be_enabled()
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    tab_to(page, "Calibrate")
    page.keyboard.press("Enter")
    expect(page.locator(".page-calibrate h1")).to_be_visible()
    tab_to(page, "Live")
    page.keyboard.press("Enter")
    expect(page.locator("#arm-engage")).to_be_enabled()
    tab_to(page, "Engage")
    engage(watch, lambda: page.keyboard.press("Enter"))
    contract(stage, watch, "elbow_flexion 0.5", lambda: is_moving(watch))
    page.keyboard.press("Escape")
    watch.until(lambda: watch.arm_status is not None and watch.arm_status.status == "stopped")


def tab_to(page: Page, name: str) -> None:
    """Press the tab key until the control of this name has the focus; it must be reached, and be seen to be."""
    for _ in range(60):
        focus = page.evaluate(
            "() => { const at = document.activeElement; const style = getComputedStyle(at);"
            " return [at.innerText, style.outlineStyle, at.matches(':focus-visible')]; }"
        )
        if focus[0] == name:
            assert focus[1] != "none"
            assert focus[2]
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"'{name}' is not reached by the tab key")


@pytest.mark.parametrize("size", [PHONE, DESKTOP, (3840, 2160)], ids=["phone", "desktop", "4K"])
def test_the_stop_is_on_the_screen_at_every_size_and_however_far_one_scrolls(
    pages: Pages, stage: ClinicStage, clinician: Any, size: tuple[int, int]
) -> None:
    page = pages.open(state=clinician, size=size)
    for name in OF_CLINICIANS:
        page.goto(f"{stage.address_of_pages}/#{name}")
        expect(page.locator(f".page-{name} :is(h1, h2)").first).to_be_visible()
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        expect(page.locator("#stop")).to_be_in_viewport(ratio=1)
        covered = page.evaluate(
            "() => { const box = document.getElementById('stop').getBoundingClientRect();"
            " return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2).id; }"
        )
        assert covered == "stop", name
