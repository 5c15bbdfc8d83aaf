"""Every wire protocol in the catalogue keeps what the conformance suite asks, against its own emulated device."""

import pytest

from drivers.conformance import ExampleDevice, WireProtocolConformance
from drivers.protocols.catalogue import PROTOCOLS, make_protocol
from drivers.protocols.protocol import WireProtocol
from drivers.source import SourceHealth
from sim.emulator.catalogue import EMULATED
from tests.rigs.played import ExampleVoice

# Frames of these carry no number, so nobody can know that one is missing.
WITHOUT_NUMBERS: frozenset[str] = frozenset()


def test_every_protocol_has_an_emulated_device_to_be_tested_with() -> None:
    assert set(PROTOCOLS) == set(EMULATED)


class TestEveryProtocol(WireProtocolConformance):
    @pytest.fixture(autouse=True, params=PROTOCOLS)
    def _choose(self, request: pytest.FixtureRequest) -> None:
        self.name: str = request.param
        self.numbers_frames = self.name not in WITHOUT_NUMBERS

    def protocol(self, health: SourceHealth) -> WireProtocol:
        return make_protocol(self.name, health, {})

    def device(self) -> ExampleDevice:
        return ExampleVoice(self.name)
