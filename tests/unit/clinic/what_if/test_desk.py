"""Questions of many pages, EMG of many kinds: what is answered, what is replaced, what is refused in a sentence."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np
import pytest

from clinic.errors import ClinicError
from clinic.link.controller_link import ControllerLink
from clinic.what_if.desk import MOST_WAITING, ReplacedError, WhatIfDesk
from clinic.what_if.recent_emg import Excerpt, RecentEmg
from clinic.what_if.replay import Replayer
from clinic.what_if.shown import WhatIf
from clinic.what_if.worker import Worker
from controller.broker_address import BrokerAddress
from controller.config import RunConfig
from controller.contract.emg import encode_emg_block
from controller.contract.requests import ProfileState, ProfileValues
from controller.decoders.model import Model
from controller.errors import ControllerError
from controller.tasks import end_task
from tests.unit.clinic.what_if.persons import ARM, RATE_HZ, excerpt, today

NOTHING = ProfileValues()


@dataclass(slots=True)
class WorkerHere(Worker):
    """Answers in this process, once it is let go; `asked` is what came, in its order."""

    asked: list[ProfileValues] = field(default_factory=list)
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def warm_up(self) -> None:
        """Nothing to warm."""

    async def ask(
        self, decoder: str, today: ProfileValues, change: ProfileValues, excerpt: Excerpt, lead_s: float
    ) -> WhatIf:
        self.asked.append(change)
        await self.go.wait()
        try:
            return Replayer(self.config, self.arm).what_if(decoder, today, change, excerpt, lead_s)
        except ControllerError as error:
            raise ClinicError(str(error)) from error


@dataclass(slots=True)
class Rig:
    desk: WhatIfDesk
    worker: WorkerHere
    link: ControllerLink
    watches: int = 0
    wears: int = 1

    def say_profile(self, values: ProfileValues) -> None:
        self.link.take("profile", ProfileState(version=1, author="test", values=values).encode())

    def say_emg(self, given: Excerpt) -> None:
        breaks = np.flatnonzero(np.diff(given.index) != 1) + 1
        for rows in np.split(np.arange(len(given.index)), breaks):
            for first in range(0, len(rows), 33):
                part = rows[first : first + 33]
                index = given.index[part]
                payload = encode_emg_block(
                    int(index[0]), int(index[-1]) * 1_000_000, given.rate_hz, given.samples[part].astype("<f4")
                )
                self.link.take("emg", payload)


@asynccontextmanager
async def at_the_desk(config: RunConfig) -> AsyncIterator[Rig]:
    link = ControllerLink(BrokerAddress(url="mqtt://127.0.0.1:1"), ARM.name)
    worker = WorkerHere(config, ARM)

    def watch() -> Callable[[], None]:
        rig.watches += 1

        def end() -> None:
            rig.watches -= 1

        return end

    rig = Rig(WhatIfDesk(link, worker, RecentEmg(300.0), watch, lambda: rig.wears), worker, link)
    running = asyncio.create_task(rig.desk.run())
    while not rig.watches:
        await asyncio.sleep(0.001)
    try:
        yield rig
    finally:
        await end_task(running)
        assert rig.watches == 0


async def test_without_a_profile_or_emg_the_answer_is_a_sentence(model: Model, config: RunConfig) -> None:
    async with at_the_desk(config) as rig:
        with pytest.raises(ClinicError, match="what its profile is"):
            await rig.desk.ask("page", NOTHING, 60.0)
        rig.say_profile(today(config, model))
        with pytest.raises(ClinicError, match="no EMG yet"):
            await rig.desk.ask("page", NOTHING, 60.0)


async def test_what_came_over_the_link_is_replayed_against_the_profile_in_force(
    model: Model, config: RunConfig
) -> None:
    given = excerpt(lose=slice(3000, 3400))
    async with at_the_desk(config) as rig:
        rig.worker.go.set()
        rig.say_profile(today(config, model))
        rig.say_emg(given)
        found = await rig.desk.ask("page", ProfileValues(gain={"hand": 0.5}), 10.0)
        assert found.until == given.index[-1]
        assert found.counted_s == pytest.approx(10.0, abs=0.02)
        assert found.proposed.full_speed_s["hand"] < found.today.full_speed_s["hand"]
        # The same EMG again, when newer has come; so what is compared is the change alone.
        rig.say_emg(Excerpt(1, RATE_HZ, given.samples[:5000], given.index[:5000] + 30_000))
        again = await rig.desk.ask("page", ProfileValues(gain={"hand": 0.5}), 10.0, found.until)
        assert again == found


async def test_a_newer_question_of_the_same_page_takes_the_place_of_the_one_that_waits(
    model: Model, config: RunConfig
) -> None:
    async with at_the_desk(config) as rig:
        rig.say_profile(today(config, model))
        rig.say_emg(excerpt())
        asking = [
            asyncio.create_task(rig.desk.ask("a", ProfileValues(gain={"hand": gain}), 10.0)) for gain in (1.0, 2.0, 3.0)
        ]
        other = asyncio.create_task(rig.desk.ask("b", ProfileValues(ramp_ms=0.0), 10.0))
        await asyncio.sleep(0.01)
        rig.worker.go.set()
        with pytest.raises(ReplacedError):
            await asking[1]
        assert (await asking[2]).proposed.moving_s > 0.0
        await other
        assert rig.worker.asked[-1] == ProfileValues(ramp_ms=0.0)
        assert len(rig.worker.asked) <= 3


async def test_more_pages_than_can_wait_are_told_so(model: Model, config: RunConfig) -> None:
    async with at_the_desk(config) as rig:
        rig.say_profile(today(config, model))
        rig.say_emg(excerpt())
        first = asyncio.create_task(rig.desk.ask("first", NOTHING, 10.0))
        await asyncio.sleep(0.01)
        waiting = [asyncio.create_task(rig.desk.ask(f"page{one}", NOTHING, 10.0)) for one in range(MOST_WAITING)]
        await asyncio.sleep(0.01)
        with pytest.raises(ClinicError, match="too many pages"):
            await rig.desk.ask("one more", NOTHING, 10.0)
        assert len(rig.worker.asked) == 1
        for task in (first, *waiting):
            await end_task(task)


async def test_whoever_takes_the_arm_over_sees_nothing_of_who_had_it_before(model: Model, config: RunConfig) -> None:
    async with at_the_desk(config) as rig:
        rig.say_profile(today(config, model))
        rig.say_emg(excerpt())
        await rig.desk.look_whose()
        assert rig.desk.emg.newest_index > 0
        rig.wears = 2
        await rig.desk.look_whose()
        with pytest.raises(ClinicError, match="no EMG yet"):
            await rig.desk.ask("page", NOTHING, 60.0)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{}",
        b'{"first_index":-1,"t_ns":0,"rate_hz":1000.0,"channels":4,"samples":""}',
        b'{"first_index":0,"t_ns":0,"rate_hz":1000.0,"channels":4,"samples":"AAAA"}',
        b'{"first_index":0,"t_ns":0,"rate_hz":1e300,"channels":1,"samples":"AAAAAA=="}',
        b'{"first_index":0,"t_ns":0,"rate_hz":1000.0,"channels":1,"samples":""}',
    ],
)
async def test_what_is_no_block_is_counted_and_nothing_is_kept(config: RunConfig, payload: bytes) -> None:
    async with at_the_desk(config) as rig:
        rig.link.take("emg", payload)
        assert (rig.desk.malformed, rig.desk.emg.newest_index) == (1, -1)


async def test_a_device_with_other_channels_is_said_and_its_predecessors_emg_is_gone(
    model: Model, config: RunConfig
) -> None:
    async with at_the_desk(config) as rig:
        rig.worker.go.set()
        rig.say_profile(today(config, model))
        given = excerpt()
        rig.say_emg(given)
        wide = np.hstack((given.samples, given.samples)).astype(np.float32)
        rig.say_emg(Excerpt(1, RATE_HZ, wide, given.index))
        assert rig.desk.emg.channels == 8
        with pytest.raises(ClinicError, match="fitted to 4 channels and the stream has 8"):
            await rig.desk.ask("page", NOTHING, 10.0)
