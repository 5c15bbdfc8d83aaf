import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import aiomqtt
import psutil
import pytest

from sim.broker import BrokerKind, RunningBroker, answers_connect, start_broker
from sim.broker_embedded import EmbeddedBroker
from sim.errors import SimError

KINDS = ["embedded", pytest.param("mosquitto", marks=pytest.mark.mosquitto)]

OWNER = """
import sys, time
from sim.broker import start_broker
broker = start_broker(sys.argv[1])
print(broker.pid, broker.port, flush=True)
time.sleep(60)
"""

VERB = """
import argparse, sys
from cli import broker
parser = argparse.ArgumentParser()
broker.add_arguments(parser)
sys.exit(broker.run(parser.parse_args()))
"""


@pytest.fixture(params=KINDS)
def broker(request: pytest.FixtureRequest) -> Iterator[RunningBroker]:
    with start_broker(request.param) as running:
        yield running


def gone_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.01)
    return False


def test_answers_when_start_returns_and_is_gone_after_stop(broker: RunningBroker) -> None:
    assert broker.url == f"mqtt://127.0.0.1:{broker.port}"
    assert answers_connect(broker.port)
    broker.stop()
    assert not answers_connect(broker.port)
    assert not broker.alive
    assert broker.exit_code == 0
    assert broker.last_words == ()


async def test_carries_messages_of_both_qualities_and_keeps_retained_ones(broker: RunningBroker) -> None:
    async with aiomqtt.Client(broker.host, broker.port) as sender:
        await sender.publish("arm/status", b"ready", qos=1, retain=True)
        async with aiomqtt.Client(broker.host, broker.port) as receiver:
            await receiver.subscribe("arm/#", qos=1)
            await sender.publish("arm/command", b"0", qos=0)
            await sender.publish("arm/command", b"1", qos=1)
            received = [await asyncio.wait_for(anext(receiver.messages), 5) for _ in range(3)]
    assert [(str(message.topic), message.payload) for message in received] == [
        ("arm/status", b"ready"),
        ("arm/command", b"0"),
        ("arm/command", b"1"),
    ]
    assert received[0].retain


async def test_many_who_come_at_once_are_all_served_and_told_only_what_they_asked_for(broker: RunningBroker) -> None:
    """Newcomers subscribe while others are being welcomed, with retained messages about."""
    others = [f"other/{number}" for number in range(20)]

    async def come(name: str) -> tuple[str, int]:
        async with aiomqtt.Client(broker.host, broker.port) as newcomer:
            for number in range(4):
                await newcomer.subscribe(f"{name}/{number}", qos=1)
            await newcomer.publish(f"{name}/0", b"", qos=1)
            first = await asyncio.wait_for(anext(newcomer.messages), 5)
            return str(first.topic), len(newcomer.messages)

    async with aiomqtt.Client(broker.host, broker.port) as owner:
        for topic in others:
            await owner.subscribe(topic, qos=1)
            await owner.publish(topic, b"kept", qos=1, retain=True)
        for wave in range(3):
            names = [f"{wave}-{number}" for number in range(30)]
            assert await asyncio.gather(*map(come, names)) == [(f"{name}/0", 0) for name in names]


async def test_speaks_the_last_will_of_a_client_that_vanished(broker: RunningBroker) -> None:
    async with aiomqtt.Client(broker.host, broker.port) as receiver:
        await receiver.subscribe("arm/status", qos=1)
        body = b"\x00\x04MQTT\x04\x2e\x00\x3c" + b"\x00\x01c" + b"\x00\x0aarm/status" + b"\x00\x04lost"
        with socket.create_connection((broker.host, broker.port)) as vanishing:
            vanishing.sendall(bytes([0x10, len(body)]) + body)
            assert vanishing.recv(4) == b"\x20\x02\x00\x00"
        will = await asyncio.wait_for(anext(receiver.messages), 5)
        assert will.payload == b"lost"


@pytest.mark.parametrize("kind", KINDS)
def test_a_taken_port_is_refused_in_one_sentence(kind: BrokerKind) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SimError, match=rf"port {port} on 127.0.0.1 is taken.*another --port"):
            start_broker(kind, port)


@pytest.mark.parametrize("kind", KINDS)
def test_the_process_itself_tells_a_port_that_was_taken_meanwhile(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        command = [sys.executable, "-m", "sim.broker_process", kind, str(other.getsockname()[1]), str(os.getpid())]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as late:
            assert late.wait(20) == 3


@pytest.mark.parametrize("kind", KINDS)
def test_a_stopped_broker_can_be_started_again_on_its_port(kind: BrokerKind) -> None:
    with start_broker(kind) as first, socket.create_connection((first.host, first.port)):
        port = first.port
    with start_broker(kind, port) as second:
        assert second.port == port


def test_auto_takes_the_embedded_broker_where_mosquitto_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    with start_broker() as running:
        assert running.kind == "embedded"
    with pytest.raises(SimError, match="not on PATH"):
        start_broker("mosquitto")


def test_a_port_that_is_no_port_is_refused() -> None:
    with pytest.raises(SimError, match="0 to 65535, not 70000"):
        start_broker("embedded", 70000)


@pytest.mark.parametrize("kind", KINDS)
def test_outlives_the_thread_that_started_it(kind: BrokerKind) -> None:
    started: list[RunningBroker] = []
    starter = threading.Thread(target=lambda: started.append(start_broker(kind)))
    starter.start()
    starter.join()
    with started[0] as running:
        assert not running.wait(0.3)
        assert answers_connect(running.port)


@pytest.mark.parametrize("kind", KINDS)
def test_dies_with_an_owner_that_was_killed(kind: str) -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER, kind], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid, port = (int(word) for word in owner.stdout.readline().split())
        assert answers_connect(port)
        owner.kill()
        owner.wait()
        assert gone_within(pid, 5)
    assert not answers_connect(port)


async def test_ends_quietly_on_sigterm_with_clients_connected(broker: RunningBroker) -> None:
    keeper_pid = psutil.Process(broker.pid).ppid() if broker.kind == "mosquitto" else broker.pid

    async def listen_until_it_goes() -> None:
        async with aiomqtt.Client(broker.host, broker.port) as client:
            await client.subscribe("#")
            os.kill(keeper_pid, signal.SIGTERM)
            await anext(client.messages)

    with pytest.raises(aiomqtt.MqttError):
        await asyncio.wait_for(listen_until_it_goes(), 5)
    assert await asyncio.to_thread(broker.wait, 5)
    assert broker.exit_code == 0
    assert broker.last_words == ()


def test_a_killed_broker_is_noticed(broker: RunningBroker) -> None:
    os.kill(broker.pid, signal.SIGKILL)
    assert broker.wait(5)
    assert broker.exit_code != 0
    broker.stop()


@pytest.mark.mosquitto
def test_mosquitto_goes_even_when_its_keeper_is_killed() -> None:
    with start_broker("mosquitto") as running:
        os.kill(psutil.Process(running.pid).ppid(), signal.SIGKILL)
        assert running.wait(5)
        assert gone_within(running.pid, 5)


def test_a_frozen_broker_can_be_stopped(broker: RunningBroker) -> None:
    os.kill(broker.pid, signal.SIGSTOP)
    broker.stop(patience_s=0.2)
    assert gone_within(broker.pid, 1)


async def test_the_embedded_broker_sends_without_nagle() -> None:
    broker = EmbeddedBroker("127.0.0.1", 0)
    port = await broker.start()
    async with aiomqtt.Client("127.0.0.1", port):
        [(_session, handler)] = broker._broker._sessions.values()
        accepted: socket.socket = handler.writer._writer.get_extra_info("socket")
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
    await broker.stop()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("kind", KINDS)
def test_the_verb_prints_the_url_and_ends_with_zero(kind: str, number: signal.Signals) -> None:
    command = [sys.executable, "-W", "error", "-c", VERB, "--kind", kind, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as verb:
        assert verb.stdout is not None
        url = verb.stdout.readline().strip()
        assert url.startswith("mqtt://127.0.0.1:")
        port = int(url.rpartition(":")[2])
        assert answers_connect(port)
        assert kind in verb.stdout.readline()
        verb.send_signal(number)
        _rest, complaints = verb.communicate(timeout=10)
    assert (verb.returncode, complaints) == (0, "")
    assert not answers_connect(port)


def test_the_verb_says_when_its_broker_dies() -> None:
    command = [sys.executable, "-c", VERB, "--kind", "embedded", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as verb:
        assert verb.stdout is not None
        verb.stdout.readline()
        verb.stdout.readline()
        [broker_process] = psutil.Process(verb.pid).children()
        broker_process.kill()
        _rest, complaints = verb.communicate(timeout=10)
    assert verb.returncode == 1
    assert "ended by itself (exit code -9" in complaints
