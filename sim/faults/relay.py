"""A TCP connection that can be made bad: what stands between the controller and the broker in the fault suite."""

import asyncio
import contextlib
from collections.abc import Callable

_READ_BYTES = 65_536
_HOST = "127.0.0.1"


class Relay:
    """Passes bytes on between whoever connects to `port` and the port that `target` names at that moment.

    `delay_s`: both ways, in order. `swallows`: takes everything and passes nothing on, as a half-open connection does.
    """

    def __init__(self, target: Callable[[], int]) -> None:
        self.delay_s = 0.0
        self.swallows = False
        self.port = 0
        self._target = target
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen on a free port of this machine."""
        self._server = await asyncio.start_server(self._take, _HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """End every connection and listen no more."""
        if self._server is not None:
            self._server.close()
        self.drop()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def drop(self) -> None:
        """End every connection; whoever had one may connect again."""
        for writer in self._writers:
            writer.transport.abort()

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(serving)
        serving.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there_reader, there_writer = await asyncio.open_connection(_HOST, self._target())
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, there_writer}
        ways = [
            asyncio.create_task(self._pass_on(reader, there_writer)),
            asyncio.create_task(self._pass_on(there_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for each in (writer, there_writer):
                each.transport.abort()
                self._writers.discard(each)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        sending = asyncio.create_task(self._send(under_way, writer))
        clock = asyncio.get_running_loop().time
        try:
            with contextlib.suppress(OSError):
                while data := await reader.read(_READ_BYTES):
                    if not self.swallows:
                        under_way.put_nowait((clock() + self.delay_s, data))
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def _send(self, under_way: "asyncio.Queue[tuple[float, bytes]]", writer: asyncio.StreamWriter) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            due_s, data = await under_way.get()
            if due_s > clock():
                await asyncio.sleep(due_s - clock())
            writer.write(data)
