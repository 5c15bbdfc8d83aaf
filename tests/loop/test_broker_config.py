"""The broker configuration that we ship, in the mosquitto that it is for."""

import asyncio
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import aiomqtt
import pytest

CONFIGS = Path(__file__).resolve().parents[2] / "configs/broker"
USERS = ("controller", "arm", "clinic", "viewer")
PATIENCE_S = 30.0

pytestmark = [
    pytest.mark.mosquitto,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed: no certificate to test with"),
]


def program(name: str) -> str:
    found = shutil.which(name)
    assert found is not None, f"{name} is not installed"
    return found


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """The shipped files, moved from /etc to a folder of the test; port and certificate of the broker."""
    folder = tmp_path_factory.mktemp("broker")
    certificate = folder / "broker.pem"
    request = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    files = ["-keyout", str(folder / "broker.key"), "-out", str(certificate)]
    subprocess.run([program("openssl"), *request.split(), *files], check=True, capture_output=True)
    shutil.copy(certificate, folder / "ca.pem")
    shutil.copy(CONFIGS / "acl", folder / "acl")
    (folder / "passwords").touch(0o600)
    for user in USERS:
        subprocess.run([program("mosquitto_passwd"), "-b", folder / "passwords", user, f"{user}'s word"], check=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    text = (CONFIGS / "mosquitto.conf").read_text(encoding="utf-8")
    text = text.replace("/etc/mosquitto/efferent", str(folder)).replace("listener 8883", f"listener {port} 127.0.0.1")
    if os.geteuid() == 0:
        text += "user root\n"  # the test's folder belongs to root
    (folder / "mosquitto.conf").write_text(text, encoding="utf-8")
    with subprocess.Popen(
        [program("mosquitto"), "-c", folder / "mosquitto.conf"], stderr=subprocess.DEVNULL
    ) as process:
        yield port, certificate
        process.terminate()


def client(broker: tuple[int, Path], user: str, password: str = "") -> aiomqtt.Client:
    port, certificate = broker
    tls = ssl.create_default_context(cafile=str(certificate))
    return aiomqtt.Client(
        "localhost", port, username=user, password=password or f"{user}'s word", tls_context=tls, timeout=PATIENCE_S
    )


@pytest.fixture(autouse=True)
async def listening(broker: tuple[int, Path]) -> None:
    for _ in range(500):
        try:
            with socket.create_connection(("127.0.0.1", broker[0])):
                return
        except ConnectionRefusedError:
            await asyncio.sleep(0.01)
    pytest.fail("mosquitto refuses the shipped configuration")


async def heard_by_arm(broker: tuple[int, Path], sender: str) -> list[str]:
    """What of command, change of mode and stop the arm hears when `sender` publishes all three."""
    heard: list[str] = []
    async with client(broker, "arm") as arm, client(broker, sender) as other:
        for topic in ("command", "mode/set", "stop"):
            await arm.subscribe(f"efferent/v1/left/{topic}", qos=1)
        for topic in ("command", "mode/set", "stop"):
            await other.publish(f"efferent/v1/left/{topic}", b"{}", qos=1)
        async with asyncio.timeout(PATIENCE_S):
            async for message in arm.messages:
                heard.append(str(message.topic).removeprefix("efferent/v1/left/"))
                if heard[-1] == "stop":  # the last one sent, which everyone may
                    break
    return heard


@pytest.mark.parametrize(
    ("sender", "heard"),
    [
        ("controller", ["command", "stop"]),
        ("clinic", ["mode/set", "stop"]),
        ("viewer", ["stop"]),
        ("arm", ["stop"]),
    ],
)
async def test_only_the_controller_moves_the_arm_and_everyone_may_stop_it(
    broker: tuple[int, Path], sender: str, heard: list[str]
) -> None:
    assert await heard_by_arm(broker, sender) == heard


@pytest.mark.parametrize(("user", "password"), [("controller", "wrong"), ("stranger", "any")])
async def test_a_wrong_password_and_a_stranger_are_refused(broker: tuple[int, Path], user: str, password: str) -> None:
    with pytest.raises(aiomqtt.MqttError, match=r"[Nn]ot authori[sz]ed"):
        async with client(broker, user, password):
            pass


async def test_what_is_not_encrypted_is_not_answered(broker: tuple[int, Path]) -> None:
    with pytest.raises(aiomqtt.MqttError):
        async with aiomqtt.Client("127.0.0.1", broker[0], timeout=1.0):
            pass
