"""What the clinic asks of a controller, over a real broker: nothing is told as done that nobody has confirmed."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi import HTTPException

from cli.loopback import run_config_text
from clinic.api import arm
from clinic.app import create_clinic
from clinic.parts import Clinic
from clinic.security.person import Person
from clinic.settings import ClinicSettings
from controller.broker_address import BrokerAddress
from controller.bus import Bus
from controller.contract.requests import EventReport, Mode, ModeRequest, StopRequest
from controller.contract.topics import Topics
from controller.tasks import end_task
from sim.broker import RunningBroker

ANN = Person(1, "Ann", "clinician", None)


@dataclass(slots=True)
class Controller:
    """Answers as the controller does, or not at all. `says`: in place of what it would say."""

    broker: RunningBroker
    name: str
    silent: bool = False
    says: str = ""
    heard: list[Mode] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    _bus: Bus | None = None

    async def run(self, joined: "asyncio.Future[None]") -> None:
        topics = Topics(self.name)
        address = BrokerAddress(url=self.broker.url)
        identifier = f"test-controller-{secrets.token_hex(4)}"
        self._bus = Bus(address, identifier, [(topics.stop, 1), (topics.mode_set, 1)], self._take)
        await self._bus.run(joined)

    def _take(self, topic: str, payload: bytes) -> None:
        topics = Topics(self.name)
        if topic == topics.stop:
            said = f"stopped by {StopRequest.model_validate_json(payload).by}"
        else:
            request = ModeRequest.model_validate_json(payload)
            self.heard.append(request.mode)
            self.changed.set()
            said = f"{request.mode.value} by {request.by}"
        if not self.silent and self._bus is not None:
            report = EventReport(source="controller", what=self.says or said)
            self._bus.post(topics.event, report.encode())


@asynccontextmanager
async def _talking(broker: RunningBroker, folder: Path) -> AsyncIterator[tuple[Clinic, Controller]]:
    run = folder / "run.toml"
    run.write_text(run_config_text("serial", folder / "emg", "", broker.url), encoding="utf-8")
    clinic = create_clinic(ClinicSettings(run=run, store=str(folder / "clinic.db")))
    controller = Controller(broker, clinic.arm.name)
    joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    tasks = [asyncio.create_task(controller.run(joined)), asyncio.create_task(clinic.link.run())]
    try:
        await joined
        while not clinic.link.connected:
            await asyncio.sleep(0.01)
        yield clinic, controller
    finally:
        for task in tasks:
            await end_task(task)
        clinic.store.close()


async def test_what_the_controller_did_is_told_in_its_words(broker: RunningBroker, tmp_path: Path) -> None:
    async with _talking(broker, tmp_path) as (clinic, _):
        assert (await arm.stop(clinic, ANN, arm.WhyStop(reason="too fast"))).said == "stopped by Ann"
        assert (await arm.clear(clinic, ANN)).said == "clear by Ann"
        assert (await arm.engage(clinic, ANN)).said == "engage by Ann"


async def test_a_refusal_is_told_as_one(broker: RunningBroker, tmp_path: Path) -> None:
    async with _talking(broker, tmp_path) as (clinic, controller):
        controller.says = "refused: relax first, the intent is not at rest"
        with pytest.raises(HTTPException) as refused:
            await arm.engage(clinic, ANN)
        assert (refused.value.status_code, refused.value.detail) == (409, controller.says)


async def test_a_stop_that_nobody_answers_is_not_confirmed(broker: RunningBroker, tmp_path: Path) -> None:
    async with _talking(broker, tmp_path) as (clinic, controller):
        controller.silent = True
        with pytest.raises(HTTPException) as refused:
            await arm.stop(clinic, ANN, None)
        assert refused.value.status_code == 409
        assert refused.value.detail.startswith("NOT CONFIRMED")
        controller.silent, controller.says = False, "somebody else said something"
        with pytest.raises(HTTPException, match="NOT CONFIRMED"):
            await arm.stop(clinic, ANN, None)


async def test_an_engage_that_nobody_answers_is_taken_back(broker: RunningBroker, tmp_path: Path) -> None:
    async with _talking(broker, tmp_path) as (clinic, controller):
        controller.silent = True
        with pytest.raises(HTTPException, match="NOT CONFIRMED"):
            await arm.engage(clinic, ANN)
        async with asyncio.timeout(30):
            while Mode.DISENGAGE not in controller.heard:
                controller.changed.clear()
                await controller.changed.wait()
        assert controller.heard == [Mode.ENGAGE, Mode.DISENGAGE]
