"""Every wire protocol in the catalogue keeps what the conformance suite asks, against its own emulated device."""

import pytest

from drivers.conformance import ExampleDevice, WireProtocolConformance
from drivers.protocols.catalogue import PROTOCOLS, make_protocol
from drivers.protocols.protocol import WireProtocol
from drivers.source import SourceHealth
from sim.emulator.catalogue import EMULATED
from tests.rigs.played import ExampleVoice, protocol_of


def test_every_protocol_has_an_emulated_device_to_be_tested_with() -> None:
    assert set(PROTOCOLS) == {protocol_of(device) for device in EMULATED}


class TestEveryProtocol(WireProtocolConformance):
    @pytest.fixture(autouse=True, params=EMULATED)
    def _choose(self, request: pytest.FixtureRequest) -> None:
        self.name: str = request.param

    def protocol(self, health: SourceHealth) -> WireProtocol:
        return make_protocol(protocol_of(self.name), health, {})

    def device(self) -> ExampleDevice:
        return ExampleVoice(self.name)
