"""What is said to systemd, on a real datagram socket."""

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.service_manager import ServiceManager
from controller.tasks import end_task


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        path = str(tmp_path / "notify")
        heard.bind(path)
        heard.settimeout(20.0)
        yield heard, path


def test_words_arrive_as_they_are(listener: tuple[socket.socket, str]) -> None:
    heard, path = listener
    ServiceManager({"NOTIFY_SOCKET": path}).say("READY=1")
    assert heard.recv(100) == b"READY=1"


def test_a_name_without_a_file_is_understood() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        name = f"efferent-test-{os.getpid()}"
        heard.bind(f"\0{name}")
        heard.settimeout(20.0)
        ServiceManager({"NOTIFY_SOCKET": f"@{name}"}).say("STOPPING=1")
        assert heard.recv(100) == b"STOPPING=1"


@pytest.mark.parametrize("address", ["", "/nowhere/at/all", "x" * 300])
def test_nobody_there_is_no_fault(address: str) -> None:
    ServiceManager({"NOTIFY_SOCKET": address}).say("READY=1")


def test_a_manager_that_does_not_listen_is_not_waited_for(listener: tuple[socket.socket, str]) -> None:
    manager = ServiceManager({"NOTIFY_SOCKET": listener[1]})
    for _ in range(5000):  # far more than the socket holds
        manager.say("WATCHDOG=1")


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, 0.0),
        ({"WATCHDOG_USEC": "2000000"}, 2.0),
        ({"WATCHDOG_USEC": "2000000", "WATCHDOG_PID": str(os.getpid())}, 2.0),
        ({"WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "1"}, 0.0),
        ({"WATCHDOG_USEC": "-1"}, 0.0),
        ({"WATCHDOG_USEC": "soon"}, 0.0),
    ],
)
def test_the_interval_is_ours_or_none(environment: dict[str, str], seconds: float) -> None:
    assert ServiceManager(environment).watchdog_s == seconds


async def test_a_sign_of_life_for_each_time_that_all_was_well(listener: tuple[socket.socket, str]) -> None:
    heard, path = listener
    answers = [True, False, True]
    asked: asyncio.Event = asyncio.Event()

    def well() -> bool:
        if not answers:
            asked.set()
            return False
        return answers.pop(0)

    manager = ServiceManager({"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "4000"})
    task = asyncio.create_task(manager.watch_for_ever(well))
    await asyncio.wait_for(asked.wait(), 20.0)
    await end_task(task)
    heard.setblocking(False)
    assert [heard.recv(100), heard.recv(100)] == [b"WATCHDOG=1", b"WATCHDOG=1"]
    with pytest.raises(BlockingIOError):
        heard.recv(100)


async def test_one_who_is_not_well_says_nothing(listener: tuple[socket.socket, str]) -> None:
    heard, path = listener
    asked: list[int] = []
    enough: asyncio.Event = asyncio.Event()

    def unwell() -> bool:
        asked.append(1)
        if len(asked) > 5:
            enough.set()
        return False

    task = asyncio.create_task(ServiceManager({"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "4000"}).watch_for_ever(unwell))
    await asyncio.wait_for(enough.wait(), 20.0)
    await end_task(task)
    heard.setblocking(False)
    with pytest.raises(BlockingIOError):
        heard.recv(100)
