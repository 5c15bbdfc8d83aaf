from collections.abc import Iterator

import pytest

from sim.broker import RunningBroker, start_broker


@pytest.fixture(scope="session", params=["embedded", pytest.param("mosquitto", marks=pytest.mark.mosquitto)])
def broker(request: pytest.FixtureRequest) -> Iterator[RunningBroker]:
    """Return a running broker of each kind; tests share it, so each takes an arm's name of its own."""
    with start_broker(request.param) as running:
        yield running
