from collections.abc import Iterator

import pytest

from tests.rigs.lsl_sender import Sender


@pytest.fixture
def senders() -> Iterator[list[Sender]]:
    """Take LSL senders that are to be closed in the end."""
    senders: list[Sender] = []
    yield senders
    for sender in senders:
        sender.close()
