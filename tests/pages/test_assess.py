"""Outcome tests as a wearer takes them: prompted by the page, with a running controller and arm."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page, expect

from controller.contract.requests import ProfileChange, ProfileRole, ProfileValues
from controller.safety.states import State
from tests.pages.moving import engage
from tests.rigs.browser import picture
from tests.rigs.bus_watch import BusWatch
from tests.rigs.clinic_stage import ClinicStage

# Start, countdown and all, on a busy machine.
PATIENCE_S = 60.0
ASK_EVERY_S = 0.04
# Of full speed: 11 degrees in a second.
SLOW = 0.1
# Where the wearer relaxes: well within the tolerance of 15 degrees.
NEAR_RAD = 0.1


def opened(page: Page, kind: str, joints: set[str], settings: dict[str, float], arm: str = "virtual") -> None:
    """Fill in the form; nothing runs yet."""
    page.goto(f"{page.url.split('#')[0]}#assess")
    page.locator(".form").wait_for()
    page.locator(f"input[name=test][value={kind}]").check()
    page.locator(f"input[name=arm][value={arm}]").check()
    for box in page.locator("input[name=joints]").all():
        box.set_checked(box.get_attribute("value") in joints)
    page.get_by_text("Settings and where they come from").click()
    for name, value in settings.items():
        page.locator(f"#set-{kind}-{name}").fill(str(value))


def start(page: Page, trials: int) -> None:
    expect(page.locator(".plan")).to_contain_text(f"{trials} trials")
    page.get_by_role("button", name="Start", exact=True).click()
    page.locator(".task").wait_for()


def state(page: Page) -> dict[str, Any]:
    shown: dict[str, Any] = page.evaluate("fetch('/api/assess/state').then((answer) => answer.json())")
    return shown


def live_through(page: Page, stage: ClinicStage, wishes: Callable[[dict[str, Any]], str]) -> dict[str, Any]:
    """Let the wearer wish until the test is over; return how it stood last."""
    wish, deadline_s = "rest", time.monotonic() + 2 * PATIENCE_S
    while True:
        now = state(page)
        if now["stage"] in {"finished", "aborted"}:
            stage.tell_emulator("intent rest")
            return now
        assert time.monotonic() < deadline_s, now
        wished = wishes(now)
        if wished != wish:
            wish = wished
            stage.tell_emulator(f"intent {wish}")
        page.wait_for_timeout(1000 * ASK_EVERY_S)


def test_a_whole_motion_test_is_prompted_taken_and_told_in_a_sentence(page: Page, stage: ClinicStage) -> None:
    opened(page, "motion", {"hand"}, {"right_s": 0.5, "repetitions": 1})
    start(page, trials=2)
    expect(page.locator(".which")).to_contain_text("Only the arm on the screen moves")

    def wishes(now: dict[str, Any]) -> str:
        if now["stage"] != "running":
            return "rest"
        picture(page, "assess_motion")
        return f"{now['motion']} 0.7"

    assert live_through(page, stage, wishes)["completed"] == 2
    found = page.locator(".found")
    expect(found).to_contain_text("2 of 2 trials completed: 100 % (95 % interval 34 to 100 %)", timeout=30_000)
    expect(page.locator(".results tbody tr").first).to_contain_text("Motion test")
    expect(page.locator(".plots svg").first).to_be_visible()
    page.goto(f"{page.url.split('#')[0]}api/assess/report?wearer={stage.wearer_id}")
    expect(page.locator("h1")).to_have_text("Outcome tests")
    paper = page.pdf(prefer_css_page_size=True)
    assert paper.startswith(b"%PDF-")
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)
    assert box is not None
    assert (round(float(box[1])), round(float(box[2]))) == (595, 842)  # A4


def engaged(stage: ClinicStage, watch: BusWatch) -> None:
    stage.put_arm_back()
    engage(watch, lambda: watch.ask("engage"))


@contextmanager
def slow_elbow(watch: BusWatch) -> Iterator[None]:
    """Let the elbow be so slow that a busy machine steers it as well as a quick one."""
    limit_elbow(watch, SLOW)
    try:
        yield
    finally:
        limit_elbow(watch, 1.0)


def limit_elbow(watch: BusWatch, share: float) -> None:
    profile = watch.profile
    assert profile is not None
    values = ProfileValues(speed_limit={"elbow": share})
    change = ProfileChange(version=profile.version, author="test", role=ProfileRole.CLINICIAN, values=values)
    watch.post("profile_set", change)
    watch.until(lambda: watch.profile is not None and watch.profile.values.speed_limit.get("elbow") == share)


def test_the_arm_itself_reaches_its_targets(page: Page, stage: ClinicStage, watch: BusWatch) -> None:
    settings = {"tolerance_deg": 15, "distance_deg": 30, "dwell_s": 0.5, "repetitions": 1}
    put_back_s = 0.0

    def wishes(now: dict[str, Any]) -> str:
        nonlocal put_back_s
        if now["stage"] == "running":
            picture(page, "assess_tac")
            off_rad = now["posture_rad"]["elbow"] - now["position_rad"]["elbow"]
            motion = "elbow_flexion" if off_rad > 0 else "elbow_extension"
            return "rest" if abs(off_rad) < NEAR_RAD else f"{motion} 0.5"
        away = any(one["code"] in {"not_at_start", "no_room"} for one in now["hindrances"])
        if away and time.monotonic() - put_back_s > 1.0:
            put_back_s = time.monotonic()
            stage.put_arm_back()  # what people do themselves
        return "rest"

    with slow_elbow(watch):
        engaged(stage, watch)
        opened(page, "tac", {"elbow"}, settings, arm="real")
        start(page, trials=2)
        now = live_through(page, stage, wishes)
    assert (now["ended"], now["completed"]) == ("finished", 2)
    expect(page.locator(".found")).to_contain_text("2 of 2 trials completed", timeout=30_000)


def test_a_stop_in_the_middle_of_a_trial_is_no_failure(page: Page, stage: ClinicStage, watch: BusWatch) -> None:
    engaged(stage, watch)
    opened(page, "tac", {"elbow"}, {"repetitions": 1}, arm="real")
    start(page, trials=2)
    expect(page.locator(".which")).to_contain_text("The arm itself moves")
    page.locator('.task[data-stage="running"]').wait_for(timeout=1000 * PATIENCE_S)
    page.keyboard.press("Escape")
    watch.until(lambda: watch.status is not None and watch.status.state is State.FAULT)
    expect(page.locator(".task .prompt")).to_contain_text("stopped", timeout=30_000)
    expect(page.locator(".task .last")).to_contain_text("Trial 1 does not count and is taken again")
    assert state(page)["completed"] == 0
    page.keyboard.press("x")
    expect(page.locator(".found")).to_contain_text("Test ended before its last trial")
