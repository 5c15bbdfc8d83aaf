"""Serial ports behind a network address: plain bytes over TCP, or RFC 2217. Neither has any security."""

import select
import socket
import sys
from urllib.parse import urlsplit

import serial
from serial.rfc2217 import Serial as Rfc2217Client

from drivers.errors import PortMissingError, SettingsError, SourceNotFoundError

try:
    from fcntl import ioctl
    from termios import TIOCOUTQ
except ImportError:  # Windows
    TELLS_UNSENT = False
else:
    TELLS_UNSENT = True

SOCKET, RFC2217 = "socket", "rfc2217"
# A machine in the same room answers within milliseconds; pyserial waits as long for RFC 2217.
CONNECT_S = 5.0
# How long the other end may take to agree to RFC 2217, and as long again to its settings.
AGREE_S = 3.0
# A device that loses its radio or power says nothing any more: asked after so much silence, and so often again, the
# connection is found dead within about 5 s.
SILENCE_S, ASK_EVERY_S, UNANSWERED = 2, 1, 3


def is_network(port: str) -> bool:
    """Whether the port is an address rather than a name."""
    return "://" in port


def open_network(port: str, baud: int, blocking_s: float) -> "SocketPort | Rfc2217Port":
    """Connect to `socket://host:port` or `rfc2217://host:port`, reads and writes bounded by `blocking_s`.

    Over a plain socket the other end knows its baud rate. Takes up to `CONNECT_S`, for RFC 2217
    several times `AGREE_S` more.
    Raises `PortMissingError` where nobody listens, `SourceNotFoundError` where the other end does not speak RFC 2217,
    `SettingsError` for another address.
    """
    scheme, host, number = _parts(port)
    try:
        if scheme == SOCKET:
            return SocketPort(port, socket.create_connection((host, number), CONNECT_S), blocking_s)
        return Rfc2217Port(f"{port}?timeout={AGREE_S:g}", baud, timeout=blocking_s)
    except OSError as error:
        text = str(error)
        if scheme == RFC2217 and "Could not open port" not in text:
            raise SourceNotFoundError(
                f"{port} answers, but not as RFC 2217 says ({text}); if it hands on plain bytes, use socket://"
            ) from error
        raise PortMissingError(
            f"nobody takes a connection at {port} ({text}); is the other end on, and are address and port right?"
        ) from error
    except ValueError as error:
        raise SettingsError(f"{port} cannot do {baud} baud ({error}); give a rate that the device uses") from error


class SocketPort:
    """A TCP connection with the face of a serial port."""

    def __init__(self, name: str, connection: socket.socket, blocking_s: float) -> None:
        self.name = name
        self.is_open = True
        self._connection, self._blocking_s = connection, blocking_s
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _keep_alive(connection)

    @property
    def in_waiting(self) -> int:
        """Bytes that can be read at once; up to 64 kB are seen."""
        try:
            return len(self._connection.recv(1 << 16, socket.MSG_PEEK))
        except BlockingIOError:
            return 0

    @property
    def out_waiting(self) -> int:
        """Bytes that the other end has not confirmed; 0 on systems that do not tell."""
        return int.from_bytes(ioctl(self._connection, TIOCOUTQ, bytes(4)), sys.byteorder) if TELLS_UNSENT else 0

    def fileno(self) -> int:
        """Return the socket's descriptor."""
        return self._connection.fileno()

    def read(self, size: int = 1, /) -> bytes:
        """Wait for bytes and return what has come, nothing after `blocking_s`. Raises `OSError` when it was closed."""
        if size == 0 or not select.select([self._connection], [], [], self._blocking_s)[0]:
            return b""
        data = self._connection.recv(size)
        if not data:
            raise OSError("the other end closed the connection")
        return data

    def write(self, data: bytes, /) -> int:
        """Send bytes, all within `blocking_s`. Raises `SerialTimeoutException` or `OSError`."""
        left = memoryview(data)
        while left:
            if not select.select([], [self._connection], [], self._blocking_s)[1]:
                raise serial.SerialTimeoutException("the other end does not take what is sent")
            left = left[self._connection.send(left) :]
        return len(data)

    def close(self) -> None:
        """Close the connection. May be called twice."""
        self.is_open = False
        self._connection.close()


class Rfc2217Port(Rfc2217Client):
    """pyserial's client, but its writes do not wait for seconds, and it closes a socket whose other end is gone."""

    _socket: socket.socket | None

    def open(self) -> None:
        """Connect and agree on the settings."""
        super().open()
        if self._socket is not None:
            _keep_alive(self._socket)
            self._socket.settimeout(self.timeout)

    def close(self) -> None:
        """Close the connection; takes 0.3 s. May be called twice."""
        connection = self._socket
        super().close()
        if connection is not None:
            connection.close()


def _parts(port: str) -> tuple[str, str, int]:
    """Return scheme, host and port number."""
    try:
        url = urlsplit(port)
        scheme, host, number = url.scheme, url.hostname, url.port
    except ValueError:
        scheme, host, number = "", None, None
    if scheme not in (SOCKET, RFC2217) or not host or not number or url.path.strip("/") or url.query or url.username:
        raise SettingsError(
            f"a port behind a network is {SOCKET}://host:port or {RFC2217}://host:port, "
            f"such as {SOCKET}://127.0.0.1:5000; got '{port}'"
        )
    return scheme, host, number


def _keep_alive(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", SILENCE_S), ("TCP_KEEPINTVL", ASK_EVERY_S), ("TCP_KEEPCNT", UNANSWERED)):
        if hasattr(socket, name):  # macOS names the first otherwise
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
