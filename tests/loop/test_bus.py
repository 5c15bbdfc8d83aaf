import asyncio
import json
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiomqtt
import pytest

from controller.broker_address import BrokerAddress
from controller.bus import OUTBOX_LENGTH, Bus, Outgoing
from controller.contract.message import MAX_PAYLOAD_BYTES, TOO_LARGE
from controller.errors import BusError
from controller.tasks import end_task
from sim.broker import RunningBroker, start_broker


class Heard:
    """Keeps what a bus was told."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, bytes]] = []
        self.links: list[bool] = []
        self.faults: list[str] = []

    def message(self, topic: str, payload: bytes) -> None:
        self.messages.append((topic, payload))


def topic() -> str:
    return f"efferent/v1/test/{secrets.token_hex(4)}"


@asynccontextmanager
async def joined(
    url: str, heard: Heard, subscriptions: list[tuple[str, int]], will: Outgoing | None = None
) -> AsyncIterator[Bus]:
    bus = Bus(
        BrokerAddress(url=url, connect_timeout_s=2.0),
        f"test-{secrets.token_hex(4)}",
        subscriptions,
        heard.message,
        heard.links.append,
        will,
        on_fault=heard.faults.append,
    )
    first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(bus.run(first))
    try:
        await first
        yield bus
    finally:
        await end_task(task)


async def until(what: Callable[[], bool], within_s: float = 10.0) -> None:
    async with asyncio.timeout(within_s):
        while not what():
            await asyncio.sleep(0.01)


async def test_both_ways_of_publishing_arrive_in_order(broker: RunningBroker) -> None:
    heard, one = Heard(), topic()
    async with joined(broker.url, heard, [(one, 1)]) as bus:
        for number in range(50):
            assert bus.publish_now(one, b"%d" % number)
            await asyncio.sleep(0)
        await until(lambda: len(heard.messages) == 50)
        bus.post(one, b"posted")
        await until(lambda: len(heard.messages) == 51)
    assert [payload for _, payload in heard.messages] == [*(b"%d" % number for number in range(50)), b"posted"]


async def test_every_socket_sends_at_once(broker: RunningBroker) -> None:
    async with joined(broker.url, Heard(), []) as bus:
        assert bus._client is not None
        connection = bus._client._client.socket()
        assert isinstance(connection, socket.socket)
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


async def test_retained_state_is_there_for_late_comers_and_the_will_replaces_it(broker: RunningBroker) -> None:
    one = topic()
    will = Outgoing(one, b"lost", retain=True)
    bus = Bus(BrokerAddress(url=broker.url), f"test-{secrets.token_hex(4)}", [], Heard().message, will=will)
    first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(bus.run(first))
    await first
    bus.post(one, b"running", retain=True)
    watching = Heard()
    async with joined(broker.url, watching, [(one, 1)]):
        await until(lambda: (one, b"running") in watching.messages)
        assert bus._client is not None
        connection = bus._client._client.socket()
        assert isinstance(connection, socket.socket)
        connection.shutdown(socket.SHUT_RDWR)  # gone without a word
        await until(lambda: (one, b"lost") in watching.messages)
    await end_task(task)


async def test_farewell_is_sent_on_the_way_out(broker: RunningBroker) -> None:
    one, heard = topic(), Heard()
    async with joined(broker.url, heard, [(one, 1)]):
        async with joined(broker.url, Heard(), [], Outgoing(one, b"lost")) as bus:
            bus.farewell(Outgoing(one, b"ended"))
        await until(lambda: bool(heard.messages))
        await asyncio.sleep(0.2)
    assert heard.messages == [(one, b"ended")]


class LosesACancellation(Bus):
    """As `asyncio.wait_for` does until Python 3.12."""

    async def _send_posted(self, client: aiomqtt.Client) -> None:  # noqa: ARG002 - the signature it replaces
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()


async def test_the_last_words_are_said_although_a_cancellation_gets_lost(broker: RunningBroker) -> None:
    one, heard = topic(), Heard()
    async with joined(broker.url, heard, [(one, 1)]):
        bus = LosesACancellation(BrokerAddress(url=broker.url), f"test-{secrets.token_hex(4)}", [], heard.message)
        bus.farewell(Outgoing(one, b"ended"))
        task = asyncio.create_task(bus.run())
        await until(lambda: bus.connected)
        await end_task(task)
        await until(lambda: bool(heard.messages))
    assert heard.messages == [(one, b"ended")]


async def test_oversized_payloads_are_not_looked_at_and_counted(broker: RunningBroker) -> None:
    one, heard = topic(), Heard()
    async with joined(broker.url, heard, [(one, 1)]) as bus, joined(broker.url, Heard(), []) as other:
        other.post(one, bytes(MAX_PAYLOAD_BYTES + 1))
        other.post(one, b"small")
        await until(lambda: bus.oversized == 1 or not bus.connected)
        await until(lambda: (one, b"small") in heard.messages)
    assert heard.messages == [(one, TOO_LARGE), (one, b"small")]


async def test_comes_back_after_the_broker_was_killed() -> None:
    heard, one = Heard(), topic()
    first_broker = start_broker("embedded")
    async with joined(first_broker.url, heard, [(one, 1)]) as bus:
        first_broker.stop()
        await until(lambda: heard.links[:2] == [True, False])
        await until(lambda: bool(heard.faults))
        assert f"expected an MQTT broker at {first_broker.url}, but " in heard.faults[0]
        assert not bus.publish_now(one, b"into nowhere")
        assert bus.withheld == 1
        with start_broker("embedded", first_broker.port):
            await until(lambda: bus.connected)
            assert bus.publish_now(one, b"again")
            await until(lambda: (one, b"again") in heard.messages)
    assert bus.connections == 2
    assert (one, b"into nowhere") not in heard.messages


@pytest.mark.mosquitto
async def test_a_hung_broker_gets_no_queue_of_commands() -> None:
    with start_broker("mosquitto") as running:
        async with joined(running.url, Heard(), []) as bus:
            os.kill(running.pid, signal.SIGSTOP)
            try:
                sent = 0
                for number in range(20_000):
                    sent += bus.publish_now("efferent/v1/test/command", b"%0200d" % number)
                    if number % 100 == 0:
                        await asyncio.sleep(0)
                assert bus.withheld == 20_000 - sent
                # What the two sockets hold is all that can ever arrive late; the process itself keeps one packet.
                assert sent < 15_000
                assert bus._client is not None
                assert len(bus._client._client._out_packet) <= 1
            finally:
                os.kill(running.pid, signal.SIGCONT)


@pytest.mark.mosquitto
async def test_bulk_gives_way_before_commands_do() -> None:
    """The other side reads nothing: bulk must leave room for half a second of commands."""
    with start_broker("mosquitto") as running:
        async with joined(running.url, Heard(), []) as bus:
            os.kill(running.pid, signal.SIGSTOP)
            try:
                refused = 0
                for _ in range(20_000):
                    refused += not bus.publish_spare("efferent/v1/test/emg", bytes(8192))
                    if refused == 100:
                        break
                assert refused == 100
                assert bus.withheld == 0
                assert all(bus.publish_now("efferent/v1/test/command", bytes(300)) for _ in range(25))
                assert not bus.publish_spare("efferent/v1/test/emg", bytes(8192))
            finally:
                os.kill(running.pid, signal.SIGCONT)


async def test_bulk_arrives_whole_and_in_order_with_commands(broker: RunningBroker) -> None:
    heard, bulk, one = Heard(), topic(), topic()
    async with joined(broker.url, heard, [(bulk, 0), (one, 0)]) as bus:
        sent = []
        for number in range(40):
            if bus.publish_spare(bulk, b"%08192d" % number):
                sent.append((bulk, b"%08192d" % number))
            assert bus.publish_now(one, b"%d" % number)
            sent.append((one, b"%d" % number))
            await asyncio.sleep(0.005)
        await until(lambda: len(heard.messages) == len(sent))
    assert heard.messages == sent
    assert len(sent) > 60
    assert not bus.publish_spare(bulk, b"no link")
    assert bus.withheld == 0


async def test_what_is_posted_without_a_link_waits_and_the_oldest_goes(broker: RunningBroker) -> None:
    one, heard = topic(), Heard()
    bus = Bus(BrokerAddress(url=broker.url), f"test-{secrets.token_hex(4)}", [(one, 1)], heard.message)
    for number in range(OUTBOX_LENGTH + 10):
        bus.post(one, json.dumps(number).encode())
    task = asyncio.create_task(bus.run())
    await until(lambda: len(heard.messages) >= OUTBOX_LENGTH)
    await end_task(task)
    assert [int(payload) for _, payload in heard.messages] == list(range(10, OUTBOX_LENGTH + 10))
    assert bus.dropped_from_outbox == 10


async def test_what_only_we_write_comes_back_and_is_not_told(broker: RunningBroker) -> None:
    one, heard = topic(), Heard()
    bus = Bus(BrokerAddress(url=broker.url), f"test-{secrets.token_hex(4)}", [], heard.message, own_topic=one)
    task = asyncio.create_task(bus.run())
    bus.post(one, b"running", retain=True)
    bus.post(f"{one}/other", b"after it")
    await until(lambda: bus._passed_on.is_set() and not bus._outbox)
    await end_task(task)
    assert (heard.messages, bus.connections) == ([], 1)


async def test_no_broker_is_a_sentence() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"mqtt://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(BusError, match=rf"expected an MQTT broker at {url}.*start one with 'efferent broker'"):
            async with joined(url, Heard(), []):
                pass


async def test_ends_when_told_to_although_the_broker_goes_at_the_same_moment() -> None:
    running = start_broker("embedded")
    bus = Bus(BrokerAddress(url=running.url), f"test-{secrets.token_hex(4)}", [], Heard().message)
    bus.farewell(Outgoing("efferent/v1/test/end", b"ended"))
    task = asyncio.create_task(bus.run())
    await until(lambda: bus.connected)
    os.kill(running.pid, signal.SIGKILL)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=10)
    assert done
    running.stop()


async def test_ends_when_told_to_although_the_link_has_just_broken() -> None:
    running = start_broker("embedded")
    bus = Bus(BrokerAddress(url=running.url), f"test-{secrets.token_hex(4)}", [], Heard().message)
    task = asyncio.create_task(bus.run())
    await until(lambda: bus.connected)
    running.stop()  # without a turn of the loop in between
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=10)
    assert done
