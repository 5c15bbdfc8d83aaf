"""Changes of the profile by the desk, against a real controller: who wins, what ends by itself, what is kept."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from clinic.link.controller_link import ControllerLink
from clinic.live.hub import LiveHub
from clinic.store.database import Store
from clinic.tune.history import History
from clinic.tune.profile_desk import ProfileDesk
from clinic.what_if.desk import WhatIfDesk
from clinic.what_if.recent_emg import RecentEmg
from clinic.what_if.worker import Worker
from controller.broker_address import BrokerAddress
from controller.calibration.fit import FitSettings, fit_model
from controller.contract.requests import ProfileRole, ProfileState, ProfileValues
from controller.decoders.model import Model
from controller.tasks import end_task
from sim.broker import RunningBroker
from tests.loop.test_service import CHANNELS, PATIENCE_S, RATE_HZ, Rig, Wearer, rig_on
from tests.loop.test_service import wearer as wearer  # noqa: PLC0414 - a fixture
from tests.unit.controller.streams import labelled_noise

CLINICIAN = ProfileRole.CLINICIAN
SHORTEST_TRIAL_S = 5.0


@pytest.fixture(scope="module")
def model() -> Model:
    return fit_model(labelled_noise(RATE_HZ, CHANNELS), FitSettings(settle_ms=100.0), "noise")


@dataclass(slots=True)
class Here:
    """The clinic's parts of this page, on a broker. `end` is a kill: nothing is said to anybody."""

    desk: ProfileDesk
    emg: RecentEmg
    tasks: "list[asyncio.Task[None]]"

    async def end(self) -> None:
        for task in self.tasks:
            await end_task(task)

    def state(self) -> ProfileState:
        state = self.desk.state
        assert state is not None
        return state


@asynccontextmanager
async def clinic_at(rig: Rig, broker: RunningBroker, store: Store) -> AsyncIterator[Here]:
    arm = rig.service.arm
    link = ControllerLink(BrokerAddress(url=broker.url), arm.name)
    hub, desk, emg = LiveHub(link), ProfileDesk(link, History(store, arm.name), PATIENCE_S), RecentEmg(60.0)

    class NoWorker(Worker):
        async def warm_up(self) -> None:
            """Nothing is replayed here."""

    what_if = WhatIfDesk(link, NoWorker(rig.service.config, arm), emg, hub.watch_emg, lambda: None)
    here = Here(desk, emg, [asyncio.create_task(part.run()) for part in (link, hub, desk, what_if)])
    try:
        await rig.observer.until(lambda: desk.state is not None and link.connected, "the profile")
        yield here
    finally:
        await here.end()


def gain(hand: float) -> ProfileValues:
    return ProfileValues(gain={"hand": hand})


async def test_of_two_at_once_one_wins_and_a_trial_ends_with_or_without_the_clinic(
    broker: RunningBroker, model: Model, wearer: Wearer, tmp_path: Path
) -> None:
    store = Store(f"sqlite:///{tmp_path}/clinic.db")
    async with rig_on(broker, model, wearer) as rig:
        async with clinic_at(rig, broker, store) as here:
            desk = here.desk
            begun = here.state().version
            results = await asyncio.gather(
                *(desk.change(name, CLINICIAN, begun, gain(hand), "test") for name, hand in (("A", 0.5), ("B", 0.7)))
            )
            assert sorted(one.accepted for one in results) == [False, True], results
            assert "look again" in next(one.reason for one in results if not one.accepted)
            stale = await desk.change("C", CLINICIAN, begun, gain(0.9), "test")
            assert not stale.accepted
            agreed = here.state().values
            # Taken back by a person.
            tried = await desk.change("A", CLINICIAN, here.state().version, gain(2.0), "test", SHORTEST_TRIAL_S)
            assert (tried.accepted, here.state().values.gain["hand"]) == (True, 2.0)
            second = await desk.change("B", CLINICIAN, tried.version, gain(3.0), "test")
            assert "on trial" in second.reason
            assert (await desk.confirm("A", tried.version, keep=False)).accepted
            assert (here.state().values, here.state().before) == (agreed, None)
            late = await desk.confirm("A", tried.version, keep=True)
            assert not late.accepted
            # What another program changes stands in the history too.
            rig.observer.change(here.state().version, ProfileValues(ramp_ms=70.0))
            await rig.observer.until(lambda: here.state().values.ramp_ms == 70.0, "the other's change")
            agreed = here.state().values
            await rig.observer.until(lambda: here.emg.newest_index > 500, "EMG")
            index = here.emg.excerpt(60.0).index
            assert np.all(np.diff(index) == 1)
            # The clinic is gone in the middle of a trial.
            tried = await desk.change("A", CLINICIAN, here.state().version, gain(4.0), "test", SHORTEST_TRIAL_S)
            assert tried.accepted
            await here.end()
        await rig.observer.until(lambda: rig.observer.profiles[-1].version > tried.version, "the way back")
        assert (rig.observer.profiles[-1].values, rig.observer.profiles[-1].before) == (agreed, None)
        async with clinic_at(rig, broker, store) as here:
            history = here.desk.history
            await rig.observer.until(lambda: history.newest(1, None)[0].version == here.state().version, "the history")
            kept = history.last_kept()
            assert kept is not None
            assert kept.values == agreed
            authors = [ProfileState.model_validate_json(one.state).author for one in history.newest(50, None)]
            assert "test" in authors  # the observer's
            assert [one.kept for one in history.newest(50, None)].count(False) >= 1
    store.close()
