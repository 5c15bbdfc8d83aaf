"""A provisioned broker: made by the verb that a person types, run by the mosquitto that it is for."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.main import main
from controller.broker_address import BrokerAddress
from controller.config_file import load_broker

PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Provisioned:
    """`folder`: what was provisioned. `log`: all that mosquitto said."""

    folder: Path
    log: Path

    def file_of(self, user: str) -> Path:
        """The file that a client is told its broker with."""
        return self.folder / user / "broker.toml"

    def address_of(self, user: str) -> BrokerAddress:
        return load_broker(self.file_of(user))

    def password_of(self, user: str) -> str:
        password = self.address_of(user).read_password()
        assert password is not None
        return password


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def provision(folder: Path, *more: str) -> int:
    return main(["broker", "provision", "--out", str(folder), *more])


@contextmanager
def provisioned_broker(
    folder: Path, *more: str, spoil: Callable[[Path], None] = lambda _: None
) -> Iterator[Provisioned]:
    """Provision into `folder/made` on a free port, with the arguments `more`, and run mosquitto until left.

    `spoil`: changes what was made before mosquitto reads it.
    """
    port = free_port()
    made = folder / "made"
    assert provision(made, "--port", str(port), *more) == 0
    spoil(made)
    configuration = made / "broker/mosquitto.conf"
    run = folder / "run.conf"
    text = configuration.read_text(encoding="utf-8")
    if os.geteuid() == 0:
        text += "user root\n"  # the test's folder belongs to root
    run.write_text(text, encoding="utf-8")
    executable = shutil.which("mosquitto")
    assert executable is not None
    log = folder / "mosquitto.log"
    with log.open("w") as words, subprocess.Popen([executable, "-c", run], stderr=words) as process:
        try:
            await_listening(port, process, log)
            yield Provisioned(made, log)
        finally:
            process.terminate()


def await_listening(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port)):
                return
        except ConnectionRefusedError:
            time.sleep(0.01)
    raise AssertionError(f"mosquitto refuses what was provisioned: {log.read_text(encoding='utf-8')}")
