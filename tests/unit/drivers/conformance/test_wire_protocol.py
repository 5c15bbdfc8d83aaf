"""The conformance suite passes a protocol that is right, and finds each way of being wrong."""

from collections.abc import Callable

import pytest

from drivers.conformance import ExampleDevice, NotConformingError, WireProtocolConformance
from drivers.protocols.protocol import WireProtocol
from drivers.source import SourceHealth
from tests.unit.drivers.conformance import small_protocol
from tests.unit.drivers.conformance.small_protocol import SmallDevice, SmallProtocol


class Conformance(WireProtocolConformance):
    def __init__(self, make: Callable[[SourceHealth], WireProtocol]) -> None:
        self._make = make

    def protocol(self, health: SourceHealth) -> WireProtocol:
        return self._make(health)

    def device(self) -> ExampleDevice:
        return SmallDevice()


class TestSmallProtocol(WireProtocolConformance):
    def protocol(self, health: SourceHealth) -> WireProtocol:
        return SmallProtocol(health)

    def device(self) -> ExampleDevice:
        return SmallDevice()


@pytest.mark.parametrize(
    ("wrong", "test", "message"),
    [
        ("Mute", "test_the_talk_leads_to_a_description", "not described within 30 s"),
        ("Chatterbox", "test_clean_frames_arrive_whole", "described twice"),
        ("WholeFramesOnly", "test_splits_change_nothing", "cut in pieces"),
        ("WholeFramesOnly", "test_the_talk_leads_to_a_description", "not described"),
        ("NeverBackInLock", "test_a_lost_byte_costs_three_frames_at_most", "samples did not arrive"),
        ("Believer", "test_an_added_byte_costs_three_frames_at_most", "byte 0 of a frame of 5"),
        ("Believer", "test_a_stream_is_found_after_garbage", "did not arrive"),
        ("Raiser", "test_a_changed_byte_costs_three_frames_at_most", "what is this"),
        ("Raiser", "test_garbage_neither_raises_nor_piles_up", "what is this"),
        ("Hoarder", "test_garbage_neither_raises_nor_piles_up", "left .* bytes in memory"),
        ("LosesInSilence", "test_lost_frames_are_a_gap", "with 0 lost before it begins at"),
        ("CountsNothing", "test_lost_frames_are_a_gap", "health.lost_samples says 0"),
        ("StartsAnewAtEveryGap", "test_a_lost_byte_costs_three_frames_at_most", "taken for restarted"),
        ("Rounder", "test_clean_frames_arrive_whole", "these are float32"),
        ("Timeless", "test_clean_frames_arrive_whole", "time stood still"),
    ],
)
def test_what_is_wrong_is_found(wrong: str, test: str, message: str) -> None:
    check = getattr(Conformance(getattr(small_protocol, wrong)), test)
    with pytest.raises((NotConformingError, ValueError), match=message):
        check()
