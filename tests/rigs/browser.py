"""Debian's Chromium, driven by Playwright: pages that tell when something in them goes wrong."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

CHROMIUM = Path("/usr/bin/chromium")
# Where pictures for the README go; none are made without it.
PICTURES = os.environ.get("EFFERENT_SCREENSHOTS", "")
DESKTOP, PHONE = (1280, 800), (360, 740)
# A machine that does other things as well takes its time; nothing here is measured.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


@contextmanager
def started_browser() -> Iterator[Browser]:
    """Give a browser without a window; it ends with the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            headless=True,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--force-color-profile=srgb"],
        )
        yield browser
        browser.close()


@dataclass  # without slots: Playwright leaves a mark on whose methods it calls
class Faults:
    """What went wrong in a page: errors on its console, exceptions, requests that failed or were refused.

    `expected`: patterns of what a test provokes; the browser's own line about a refused request goes with it.
    """

    found: list[str] = field(default_factory=list)
    # Where the machine stalls for a tenth of a second engaging is refused; who waits for it presses again.
    expected: list[str] = field(default_factory=lambda: [r"409 POST \S+/api/arm/engage$"])

    def watch(self, page: Page) -> None:
        """Listen to a page."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"exception: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)

    def expect(self, pattern: str) -> None:
        """Let pass what matches, such as `409 .*/api/profile`."""
        self.expected.append(pattern)

    @property
    def unexpected(self) -> list[str]:
        """What no pattern expects."""
        return [fault for fault in self.found if not any(re.search(pattern, fault) for pattern in self.expected)]

    def _console(self, message: ConsoleMessage) -> None:
        # "Failed to load resource" stands beside an answer or failure that is noted with its address and status.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.found.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        # Leaving a page ends what it was still loading.
        if request.failure != "net::ERR_ABORTED":
            self.found.append(f"failed: {request.method} {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.found.append(f"{response.status} {response.request.method} {response.url}")


@dataclass(slots=True)
class Pages:
    """Opens pages of one service, each in a context of its own; `state`: cookies of somebody signed in."""

    browser: Browser
    address: str
    faults: Faults = field(default_factory=Faults)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def open(
        self,
        at: str = "",
        state: Any = None,
        size: tuple[int, int] = DESKTOP,
        language: str = "en-GB",
        dark: bool = False,
        calm: bool = True,
    ) -> Page:
        """Open a page at a place such as `#tune`. `calm`: for somebody who wants little motion."""
        context = self.browser.new_context(
            storage_state=state,
            viewport={"width": size[0], "height": size[1]},
            has_touch=size == PHONE,
            is_mobile=size == PHONE,
            device_scale_factor=2 if size == PHONE else 1,
            locale=language,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce" if calm else "no-preference",
        )
        context.set_default_timeout(PATIENCE_MS)
        self._contexts.append(context)
        page = context.new_page()
        self.faults.watch(page)
        page.goto(f"{self.address}/{at}")
        return page

    def close(self) -> None:
        """Close all pages."""
        for context in self._contexts:
            context.close()
        self._contexts.clear()


def sign_in(page: Page, name: str, password: str) -> None:
    """Sign in as a person does, and wait for the shell."""
    page.locator("#name").fill(name)
    page.locator("#password").fill(password)
    page.locator("form button").click()
    page.locator("#top").wait_for()


def picture(page: Page, name: str) -> None:
    """Make a picture for the README, if pictures are asked for."""
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(PICTURES) / f"clinic_{name}.png")
