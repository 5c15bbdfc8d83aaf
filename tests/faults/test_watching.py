"""The black box and the signs of life of a real controller, through a stop and a kill."""

import asyncio
import signal
import socket
import time
from pathlib import Path

import pytest

from controller.black_box.layout import Kind, read_black_box
from controller.contract.requests import Mode
from controller.safety.states import State
from tests.rigs.loopback import engaged_rig

pytestmark = pytest.mark.timeout(400)


async def test_a_stop_keeps_a_file_and_a_killed_controller_leaves_one(tmp_path: Path) -> None:
    async with engaged_rig(more_config=f'\n[black_box]\nfolder = "{tmp_path}"\nminutes = 1\n') as rig:
        await rig.contract()
        rig.watcher.stop()
        await rig.until_state(State.FAULT)
        await rig.until(lambda: bool(list(tmp_path.glob("*-stopped-by-*.blackbox"))))
        await rig.until(lambda: "kept as" in (rig.stage.folder / "controller.log").read_text())
        kept = next(tmp_path.glob("*-stopped-by-*.blackbox"))
        rig.watcher.ask(Mode.CLEAR)
        await rig.engage()
        await rig.contract("hand_close")
        await asyncio.sleep(1.0)
        rig.kill("controller", signal.SIGKILL)
        await asyncio.to_thread(rig.stage._processes["controller"].wait, 10)
        _, before, damaged = read_black_box(kept)
        assert damaged == 0
        codes = before["state"][before["kind"] == Kind.DECISION]
        states = [list(State)[code] for code in codes]
        assert State.ENGAGED in states
        assert states[-1] is State.FAULT
        moved = before["numbers"][:, -3:].any(axis=1)
        assert moved.any()
        assert not (moved & (before["state"] == list(State).index(State.FAULT))).any()
        assert any(b"fault: stopped" in note for note in before["text"])
        _, last, damaged = read_black_box(tmp_path / "demo.blackbox")
        assert damaged == 0
        assert last["t_ns"].max() > before["t_ns"].max()
        assert list(State)[last["state"][last["kind"] == Kind.DECISION][-1]] is State.ENGAGED


async def test_systemd_hears_that_the_controller_is_ready_well_and_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        manager.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", path)
        monkeypatch.setenv("WATCHDOG_USEC", "2000000")
        heard: list[bytes] = []

        def listen() -> list[bytes]:
            try:
                while True:
                    heard.append(manager.recv(100))
            except BlockingIOError:
                return heard

        async with engaged_rig() as rig:
            assert set(listen()) == {b"READY=1", b"WATCHDOG=1"}
            rig.kill("controller", signal.SIGSTOP)
            listen()
            await asyncio.sleep(0.2)
            listen()
            heard.clear()
            await asyncio.sleep(2.0)
            assert not listen()
            rig.kill("controller", signal.SIGCONT)
            deadline_s = time.monotonic() + 20.0
            while b"WATCHDOG=1" not in listen():
                assert time.monotonic() < deadline_s
                await asyncio.sleep(0.1)
            rig.kill("controller", signal.SIGTERM)
            await asyncio.to_thread(rig.stage._processes["controller"].wait, 10)
            assert listen()[-1] == b"STOPPING=1"
