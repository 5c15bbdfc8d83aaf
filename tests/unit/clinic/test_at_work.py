import asyncio
import logging

import pytest

from clinic.at_work import stay_at_work
from clinic.link.controller_link import ControllerLink
from controller.broker_address import BrokerAddress
from controller.tasks import end_task


async def test_a_part_that_fails_is_told_of_and_begins_again(caplog: pytest.LogCaptureFixture) -> None:
    begun = asyncio.Event()
    times = 0

    async def run() -> None:
        nonlocal times
        times += 1
        if times < 3:
            raise RuntimeError("no room")
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(stay_at_work("home log", run, 0.0))
    await begun.wait()
    await end_task(task)
    assert times == 3
    told = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(told) == 2
    assert "home log" in told[0].getMessage()
    assert "no room" in str(told[0].exc_info)


async def test_a_part_that_just_ends_begins_again_too(caplog: pytest.LogCaptureFixture) -> None:
    times: list[None] = []

    async def run() -> None:
        times.append(None)
        await asyncio.sleep(0.0)

    task = asyncio.create_task(stay_at_work("link", run, 0.0))
    while len(times) < 3:
        await asyncio.sleep(0.0)
    await end_task(task)
    assert "ended by itself" in caplog.text


def test_what_fails_on_a_message_keeps_it_from_nobody_and_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    link = ControllerLink(BrokerAddress(), "demo")
    heard: list[bytes] = []

    def fails(_name: str, _payload: bytes) -> None:
        raise KeyError("site")

    link.listen(fails)
    link.listen(lambda _, payload: heard.append(payload))
    link.take("signal", b"1")
    link.take("signal", b"2")
    assert heard == [b"1", b"2"]
    assert len(caplog.records) == 1
