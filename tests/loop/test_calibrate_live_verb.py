"""`efferent calibrate --live` against `efferent run` and `efferent emulate`, all of them real processes.

The virtual wearer does what the prompts ask for, because the test reads them to it.
"""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.demo.stage import Stage
from cli.loopback import MOTIONS, start_verb
from controller.bus import Bus
from controller.contract.calibration import CalibrationState
from controller.contract.topics import Topics
from controller.decoders.model_file import load_model
from controller.safety.states import State
from controller.tasks import end_task
from tests.rigs.loopback import Rig, watched

PATIENCE_S = 200.0
# Half a minute of prompts, and processes that take a while to start on a busy machine.
pytestmark = pytest.mark.timeout(400)
QUICK = ["--hold", "1.5", "--rest", "1.5", "--watch", "1"]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Stage("auto", "serial") as running:
        running.set_up()
        yield running


@asynccontextmanager
async def obedient(stage: Stage) -> AsyncIterator[Rig]:
    """The controller is ready, and the wearer does what is prompted."""
    meant = ""

    def take(_topic: str, payload: bytes) -> None:
        nonlocal meant
        prompt = CalibrationState.model_validate_json(payload).prompt
        motion = prompt.motion if prompt is not None else "rest"
        if motion != meant:
            meant = motion
            stage.tell_emulator(f"intent {motion}" + ("" if motion == "rest" else " 0.6"))

    reader = Bus(stage.address, "prompt-reader", [(Topics(stage.arm.name).calibration_state, 1)], take)
    reading = asyncio.create_task(reader.run())
    try:
        async with watched(stage) as rig:
            await rig.until_state(State.READY, 60.0)
            yield rig
    finally:
        await end_task(reading)


@dataclass(frozen=True, slots=True)
class Outcome:
    code: int
    out: str
    err: str


async def calibrate(stage: Stage, *arguments: str) -> Outcome:
    """Run the verb and return what it said."""
    log = stage.folder / "calibrate.log"
    with log.open("w", encoding="utf-8") as err:
        config = ["--config", str(stage.folder / "demo.toml")]
        process = start_verb(["calibrate", *config, *arguments], err, stdout=subprocess.PIPE)
        try:
            out, _ = await asyncio.to_thread(process.communicate, timeout=PATIENCE_S)
        finally:
            process.kill()
            process.wait()
    return Outcome(process.returncode, out, log.read_text(encoding="utf-8"))


def trained_on(stage: Stage) -> str:
    return load_model(Path(stage.folder / "model.npz")).facts.trained_on


async def test_a_session_is_added_and_taken_back_while_the_controller_runs(stage: Stage) -> None:
    async with obedient(stage) as rig:
        assert rig.watcher.status is not None
        session = rig.watcher.status.session
        outcome = await calibrate(stage, "--live", "--add", "--yes", "--json", *QUICK)
        assert outcome.code == 0, outcome.err
        told: dict[str, Any] = json.loads(outcome.out)
        assert told["swapped"]
        assert {trial["trial"] for trial in told["trials"]} == {f"{motion}:1" for motion in ("rest", *MOTIONS)}
        assert "redo" not in {trial["verdict"] for trial in told["trials"]}
        assert told["fit"]["error_percent"] < 20.0
        assert told["shadow"]["decisions"] > 0
        assert "added" in trained_on(stage)

        outcome = await calibrate(stage, "--live", "back")
        assert outcome.code == 0, outcome.err
        assert "the model before is in force again" in outcome.out
        assert trained_on(stage) == "the demo's virtual wearer"
        # The same controller, which never stopped: no device was opened anew, no session begun.
        assert rig.watcher.status.session == session
        assert rig.watcher.status.stale_events == 0


async def test_without_a_word_the_running_model_stays(stage: Stage) -> None:
    async with obedient(stage):
        before = trained_on(stage)
        outcome = await calibrate(stage, "--live", "--add", "--plain", *QUICK)
        assert outcome.code == 0, outcome.err
        assert "the running model stays" in outcome.out
        assert "hand_close:1: " in outcome.err
        assert trained_on(stage) == before
        # Nothing is left under way: another one can begin, and be ended from elsewhere.
        process = asyncio.create_task(calibrate(stage, "--live", "--add", *QUICK))
        while (await calibrate(stage, "--live", "cancel")).code != 0:
            assert not process.done()
        outcome = await process
        assert outcome.code == 2
        assert "cancel by" in outcome.err


async def test_nothing_is_recorded_while_the_arm_may_move(stage: Stage) -> None:
    async with obedient(stage) as rig:
        await rig.engage()
        outcome = await calibrate(stage, "--live", *QUICK)
        assert outcome.code == 2
        assert "refused: the controller is 'engaged'" in outcome.err
