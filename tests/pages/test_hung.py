"""A browser that hangs: what is for it is dropped, and everybody else goes on."""

import http.client
import os
import re
import signal
import socket
from typing import Any

import psutil
from playwright.sync_api import expect

from tests.pages.moving import moving_arm
from tests.rigs.browser import Pages
from tests.rigs.bus_watch import BusWatch
from tests.rigs.clinic_stage import ClinicStage
from tests.rigs.command_stream import TO_AND_FRO

# What is kept for who does not read: a few frames and the buffers of sockets, not all that was ever sent.
MOST_BYTES = 40 << 20
HUNG = 8
# Holding: where the machine stood still for a moment (`tests.rigs.command_stream`).
MOVING = re.compile("engaged|holding")


def test_pages_that_never_read_cost_no_command_and_no_memory(
    pages: Pages, stage: ClinicStage, watch: BusWatch, clinician: Any
) -> None:
    page = pages.open("#live", state=clinician)
    expect(page.locator("#standing")).to_have_attribute("data-standing", "ready")
    service = psutil.Process(stage.process("clinic").pid)
    cookie = "; ".join(f"{one['name']}={one['value']}" for one in clinician["cookies"])
    hung = [never_reading(stage.port, cookie) for _ in range(HUNG)]
    try:
        before = service.memory_info().rss
        with moving_arm(stage, watch) as first:
            watch.until(lambda: watch.count("command") >= first + 3 * TO_AND_FRO, 60.0)
            expect(page.locator("#standing")).to_have_attribute("data-standing", MOVING)
        assert service.memory_info().rss - before < MOST_BYTES
        expect(page.locator("#standing")).to_have_attribute("data-standing", "ready")
    finally:
        for connection in hung:
            connection.close()


def test_a_stopped_renderer_costs_no_command_and_finds_its_way_back(
    pages: Pages, stage: ClinicStage, watch: BusWatch, clinician: Any
) -> None:
    before = renderers()
    page = pages.open("#live", state=clinician)
    expect(page.locator("#standing")).to_have_attribute("data-standing", "ready")
    stopped = renderers() - before  # the page's own, and perhaps one that is kept for the next page
    assert stopped
    tell(stopped, signal.SIGSTOP)
    try:
        with moving_arm(stage, watch) as first:
            watch.until(lambda: watch.count("command") >= first + TO_AND_FRO, 60.0)
            tell(stopped, signal.SIGCONT)
            expect(page.locator("#standing")).to_have_attribute("data-standing", MOVING)
    finally:
        tell(stopped, signal.SIGCONT)


def tell(processes: set[psutil.Process], number: signal.Signals) -> None:
    """Send a signal to those that are still there."""
    for process in processes:
        if process.is_running():
            process.send_signal(number)


def renderers() -> set[psutil.Process]:
    """The processes of our own browser that draw pages."""
    found = set()
    for process in psutil.Process(os.getpid()).children(recursive=True):
        try:
            if "--type=renderer" in process.cmdline():
                found.add(process)
        except psutil.NoSuchProcess:
            continue
    return found


def never_reading(port: int, cookie: str) -> socket.socket:
    """Open the WebSocket as a page does, and never look at it again."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20.0)
    connection.connect()
    raw = connection.sock
    assert isinstance(raw, socket.socket)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.sendall(
        (
            f"GET /api/live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            f"Origin: http://127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n"
        ).encode()
    )
    assert b" 101 " in raw.recv(64)
    return raw
