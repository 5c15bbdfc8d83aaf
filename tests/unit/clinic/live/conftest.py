"""The clinic's application as it is served, on a port of its own."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import pytest
import uvicorn
from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection, connect

from clinic.live.hub import LiveHub
from clinic.parts import Clinic
from clinic.security.signed_in import COOKIE, begin_sign_in
from clinic.store.tables.people import Account
from controller.tasks import end_task

from ..conftest import CLINICIAN_NAME

Serving = Callable[[], AbstractAsyncContextManager["Served"]]


@dataclass(slots=True)
class Served:
    """A running service, and somebody who is signed in."""

    port: int
    cookie: str
    clinic: Clinic

    @property
    def hub(self) -> LiveHub:
        return self.clinic.live

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": f"{COOKIE}={self.cookie}", "Origin": f"http://127.0.0.1:{self.port}"}

    def page(self, **changed: str) -> connect:
        """Open a page's WebSocket."""
        return connect(f"ws://127.0.0.1:{self.port}/api/live", additional_headers=self.headers | changed)

    async def until_pages(self, count: int) -> None:
        async with asyncio.timeout(60):
            while self.hub.pages != count:
                await asyncio.sleep(0.01)


@pytest.fixture
def serving(app: FastAPI, clinic: Clinic) -> Serving:
    @asynccontextmanager
    async def served() -> AsyncIterator[Served]:
        with clinic.store.session() as session:
            account = session.query(Account).filter_by(name=CLINICIAN_NAME).one()
            cookie = begin_sign_in(clinic, session, account)
        listener = socket.socket()
        # As the service does, so that what a page does not read is soon noticed.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="error", ws_per_message_deflate=False, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve([listener]))
        try:
            while not server.started:
                await asyncio.sleep(0.01)
            yield Served(listener.getsockname()[1], cookie, clinic)
        finally:
            server.should_exit = True
            async with asyncio.timeout(60):
                await asyncio.wait([task])
            await end_task(task)
            listener.close()

    return served


__all__ = ["ClientConnection", "Served", "Serving"]
