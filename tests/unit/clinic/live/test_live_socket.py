import asyncio
import contextlib
import json
import socket
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from clinic.live.hub import MOST_PAGES
from clinic.live.outbox import DEPTHS
from clinic.security.signed_in import end_all_sign_ins
from tests.rigs import live_messages as messages
from tests.rigs.live_frames import EMG, SIGNAL, records

from .conftest import Served, Serving

# What does not come by then, never comes: for a machine that does much else.
WITHIN_S = 60.0
WATCH = json.dumps({"watch": ["emg"]})


async def _text(page: ClientConnection, kind: str) -> Any:
    async with asyncio.timeout(WITHIN_S):
        while True:
            frame = await page.recv()
            if isinstance(frame, str) and (said := json.loads(frame))["kind"] == kind:
                return said["message"]


async def _record(page: ClientConnection, what: int) -> Any:
    async with asyncio.timeout(WITHIN_S):
        while True:
            frame = await page.recv()
            if isinstance(frame, bytes):
                for record in records(frame):
                    if record.what == what:
                        return record


async def _closing(page: ClientConnection) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed) as closed:
        await _read_for_ever(page)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason


async def test_a_page_is_told_how_it_stands_and_then_what_is_new(serving: Serving) -> None:
    async with serving() as served:
        served.clinic.link.take("controller_status", messages.status("before"))
        async with served.page() as page:
            assert (await _text(page, "broker"))["connected"] is False
            assert (await _text(page, "controller_status"))["cause"] == "before"
            served.clinic.link.take("controller_status", messages.status("after"))
            served.clinic.link.take("signal", messages.signal(7))
            assert (await _text(page, "controller_status"))["cause"] == "after"
            assert (await _record(page, SIGNAL)).numbers[3] == 7


async def test_raw_samples_come_to_who_watches_them_alone(serving: Serving) -> None:
    async with serving() as served, served.page() as watching, served.page() as other:
        await served.until_pages(2)
        await watching.send(WATCH)
        while not served.hub._watching:
            await asyncio.sleep(0.01)
        served.clinic.link.take("emg", messages.emg(5))
        served.clinic.link.take("signal", messages.signal(1))
        assert (await _record(watching, EMG)).numbers[3] == 5
        async with asyncio.timeout(WITHIN_S):
            while not isinstance(frame := await other.recv(), bytes):
                pass
        assert [record.what for record in records(frame)] == [SIGNAL]
        await watching.send(json.dumps({"watch": []}))
        while served.hub._watching:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Origin": "http://elsewhere.example"}, 403),
        ({"Cookie": ""}, 403),
        ({"Cookie": "efferent_clinic=forged"}, 403),
    ],
)
async def test_who_is_not_signed_in_or_comes_from_elsewhere_gets_no_socket(
    serving: Serving, headers: dict[str, str], code: int
) -> None:
    async with serving() as served:
        with pytest.raises(InvalidStatus) as refused:
            async with served.page(**headers):
                pass
        assert refused.value.response.status_code == code
        assert served.hub.pages == 0


@pytest.mark.parametrize(
    "said",
    [
        "",
        "{",
        "null",
        "[]",
        '{"watch": "emg"}',
        '{"watch": ["command"]}',
        '{"watch": ["emg", "emg", "emg", "emg", "emg"]}',
        '{"watch": ["emg"], "stop": true}',
        '{"watch": [' + " " * 1000 + "]}",
        "[" * 400,
        "\x00",
        b"\x00\x01",
        b"",
    ],
)
async def test_what_cannot_be_understood_is_answered_with_a_sentence_and_a_close(
    serving: Serving, said: str | bytes
) -> None:
    async with serving() as served, served.page() as page:
        await page.send(said)
        assert "expected" in (await _text(page, "refused"))["detail"]
        code, reason = await _closing(page)
        assert code == 1008
        assert reason.startswith("expected")


async def test_a_page_that_talks_without_end_is_let_go(serving: Serving) -> None:
    async with serving() as served, served.page() as page:
        with pytest.raises(ConnectionClosed):
            await _talk(page)
        assert (await _closing(page))[0] == 1008


async def test_a_hundred_thousand_malformed_messages_leave_it_serving(serving: Serving) -> None:
    burst = b"".join(_frame(f'{{"watch": {index}}}'.encode()) for index in range(1_000))
    async with serving() as served, served.page() as good:
        await served.until_pages(1)
        for _ in range(100):
            await _until_refused(await _opened(served, burst))
        await served.until_pages(1)
        assert served.hub.malformed == 100  # each page is let go at its first
        served.clinic.link.take("signal", messages.signal(3))
        assert (await _record(good, SIGNAL)).numbers[3] == 3


async def test_a_page_that_does_not_read_delays_nobody_and_is_let_go(serving: Serving) -> None:
    async with serving() as served, served.page() as good:
        served.hub.stuck_after_s = 1.0
        lazy = await _opened(served, _frame(WATCH.encode()))
        try:
            while not served.hub._watching:
                await asyncio.sleep(0.01)
            (waiting,) = served.hub._watching
            index = most = 0
            async with asyncio.timeout(2 * WITHIN_S):
                while served.hub.pages == 2:
                    index += 1
                    served.clinic.link.take("emg", messages.emg(index * 33, channels=64))
                    served.clinic.link.take("signal", messages.signal(index))
                    if index % 20 == 1:  # the other page gets what is new all the while
                        async with asyncio.timeout(WITHIN_S):
                            while (await _record(good, SIGNAL)).numbers[3] < index:
                                pass
                    await asyncio.sleep(0.002)
                    most = max(most, *(len(kept) for kept in waiting._waiting.values()))
            assert most == DEPTHS["emg"]
            assert served.hub.stuck == 1
        finally:
            lazy.close()


async def test_pages_may_go_at_any_time(serving: Serving) -> None:
    async with serving() as served:
        feeding = asyncio.create_task(_feed(served))
        for turn in range(60):
            raw = await _opened(served, _frame(WATCH.encode()), first=None if turn % 2 else turn * 7)
            await asyncio.sleep(0.0007 * (turn % 13))
            raw.close()
        feeding.cancel()
        await asyncio.wait([feeding])
        await served.until_pages(0)
        async with served.page() as page:
            await served.until_pages(1)
            served.clinic.link.take("signal", messages.signal(3))
            await _record(page, SIGNAL)


async def test_who_is_signed_out_sees_no_more(serving: Serving) -> None:
    async with serving() as served:
        served.hub.check_every_s = 0.05
        async with served.page() as page:
            await served.until_pages(1)
            with served.clinic.store.session() as session:
                end_all_sign_ins(session, 1)
            assert await _closing(page) == (1008, "sign in again")


async def test_too_many_pages_are_told_to_come_later(serving: Serving) -> None:
    async with serving() as served:
        boxes = [served.hub.join() for _ in range(MOST_PAGES)]
        assert None not in boxes
        async with served.page() as page:
            assert (await _closing(page))[0] == 1013
        for box in boxes:
            assert box is not None
            served.hub.leave(box)
        assert served.hub.pages == 0


async def _read_for_ever(page: ClientConnection) -> None:
    async with asyncio.timeout(WITHIN_S):
        while True:
            await page.recv()


async def _talk(page: ClientConnection) -> None:
    for _ in range(10_000):
        await page.send(WATCH)
        await asyncio.sleep(0)


async def _feed(served: Served) -> None:
    index = 0
    while True:
        index += 1
        for name, make in (("signal", messages.signal), ("state", messages.state), ("command", messages.command)):
            served.clinic.link.take(name, make(index))
        served.clinic.link.take("controller_status", messages.status(str(index)))
        await asyncio.sleep(0.001)


async def _opened(served: Served, then: bytes, first: int | None = None) -> socket.socket:
    """Open a WebSocket by hand and send `then`, without reading; with `first` only so many bytes of all that."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(raw, ("127.0.0.1", served.port))
    lines = [
        "GET /api/live HTTP/1.1",
        f"Host: 127.0.0.1:{served.port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==",
        "Sec-WebSocket-Version: 13",
        *(f"{name}: {value}" for name, value in served.headers.items()),
    ]
    await loop.sock_sendall(raw, ("\r\n".join(lines) + "\r\n\r\n").encode()[:first])
    if first is None:
        assert (await loop.sock_recv(raw, 12)).endswith(b"101")
        await loop.sock_sendall(raw, then)
    return raw


async def _until_refused(raw: socket.socket) -> None:
    heard = b""
    with contextlib.suppress(ConnectionError):
        while b"expected" not in heard and (more := await asyncio.get_running_loop().sock_recv(raw, 65_536)):
            heard += more
    raw.close()


def _frame(words: bytes) -> bytes:
    """Return a masked text frame of RFC 6455 with fewer than 126 bytes."""
    return bytes([0x81, 0x80 | len(words), 0, 0, 0, 0]) + words
