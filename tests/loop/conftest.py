from collections.abc import Iterator

import pytest

from sim.broker import RunningBroker, start_broker
from tests.rigs.lsl_sender import Sender


@pytest.fixture(scope="session", params=["embedded", pytest.param("mosquitto", marks=pytest.mark.mosquitto)])
def broker(request: pytest.FixtureRequest) -> Iterator[RunningBroker]:
    """Return a running broker of each kind; tests share it, so each takes an arm's name of its own."""
    with start_broker(request.param) as running:
        yield running


@pytest.fixture
def senders() -> Iterator[list[Sender]]:
    """Take LSL senders that are to be closed in the end."""
    senders: list[Sender] = []
    yield senders
    for sender in senders:
        sender.close()
