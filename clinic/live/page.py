"""One open page: what it is sent, what it says, and when it is let go."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.websockets import WebSocket, WebSocketDisconnect

from clinic.live.hub import LiveHub
from clinic.live.outbox import Outbox
from clinic.live.page_words import Ear, NotUnderstoodError
from clinic.live.told import text_frame
from controller.tasks import end_task

CLOSE_WITHIN_S = 1.0
# Codes of RFC 6455: against our rules; come again later.
POLICY, LATER = 1008, 1013


@dataclass(slots=True)
class Page:
    """`unwelcome`: why who opened it may not look any more, or nothing; asked again and again."""

    socket: WebSocket
    hub: LiveHub
    outbox: Outbox
    unwelcome: Callable[[], Awaitable[str]]
    _ear: Ear = field(default_factory=Ear)

    async def serve(self) -> None:
        """Serve until the page goes, breaks a rule, does not read, or may not look any more."""
        tasks = [asyncio.create_task(part) for part in (self._read(), self._write(), self._check())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            reasons = [task.result() for task in done]
        finally:
            for task in tasks:
                await end_task(task)
        if all(reasons):
            await refuse(self.socket, POLICY, reasons[0])

    async def _read(self) -> str:
        while True:
            message = await self.socket.receive()
            if message["type"] == "websocket.disconnect":
                return ""
            try:
                words = self._ear.hear(message.get("text"))
            except NotUnderstoodError as error:
                self.hub.malformed += 1
                return str(error)
            self.hub.watch_page(self.outbox, "emg" in words.watch)

    async def _write(self) -> str:
        try:
            while True:
                await self.outbox.filled.wait()
                texts, records = self.outbox.take()
                async with asyncio.timeout(self.hub.stuck_after_s):
                    for text in texts:
                        await self.socket.send_text(text)
                    if records:
                        await self.socket.send_bytes(records)
                await self.hub.turns.wait()
        except TimeoutError:
            self.hub.stuck += 1
            return f"the page has read nothing for {self.hub.stuck_after_s:g} s"
        except (WebSocketDisconnect, RuntimeError):  # Starlette's word for: it has been closed meanwhile
            return ""

    async def _check(self) -> str:
        while True:
            await asyncio.sleep(self.hub.check_every_s)
            if reason := await self.unwelcome():
                return reason


async def refuse(socket: WebSocket, code: int, reason: str) -> None:
    """Say why in a sentence, and close; a page that takes neither is let go all the same."""
    with contextlib.suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
        async with asyncio.timeout(CLOSE_WITHIN_S):
            await socket.send_text(text_frame("refused", {"detail": reason}))
            await socket.close(code, reason)
