"""A running clinic with everything around it, shared by all tests of this folder, and a browser to look at it."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from controller.safety.states import State
from tests.rigs.browser import Pages, sign_in, started_browser
from tests.rigs.bus_watch import BusWatch
from tests.rigs.clinic_stage import CLINICIAN_NAME, PASSWORD, WEARER_NAME, ClinicStage


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs the same."""
    for item in items:
        if "tests/pages/" in item.path.as_posix():
            item.add_marker(pytest.mark.chromium)
            item.add_marker(pytest.mark.mosquitto)


# Package, not session: Playwright keeps an event loop running in this thread, and tests elsewhere need their own.
@pytest.fixture(scope="package")
def running_stage() -> Iterator[ClinicStage]:
    with ClinicStage() as stage:
        stage.set_up()
        yield stage


@pytest.fixture(scope="package")
def running_watch(running_stage: ClinicStage) -> Iterator[BusWatch]:
    with BusWatch(running_stage.address, running_stage.arm.name) as watch:
        yield watch


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with started_browser() as running:
        yield running


@pytest.fixture
def watch(running_stage: ClinicStage, running_watch: BusWatch) -> BusWatch:
    """What goes over the broker; the controller is ready and the wearer at rest, whatever the last test left."""
    running_stage.tell_emulator("intent rest")
    running_watch.until(lambda: running_watch.status is not None, 60.0)
    status = running_watch.status
    assert status is not None
    if status.state is State.FAULT:
        running_watch.ask("clear")
    elif status.state in {State.ENGAGED, State.HOLDING}:
        running_watch.ask("disengage")
    running_watch.until(lambda: running_watch.is_in("ready"), 60.0)
    return running_watch


@pytest.fixture
def stage(running_stage: ClinicStage, watch: BusWatch) -> ClinicStage:
    """The processes, ready."""
    return running_stage


@pytest.fixture
def pages(browser: Browser, running_stage: ClinicStage) -> Iterator[Pages]:
    """Opens pages; fails the test for any error in one of them that it did not expect."""
    opened = Pages(browser, running_stage.address_of_pages)
    yield opened
    for context in opened._contexts:
        for page in context.pages:
            page.wait_for_timeout(0)  # lets the browser tell what it still has to tell
    opened.close()
    assert not opened.faults.unexpected


@pytest.fixture(scope="package")
def signed_in(browser: Browser, running_stage: ClinicStage) -> Any:
    """Cookies of the clinician and of the wearer, got by signing in as they do."""
    kept = {}
    for role, name in (("clinician", CLINICIAN_NAME), ("wearer", WEARER_NAME)):
        pages = Pages(browser, running_stage.address_of_pages)
        page = pages.open()
        sign_in(page, name, PASSWORD)
        kept[role] = page.context.storage_state()
        pages.close()
    return kept


@pytest.fixture
def clinician(signed_in: Any) -> Any:
    """Cookies of the clinician."""
    return signed_in["clinician"]


@pytest.fixture
def wearer(signed_in: Any) -> Any:
    """Cookies of the wearer."""
    return signed_in["wearer"]


@pytest.fixture
def page(pages: Pages, stage: ClinicStage, clinician: Any) -> Page:
    """A page on which the clinician is signed in."""
    return pages.open(state=clinician)
