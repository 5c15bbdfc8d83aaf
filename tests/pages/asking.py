"""What a page asks for, through its own module for that, as the person who is signed in."""

from typing import Any

from playwright.sync_api import Page

CALL = """([method, path, body]) => import('/static/js/api.js')
  .then(({ call }) => call(method, path, body ?? undefined))
  .then((answer) => [200, answer], (error) => [error.status, error.message])"""


def ask(page: Page, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Return the status and the answer, or the sentence that it was refused with."""
    page.locator("#nav a").first.wait_for()  # then it knows who is signed in, and has their token
    status, answer = page.evaluate(CALL, [method, path, body])
    return int(status), answer


def version_seen(page: Page) -> int:
    """The version of the profile as this page would be shown it."""
    status, told = ask(page, "GET", "/profile")
    assert status == 200, told
    return int(told["state"]["version"])


def change(page: Page, version: int, values: Any, trial_s: float = 0.0, **more: Any) -> tuple[int, Any]:
    """Ask for a change of the profile, seen from a version."""
    body = {"version": version, "values": values, "reason": "a test", "trial_s": trial_s, **more}
    return ask(page, "POST", "/profile", body)
