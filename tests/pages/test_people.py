"""A phone is paired at the clinic's screen; there the wearer accepts what a clinician proposed, and the arm has it."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from controller.contract.requests import ProfileChange, ProfileRole, ProfileState
from tests.rigs.browser import PHONE, Pages
from tests.rigs.bus_watch import BusWatch
from tests.rigs.clinic_stage import ClinicStage

REASON = "calmer elbow"
PROPOSE = """async (values) => {
  const { keepToken, get, post } = await import("/static/js/api.js");
  keepToken((await get("/me")).csrf_token);
  const { wearer_id } = await get("/present");
  await post("/proposals", { wearer_id, values, reason: "%s" });
}"""


@pytest.fixture
def before(watch: BusWatch) -> Iterator[ProfileState]:
    """The profile in force, whose values are in force again afterwards."""
    watch.until(lambda: watch.profile is not None)
    profile = watch.profile
    assert profile is not None
    yield profile
    now = watch.profile
    assert now is not None
    watch.post(
        "profile_set",
        ProfileChange(version=now.version, author="test", values=profile.values, role=ProfileRole.CLINICIAN),
    )
    watch.until(lambda: watch.profile is not None and watch.profile.values == profile.values)


def test_a_phone_is_paired_and_accepts_a_proposal_that_reaches_the_arm(
    pages: Pages, stage: ClinicStage, watch: BusWatch, clinician: Any, before: ProfileState
) -> None:
    wanted = 0.8 if before.values.gain["elbow"] != 0.8 else 0.9
    screen = pages.open("#people", state=clinician)
    screen.get_by_role("button", name="Pair a phone").click()
    pin = screen.locator(".people-pin").inner_text()
    link = screen.locator(".people-code ~ p.quiet").inner_text()
    assert link.startswith(stage.address_of_pages)

    phone = pages.open(link.removeprefix(f"{stage.address_of_pages}/"), size=PHONE)
    expect(phone.locator("#pin")).to_be_visible()
    assert "pair" not in phone.url, "the link's token stays in no history"
    phone.locator("#pin").fill(pin)
    phone.locator("#device").fill("Ines' phone")
    phone.locator("form button").click()
    expect(phone.get_by_role("button", name="Stop")).to_be_visible()
    expect(screen.get_by_text("Ines' phone")).to_be_visible()

    screen.evaluate(PROPOSE % REASON, {"gain": {"elbow": wanted}})
    phone.goto(f"{stage.address_of_pages}/#people")
    expect(phone.get_by_text(REASON)).to_be_visible()
    assert watch.profile == before, "nothing changes before the wearer accepts"
    phone.get_by_role("button", name="Accept").click()
    watch.until(lambda: watch.profile is not None and watch.profile.values.gain["elbow"] == wanted)
    assert "accepted by" in watch.profile.author
    expect(phone.locator("#said")).to_contain_text("Accepted")

    pages.faults.expect(r"401 ")
    row = screen.locator("li", has_text="Ines' phone")
    row.get_by_role("button", name="Sign out").click()
    expect(screen.get_by_text("Ines' phone")).to_have_count(0)
    phone.goto(stage.address_of_pages)
    phone.reload()
    expect(phone.locator("#password")).to_be_visible()
