"""What is said when a broker hangs up without a word; what it says in words is tried on real brokers."""

from pathlib import Path

import pytest

from controller.broker_address import BrokerAddress
from controller.connection_fault import connection_sentence

PERSON = {"username": "left-person", "password_file": Path("password"), "ca_file": Path("ca.pem")}
CERTIFICATE = {"certificate_file": Path("client.pem"), "key_file": Path("client.key")}


@pytest.mark.parametrize(
    ("address", "question"),
    [
        (BrokerAddress(), "does it ask for TLS (mqtts://), or"),
        (BrokerAddress(url="mqtts://somewhere", **PERSON), "a client certificate (certificate_file and key_file), or"),
        (BrokerAddress(url="mqtts://somewhere", **PERSON, **CERTIFICATE), "refuse our certificate (client.pem), or"),
    ],
)
def test_a_broker_that_hangs_up_without_a_word_is_asked_what_it_may_be(address: BrokerAddress, question: str) -> None:
    sentence = connection_sentence(address, ConnectionResetError("reset"), "")
    assert question in sentence
    assert sentence.endswith("has it too many connections?")
