"""A program that is sent everything that open pages with their raw view are, and throws it away.

python -m tests.rigs.page_readers COUNT HOST PORT COOKIE   (a line on stdin asks for the bytes read; its end ends it)

Browsers run on machines of their own. Here they share one with what is measured, so this takes as little of it as
can be: after its first frame each connection is looked at three times a second, and the system counts what has come
and throws it away. Nobody answers a ping, so the service lets go of such a page after half a minute or more.
"""

import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from websockets.client import ClientProtocol
from websockets.frames import Frame
from websockets.protocol import State
from websockets.uri import parse_uri

# They take what the others leave.
NICENESS = 19
LOOK_EVERY_S = 0.3
# More than a page is sent between two looks.
MOST_BYTES = 1 << 20
OPENS_WITHIN_S = 60.0
# What a page says that shows raw samples.
WATCH = b'{"watch": ["emg"]}'
_NOWHERE = bytearray(MOST_BYTES)


@contextmanager
def reading_pages(count: int, host: str, port: int, cookie: str) -> Iterator[Callable[[], int]]:
    """Open so many, in one process beside; gives what tells how many bytes they have read. Ends them with the block."""
    arguments = [str(count), host, str(port), cookie]
    command = [sys.executable, "-m", "tests.rigs.page_readers", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        stdin, stdout = process.stdin, process.stdout
        if stdin is None or stdout is None or not stdout.readline():
            raise RuntimeError(f"{count} readers did not get their first frames; see above")

        def read_bytes() -> int:
            stdin.write("\n")
            stdin.flush()
            return int(stdout.readline())

        try:
            yield read_bytes
        finally:
            stdin.close()


class _Page:
    """One connection. `read`: bytes that came after its first frame. Raises `RuntimeError` when it is let go."""

    def __init__(self, host: str, port: int, cookie: str) -> None:
        self.read = 0
        protocol = ClientProtocol(
            parse_uri(f"ws://{host}:{port}/api/live"),
            origin=f"http://{host}:{port}",  # type: ignore[arg-type]  # a NewType of str
        )
        self._socket = socket.create_connection((host, port), OPENS_WITHIN_S)
        request = protocol.connect()
        request.headers["Cookie"] = cookie
        protocol.send_request(request)
        self._send(protocol)
        while not any(isinstance(event, Frame) for event in protocol.events_received()):
            protocol.receive_data(self._socket.recv(MOST_BYTES))
            if protocol.handshake_exc is not None or protocol.state is State.CLOSED:
                raise RuntimeError(f"a page was not let in: {protocol.handshake_exc or protocol.close_exc}")
        protocol.send_text(WATCH)
        self._send(protocol)

    def look(self) -> None:
        """Count what has come."""
        with suppress(BlockingIOError):
            came = self._socket.recv_into(_NOWHERE, MOST_BYTES, socket.MSG_TRUNC | socket.MSG_DONTWAIT)
            if came == 0:
                raise RuntimeError("a page was let go")
            self.read += came

    def _send(self, protocol: ClientProtocol) -> None:
        for data in protocol.data_to_send():
            self._socket.sendall(data)


def _read(count: int, host: str, port: int, cookie: str) -> None:
    """Read until stdin ends."""
    pages = [_Page(host, port, cookie) for _ in range(count)]
    print("reading", flush=True)  # noqa: T201 - what it is for
    while True:
        for page in pages:
            page.look()
        if select.select([sys.stdin], [], [], 0.0)[0]:
            if not sys.stdin.readline():
                return
            print(sum(page.read for page in pages), flush=True)  # noqa: T201
        time.sleep(LOOK_EVERY_S)


if __name__ == "__main__":
    os.nice(NICENESS)
    _read(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4])
