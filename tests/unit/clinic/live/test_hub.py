import asyncio

from clinic.link.controller_link import ControllerLink
from clinic.live.hub import LiveHub
from controller.broker_address import BrokerAddress
from controller.contract.emg import WatchRequest
from controller.tasks import end_task
from tests.rigs import live_messages as messages


def _requests(link: ControllerLink) -> list[WatchRequest]:
    """Return what was handed to the broker's client, which has no broker and keeps it."""
    return [WatchRequest.model_validate_json(message.payload) for message in link._bus._outbox]


async def _a_few_turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_looks_at_raw_samples_shares_one_request_and_nobody_looks_for_ever() -> None:
    link = ControllerLink(BrokerAddress(url="mqtt://127.0.0.1:1"), "demo")
    hub = LiveHub(link)
    working = asyncio.create_task(hub.run())
    await _a_few_turns()
    link._bus.connected = True
    page, other = hub.join(), hub.join()
    assert page is not None
    assert other is not None
    hub.watch_page(page, True)
    hub.watch_page(other, True)
    end = hub.watch_emg()
    await _a_few_turns()
    (request,) = _requests(link)
    assert 0 < request.for_s <= 30
    hub.leave(page)
    hub.watch_page(other, False)
    assert hub._lookers
    end()
    assert not hub._lookers
    await end_task(working)


async def test_nothing_is_asked_for_while_there_is_no_broker() -> None:
    link = ControllerLink(BrokerAddress(url="mqtt://127.0.0.1:1"), "demo")
    hub = LiveHub(link)
    working = asyncio.create_task(hub.run())
    hub.watch_emg()
    await _a_few_turns()
    assert _requests(link) == []
    await end_task(working)


def test_without_pages_nothing_is_kept() -> None:
    link = ControllerLink(BrokerAddress(url="mqtt://127.0.0.1:1"), "demo")
    hub = LiveHub(link)
    link.take("signal", messages.signal(1))
    outbox = hub.join()
    assert outbox is not None
    texts, frame = outbox.take()
    assert frame == b""
    assert [text.startswith('{"kind":"broker"') for text in texts] == [True]
    hub.leave(outbox)
    link.take("signal", messages.signal(2))
    assert outbox.take() == ([], b"")
