"""The process that replays: warm, replaced when it hangs or dies, and never a wrong answer."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from clinic.errors import ClinicError
from clinic.what_if.replay import Replayer
from clinic.what_if.worker import Worker
from controller.config import RunConfig
from controller.contract.requests import ProfileValues
from controller.decoders.model import Model
from tests.unit.clinic.what_if.persons import ARM, excerpt, today


@asynccontextmanager
async def working(config: RunConfig, within_s: float = 60.0) -> AsyncIterator[Worker]:
    worker = Worker(config, ARM, within_s)
    try:
        await worker.warm_up()
        yield worker
    finally:
        await worker.close()


async def test_a_worker_says_what_this_process_would_and_is_replaced_when_it_hangs_or_dies(
    model: Model, config: RunConfig
) -> None:
    now, slower = today(config, model), ProfileValues(gain={"hand": 0.5})
    expected = Replayer(config, ARM).what_if("default", now, slower, excerpt(), 1.0)
    assert expected.proposed.moving_s > 0.0
    async with working(config) as worker:
        with pytest.raises(ClinicError, match="does not name"):
            await worker.ask("another", now, slower, excerpt(), 1.0)
        for _ in range(2):  # the second time the excerpt is there already
            assert await worker.ask("default", now, slower, excerpt(), 1.0) == expected
        assert worker.started == 1
        worker.within_s, hung = 0.3, worker.pid
        assert hung is not None
        os.kill(hung, signal.SIGSTOP)
        with pytest.raises(ClinicError, match=r"took longer than 0\.3 s"):
            await worker.ask("default", now, slower, excerpt(), 1.0)
        with pytest.raises(ProcessLookupError):
            os.kill(hung, 0)
        worker.within_s = 60.0
        assert await worker.ask("default", now, slower, excerpt(), 1.0) == expected
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGSTOP)  # so that it has not answered when it is killed
        asking = asyncio.create_task(worker.ask("default", now, slower, excerpt(), 1.0))
        await asyncio.sleep(0.05)
        os.kill(worker.pid, signal.SIGKILL)
        with pytest.raises(ClinicError, match="ended before its answer"):
            await asking
        assert worker.started == 2
