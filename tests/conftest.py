"""What all tests share: what may be missing on a machine, and what no test may leave behind."""

import asyncio
import inspect
import os
import shutil
from collections.abc import AsyncIterator, Generator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from drivers.errors import SettingsError
from drivers.lsl_library import load_pylsl

# Set by .ci/run: there everything is installed, so a skip would hide something.
NO_SKIPS = os.environ.get("EFFERENT_NO_SKIPS") == "1"
# Folders whose tests wait for real time, and mind a busy machine; two running arms, or one and a browser, are too many.
REAL_TIME = ("faults", "loop", "pages")
# Of these what is patient.
PATIENT = (
    "test_broker.py",
    "test_bus.py",
    "test_clinic_calibration.py",
    "test_provisioned_broker.py",
    "test_provisioned_loop.py",
)
# What takes longest is begun first, so that no worker is left with it in the end.
FIRST = (*REAL_TIME, "verbs", "devices")
CHROMIUM = Path("/usr/bin/chromium")
RECORDINGS = Path(os.environ.get("EFFERENT_DATA", Path(__file__).resolve().parents[2] / "shared/data"))

# How many cases a property test tries; EFFERENT_HYPOTHESIS names one. No case has a deadline: machines may be busy.
settings.register_profile("normal", deadline=None)
settings.register_profile("nightly", deadline=None, max_examples=100_000)
settings.register_profile("mutation", deadline=None, max_examples=50, derandomize=True, database=None)
settings.load_profile(os.environ.get("EFFERENT_HYPOTHESIS", "normal"))


class _RealTimeInOneGo(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Tests that wait for real time run one after the other on one worker, those that compute beside them."""

    def _split_scope(self, nodeid: str) -> str:
        file = Path(nodeid.split("::", 1)[0])
        return "real time" if file.parent.name in REAL_TIME and file.name not in PATIENT else str(file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Share the tests out to the workers of `pytest -n`. (xdist's own groups do nothing with pytest 9.2.)"""
    config.option.loadscopereorder = False
    return _RealTimeInOneGo(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what cannot run here, saying why, and give every async test the check for pending tasks."""
    if hasattr(config, "workerinput"):  # of several
        items.sort(key=lambda item: (*FIRST, item.path.parent.name).index(item.path.parent.name))
    missing = {
        "mosquitto": shutil.which("mosquitto") is None and "mosquitto is not installed (Debian: apt install mosquitto)",
        "chromium": not CHROMIUM.is_file() and f"no {CHROMIUM} (Debian: apt install chromium)",
        "recordings": not RECORDINGS.is_dir() and f"no recordings at {RECORDINGS} (set EFFERENT_DATA)",
    }
    for item in items:
        for marker, reason in missing.items():
            if reason and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function):
            item.fixturenames.insert(0, "no_pending_tasks")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where nothing may be skipped."""
    report = yield
    if NO_SKIPS and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped although EFFERENT_NO_SKIPS is set: {report.longrepr}"
    return report


@pytest_asyncio.fixture
async def no_pending_tasks() -> AsyncIterator[None]:
    """Fail a test that leaves a task behind."""
    before = asyncio.all_tasks()
    yield
    for _ in range(5):  # what was cancelled by its owner gets the turns it needs to end
        await asyncio.sleep(0)
    left = [task for task in asyncio.all_tasks() - before - {asyncio.current_task()} if not task.done()]
    assert not left, f"tasks left pending: {[task.get_name() for task in left]}"


@pytest.fixture(scope="session")
def recordings_dir() -> Path:
    """Return the folder of the real recordings (mark the test with `recordings`)."""
    return RECORDINGS


@pytest.fixture(scope="session")
def pylsl() -> Any:
    """Return the real library; skips where there is none."""
    try:
        return load_pylsl("machine")
    except SettingsError as error:
        pytest.skip(str(error))
