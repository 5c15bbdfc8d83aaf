"""The server around the application."""

import contextlib
import signal
import socket
import ssl
import sys
from collections.abc import Awaitable, Callable, Generator

import uvicorn

from cli.clinic.stand_back import come_second, keep_off
from cli.errors import UsageError
from cli.exit_codes import WELL
from clinic.app import create_app, create_clinic
from clinic.parts import Clinic
from clinic.settings import ClinicSettings
from controller.garbage import settle_garbage

# A page that does not read is let go instead of remembered.
BACKLOG = 64
# Of the kernel, for each connection (it doubles it): a page that does not read falls so far behind, not by megabytes.
SEND_BUFFER = 131_072
# What a page has not acknowledged for so long, it will not; without it a browser that hangs keeps its connection.
UNREAD_FOR_MS = 30_000


class _Server(uvicorn.Server):
    """Tells its address once it answers there.

    uvicorn's own raises a signal again once it has closed, which would end the process before its parts are.
    """

    def __init__(self, config: uvicorn.Config, address: str) -> None:
        super().__init__(config)
        self._address = address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            settle_garbage()
            print(f"the clinic is at {self._address}", flush=True)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def serve(settings: ClinicSettings, beside: Callable[[Clinic], Callable[[], Awaitable[None]]] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; prints the address once it is open. `beside`: makes what else runs as long."""
    _refuse_bad_certificate(settings)
    come_second()
    clinic = create_clinic(settings)
    keep_off(clinic.run.process.cores)
    app = create_app(clinic, {} if beside is None else {"beside": beside(clinic)})
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_FOR_MS)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        raise UsageError(f"cannot listen on {settings.host} port {settings.port}: {error.strerror}") from error
    address = f"http{'s' if settings.secure else ''}://{settings.host}:{listener.getsockname()[1]}/"
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        ws_max_size=65_536,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=2,
        proxy_headers=False,  # nobody but the socket says where a request comes from
        ssl_certfile=settings.certificate,
        ssl_keyfile=settings.key,
    )
    with contextlib.suppress(KeyboardInterrupt):
        _Server(config, address).run(sockets=[listener])
    print("the clinic has closed", file=sys.stderr)
    return WELL


def _refuse_bad_certificate(settings: ClinicSettings) -> None:
    if settings.certificate is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.certificate, settings.key)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"expected a certificate in {settings.certificate} and its key in {settings.key}, both as PEM, "
            f"cannot use them: {getattr(error, 'strerror', None) or error}"
        ) from error
