"""A thread that is held: the event loop of a real process stands still, its other thread goes on, and both end well."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sim.errors import SimError
from sim.faults.held_thread import HeldThread

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="ptrace is Linux's")

# Both of them say a letter every 10 ms.
PROGRAM = """
import asyncio, os, threading, time

def thread():
    while True:
        os.write(1, b"t")
        time.sleep(0.01)

async def loop():
    threading.Thread(target=thread, daemon=True).start()
    while True:
        os.write(1, b"l")
        await asyncio.sleep(0.01)

asyncio.run(loop())
"""
BUSY = "import os\nos.write(1, b'l')\nwhile True: pass"
PATIENCE_S = 20.0


@pytest.fixture
def program(request: pytest.FixtureRequest) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-c", getattr(request, "param", PROGRAM)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert os.read(process.stdout.fileno(), 1)
        try:
            yield process
        finally:
            process.kill()


def said(process: "subprocess.Popen[bytes]", wanted: bytes) -> bytes:
    """Read until it has said every letter of `wanted` as often as that."""
    assert process.stdout is not None
    heard, deadline_s = b"", time.monotonic() + PATIENCE_S
    while any(heard.count(letter) < wanted.count(letter) for letter in wanted):
        assert select.select([process.stdout], [], [], deadline_s - time.monotonic())[0], heard
        heard += os.read(process.stdout.fileno(), 65_536)
    return heard


def ended(process: "subprocess.Popen[bytes]") -> None:
    """End it as a person would. A process that is still held looks as if it had ended, and stays."""
    process.terminate()
    assert process.wait(PATIENCE_S) == -signal.SIGTERM
    assert not Path(f"/proc/{process.pid}").exists()


def test_the_loop_stands_still_while_the_other_thread_goes_on(program: "subprocess.Popen[bytes]") -> None:
    held = HeldThread(program.pid)
    for _ in range(3):
        held.hold()
        said(program, b"t")  # with what was on its way
        assert b"l" not in said(program, b"t" * 30)
        held.let_go()
        held.let_go()
        said(program, b"lllttt")
    ended(program)


@pytest.mark.parametrize("program", [BUSY], indirect=True)
def test_a_loop_that_never_waits_is_not_held_and_goes_on(program: "subprocess.Popen[bytes]") -> None:
    held = HeldThread(program.pid)
    with pytest.raises(SimError, match="never found waiting"):
        held.hold()
    assert not held.held
    assert program.poll() is None
    ended(program)
