"""The whole way, on a provisioned broker: it moves and stops as on any other, and no secret is ever said."""

import asyncio
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from controller.bus import Bus
from controller.contract.rights import RIGHTS, Role
from controller.safety.states import State
from controller.tasks import end_task
from tests.rigs.loopback import watched
from tests.rigs.provisioned import Provisioned, provisioned_broker
from tests.rigs.provisioned_stage import ProvisionedStage

pytestmark = [pytest.mark.mosquitto, pytest.mark.timeout(180)]
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provisioned]:
    with provisioned_broker(tmp_path_factory.mktemp("broker"), "--client-certificates") as running:
        yield running


@asynccontextmanager
async def everything_heard(broker: Provisioned, said: list[bytes]) -> AsyncIterator[None]:
    """Keep all that the clinic, which may hear the most, hears."""
    topics = [(f"efferent/v1/demo/{tail}", 1) for tail in RIGHTS]
    bus = Bus(
        broker.address_of("demo-clinic"),
        f"test-{secrets.token_hex(8)}",
        topics,
        lambda _topic, payload: said.append(payload),
    )
    task = asyncio.create_task(bus.run())
    try:
        yield
    finally:
        await end_task(task)


def typed(verb: str, environment: dict[str, str]) -> tuple[int, str]:
    """Run a verb as a person types it, with nothing but the environment to say which broker."""
    outcome = subprocess.run(
        [sys.executable, "-m", "cli.main", verb],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    return outcome.returncode, outcome.stdout + outcome.stderr


def processes_of(stage: ProvisionedStage) -> Iterator[bytes]:
    """The command line and environment of each running process, as every user's `ps` shows the first."""
    for process in stage._processes.values():
        for name in ("cmdline", "environ"):
            yield Path(f"/proc/{process.pid}/{name}").read_bytes()


async def test_the_whole_loop_runs_and_stops_with_what_was_provisioned_and_no_secret_is_said(
    broker: Provisioned,
) -> None:
    person = {"EFFERENT_BROKER_CONFIG": str(broker.file_of("demo-person"))}
    said: list[bytes] = []
    people: list[str] = []
    with ProvisionedStage(broker) as stage:
        await asyncio.to_thread(stage.set_up)
        async with everything_heard(broker, said), watched(stage) as rig:
            stage.tell_emulator("intent rest")
            await rig.until_state(State.READY, PATIENCE_S)
            await asyncio.sleep(0.4)  # muscles relax
            people.append(await answered("engage", person, "engage by"))
            await rig.until_state(State.ENGAGED)
            await rig.contract()
            people.append(await answered("stop", person, "stopped by"))
            await rig.until(lambda: rig.watcher.arm_state is not None and rig.watcher.arm_state.stopped)
            seen = len(rig.moved)
            await rig.until(lambda: len(rig.moved) > seen + 10)
            assert not any(moving for _, moving in rig.moved[seen + 1 :])
            stage.tell_emulator("intent rest")
            people.append(await answered("clear", person, "clear by"))
            await rig.until_state(State.READY)
            shown = list(processes_of(stage))
            await asyncio.to_thread(stage.end_controller)
            await rig.until(lambda: rig.watcher.status is not None and rig.watcher.status.status == "ended")
        wrong = {"EFFERENT_BROKER_CONFIG": str(wrong_password(broker))}
        code, words = await asyncio.to_thread(typed, "stop", wrong)
        assert (code, words.count("\n")) == (2, 1), words
        assert "it refuses user 'demo-person'" in words
        written = stage.written()
        assert {"controller.log", "arm.log", "emulator.log", "demo.toml"} <= {file.name for file in written}
    everything = [*said, *shown, *written.values(), broker.log.read_bytes(), words.encode()]
    everything += [line.encode() for line in people]
    assert len(said) > 100
    for secret in secrets_of(broker):
        assert not any(secret in words for words in everything)
    assert not any(b"Traceback" in words for words in everything)


async def answered(verb: str, environment: dict[str, str], beginning: str) -> str:
    code, words = await asyncio.to_thread(typed, verb, environment)
    assert code == 0, words
    assert words.startswith(beginning)
    return words


def wrong_password(broker: Provisioned) -> Path:
    """The person's file with another part's password in it."""
    file = broker.folder / "demo-person/wrong.toml"
    section = broker.file_of("demo-person").read_text(encoding="utf-8")
    file.write_text(section.replace('"password"', '"../demo-arm/password"'), encoding="utf-8")
    return file


def secrets_of(broker: Provisioned) -> list[bytes]:
    """Every password, and a line from the middle of every key."""
    passwords = [broker.password_of(f"demo-{role.value}").encode() for role in Role]
    keys = [file.read_bytes().splitlines()[1] for file in broker.folder.rglob("*.key")]
    assert len(keys) == len(Role) + 2
    return passwords + keys


async def test_a_controller_with_the_credentials_of_a_person_does_not_run(broker: Provisioned) -> None:
    with ProvisionedStage(broker) as stage:
        await asyncio.to_thread(stage.set_up)
        stage.end_controller()
        person = broker.file_of("demo-person")
        stage._start("controller", ["run", "--config", f"{stage.folder}/demo.toml", "--broker-config", str(person)])
        code = await asyncio.to_thread(stage._processes["controller"].wait, PATIENCE_S)
        assert code == 2
        assert "it does not pass on what user 'demo-person' says" in stage.last_words("controller")
