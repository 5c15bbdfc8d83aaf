"""Messages that no page ever sends: to the API, on the WebSocket, and to the port itself."""

import http.client
import json
import random
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import connect

from clinic.api import ROUTERS

# Values that programs trip over. No number here is the id of anything.
VALUES: tuple[Any, ...] = (
    None, True, "", " ", "null", -1, -(2**63), 2**63, 2**1000, 1e308, -1e308, float("nan"), float("inf"), 10**9 + 7,
    [], [[]], {}, {"": {}}, "\x00", "\ud800", "ä" * 40, "x" * 3000, "../../etc/passwd", "' OR 1=1 --", "<script>",
    ["x"] * 300, {"a": {"b": {"c": [None]}}}, "1e999", "-0", "9999-99-99T99:99:99",
)  # fmt: skip
# None is empty: some things are done without a body.
BODIES = (
    b"{", b"[]]", b"nul", b"\xff\xfe\x00", b"{\"a\":}", b"[" * 2000, b"{\"a\":" * 500 + b"1", b"\x00" * 64,
    b"\"" + b"x" * 20_000 + b"\"", b"NaN", b"1e999", b"\xf0\x28\x8c\x28",
)  # fmt: skip
LINES = (
    b"\x00\x01\x02\x03\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"POST /api/sign-in HTTP/1.1\r\n"
    b"Host: x\r\nContent-Length: -5\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"A" * 5000,
    b"GET /api/live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    b"POST /api/sign-in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
)  # fmt: skip
PATIENCE_S = 20.0
# Messages on one WebSocket, of which the service need read no more than the first.
AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that the API does. `fields`: names in its body; None where it takes none."""

    method: str
    path: str
    fields: tuple[str, ...] | None


def operations() -> list[Operation]:
    """Return everything in the API's own description. Not in two threads at once: FastAPI silences warnings."""
    app = FastAPI()
    for router in ROUTERS:
        app.include_router(router)
    description = app.openapi()
    schemas = description.get("components", {}).get("schemas", {})
    found = []
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody")
            found.append(Operation(method.upper(), path, None if body is None else _fields(body, schemas)))
    return found


def _fields(body: dict[str, Any], schemas: dict[str, Any]) -> tuple[str, ...]:
    schema = body["content"].get("application/json", {}).get("schema", {})
    name = str(schema.get("$ref", "")).rsplit("/", 1)[-1]
    return tuple(schemas.get(name, schema).get("properties", {}))


@dataclass(slots=True)
class Flood:
    """Sends malformed messages as somebody who is signed in.

    `token`: against forged requests; what takes no body, and so cannot be malformed, goes without it. `answers`: HTTP
    status → how often.
    """

    host: str
    port: int
    cookie: str
    token: str
    known: list[Operation]
    chance: random.Random
    answers: dict[int, int]

    def to_api(self, count: int) -> None:
        """Send requests, one after the other, over connections that are kept as long as the service keeps them."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE_S)
        for _ in range(count):
            operation = self.chance.choice(self.known)
            method, path, body, headers = self._request(operation)
            try:
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                answer.read()
            except (http.client.HTTPException, OSError):
                # It hung up on us, as it may; that it still answers is what the next request shows.
                connection.close()
                continue
            self.answers[answer.status] = self.answers.get(answer.status, 0) + 1
        connection.close()

    def to_socket(self, count: int) -> int:
        """Send messages on the WebSocket, coming back when it is closed on us; return how often it was opened.

        Raises `TimeoutError` where it is not closed.
        """
        opened, sent = 0, 0
        messages = self._messages()
        while sent < count:
            opened += 1
            try:
                with connect(
                    f"ws://{self.host}:{self.port}/api/live",
                    additional_headers={"Cookie": self.cookie},
                    origin=f"http://{self.host}:{self.port}",  # type: ignore[arg-type]  # a NewType of str
                    open_timeout=PATIENCE_S,
                    max_queue=4,
                ) as connection:
                    for _ in range(AT_ONCE):
                        sent += 1
                        connection.send(next(messages))
                    while True:  # until it is closed on us, for the first of them
                        connection.recv(PATIENCE_S)
            except (ConnectionClosed, InvalidHandshake, OSError):
                continue
        return opened

    def to_port(self, count: int) -> None:
        """Send what is no HTTP, on a connection of its own each."""
        for _ in range(count):
            with socket.create_connection((self.host, self.port), timeout=PATIENCE_S) as raw:
                raw.sendall(self.chance.choice(LINES))

    def _request(self, operation: Operation) -> tuple[str, str, bytes | None, dict[str, str]]:
        path = re.sub(r"\{\w+\}", lambda _: self._word(), operation.path)
        if self.chance.random() < 0.5:
            path += f"?{self._word()}={self._word()}"
        headers = {"Cookie": self.cookie}
        if operation.fields is None:
            return operation.method, path, None, headers
        headers |= {"X-CSRF-Token": self.token, "Content-Type": "application/json"}
        return operation.method, path, self._body(operation.fields), headers

    def _word(self) -> str:
        value = self.chance.choice(VALUES)
        text = value if isinstance(value, str) else json.dumps(value)
        return quote(text.encode("utf-8", "replace")[:300], safe="") or "-"

    def _body(self, fields: tuple[str, ...]) -> bytes:
        if self.chance.random() < 0.3:
            return self.chance.choice(BODIES)
        junk = {name: self.chance.choice(VALUES) for name in fields if self.chance.random() < 0.8}
        # A field that nobody knows: whatever the others say by chance, it must be refused.
        return json.dumps(junk | {"nobody_knows_this": self.chance.choice(VALUES)}).encode()

    def _messages(self) -> Iterator[str | bytes]:
        while True:
            kind = self.chance.randrange(4)
            if kind == 0:
                yield self.chance.choice(BODIES)
            elif kind == 1:
                yield self.chance.choice(BODIES).decode("utf-8", "replace")
            elif kind == 2:
                yield json.dumps({"kind": self.chance.choice(VALUES), "message": self.chance.choice(VALUES)})
            else:
                yield json.dumps(self.chance.choice(VALUES))
