"""An MQTT broker for this machine alone: ready when `start_broker` returns, gone when its owner is."""

import errno
import os
import shutil
import socket
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Self

from sim.broker_keeper import BrokerKeeper
from sim.broker_process import EXIT_PORT_TAKEN, HOST, port_fault
from sim.errors import SimError

BrokerKind = Literal["auto", "embedded", "mosquitto"]

# CONNECT of MQTT 3.1.1: clean session, keep-alive 10 s, an empty client id; and the CONNACK that accepts it.
_CONNECT = bytes.fromhex("10 0c 00 04 4d 51 54 54 04 02 00 0a 00 00")
_CONNACK_ACCEPTED = bytes.fromhex("20 02 00 00")
_DISCONNECT = bytes.fromhex("e0 00")

# Another process takes a port between our look and mosquitto's once in thousands; four in a row is something else.
_ATTEMPTS = 4
_PROBE_S = 1.0
_PROBE_EVERY_S = 0.01
_PATIENCE_S = 2.0


@dataclass(slots=True)
class RunningBroker:
    """A broker that answers on `host`:`port`, for this machine only and without a password.

    `pid` is the process that speaks MQTT (mosquitto's own, not its keeper's): freeze or kill it to test faults.
    """

    kind: Literal["embedded", "mosquitto"]
    host: str
    port: int
    pid: int
    _keeper: BrokerKeeper = field(repr=False)

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"mqtt://{self.host}:{self.port}"

    @property
    def alive(self) -> bool:
        """Whether the broker's process still runs."""
        return not self._keeper.over

    @property
    def exit_code(self) -> int | None:
        """How the process ended: 0 in order, None while it runs."""
        return self._keeper.exit_code

    @property
    def last_words(self) -> tuple[str, ...]:
        """The last lines the broker wrote to its stderr."""
        return tuple(self._keeper.last_words)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the broker has ended by itself; False when `timeout_s` passed first."""
        return self._keeper.wait_over(timeout_s)

    def stop(self, patience_s: float = 6.0) -> None:
        """End the broker and wait for it; kills it after `patience_s`. May be called twice, from any thread."""
        self._keeper.end(patience_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_broker(kind: BrokerKind = "auto", port: int = 0, *, ready_within_s: float = 10.0) -> RunningBroker:
    """Start a broker on 127.0.0.1 and return once it has answered an MQTT CONNECT.

    `auto` takes mosquitto where it is on PATH and the embedded broker elsewhere; port 0 takes a free one.
    Blocks the calling thread for some 0.1-0.5 s. Raises `SimError` when the port is taken, when mosquitto is asked for
    and not installed, and when nothing answers in time.
    """
    chosen = _choose(kind)
    _refuse_unusable(port)
    for _attempt in range(_ATTEMPTS):
        keeper = BrokerKeeper(chosen, port if port or chosen == "embedded" else _free_port())
        keeper.start()
        try:
            said = _wait_until_ready(keeper, time.monotonic() + ready_within_s)
        except BaseException:
            keeper.end(_PATIENCE_S)
            raise
        if said:
            return RunningBroker(kind=chosen, host=HOST, port=said["port"], pid=said["pid"], _keeper=keeper)
        keeper.end(_PATIENCE_S)
        if keeper.exit_code != EXIT_PORT_TAKEN:
            raise SimError(
                f"the {chosen} broker did not answer within {ready_within_s:g} s (exit code {keeper.exit_code}, it "
                f"said: {'; '.join(keeper.last_words) or 'nothing'}); try --kind {_other(chosen)}"
            )
        _refuse_unusable(port)
    raise SimError(f"the {chosen} broker found {_ATTEMPTS} ports taken one after another; pass a --port that is free")


def _choose(kind: BrokerKind) -> Literal["embedded", "mosquitto"]:
    # it gets its configuration through /dev/stdin, which Windows does not have
    has_mosquitto = os.name == "posix" and shutil.which("mosquitto") is not None
    if kind == "mosquitto" and not has_mosquitto:
        raise SimError("mosquitto is not on PATH; install it, or use --kind embedded, which needs nothing")
    if kind == "auto":
        return "mosquitto" if has_mosquitto else "embedded"
    return kind


def _other(kind: str) -> str:
    return "embedded" if kind == "mosquitto" else "mosquitto"


def _refuse_unusable(port: int) -> None:
    if not 0 <= port <= 65535:
        raise SimError(f"a port is a number from 0 to 65535, not {port}; 0 takes a free one")
    fault = port_fault(port)
    if fault is None:
        return
    if fault.errno == errno.EADDRINUSE:
        raise SimError(
            f"port {port} on {HOST} is taken, most likely by another broker (`ss -ltnp 'sport = :{port}'` tells): "
            "stop that one, use it by its url, or pass another --port, where 0 takes a free one"
        ) from fault
    raise SimError(f"port {port} on {HOST} cannot be used ({fault}); pass a --port above 1023, or 0 for a free one")


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(keeper: BrokerKeeper, deadline_s: float) -> dict[str, int]:
    """Return the process's hello once its port answers MQTT; empty when it ended or the time is over."""
    said = keeper.hello(deadline_s - time.monotonic())
    while said and not keeper.over and time.monotonic() < deadline_s:
        # alive *after* the answer: had the port been someone else's, ours would have ended
        if answers_connect(said["port"]) and not keeper.over:
            return said
        time.sleep(_PROBE_EVERY_S)
    return {}


def answers_connect(port: int) -> bool:
    """Tell whether an MQTT broker on this machine accepts an anonymous client at `port`."""
    try:
        with socket.create_connection((HOST, port), timeout=_PROBE_S) as connection:
            connection.sendall(_CONNECT)
            answer = b""
            while len(answer) < len(_CONNACK_ACCEPTED) and (more := connection.recv(4)):
                answer += more
            connection.sendall(_DISCONNECT)
    except OSError:
        return False
    return answer == _CONNACK_ACCEPTED
