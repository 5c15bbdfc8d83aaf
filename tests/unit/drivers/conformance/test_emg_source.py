"""The conformance suite passes a source that is right, and finds each way of being wrong."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from drivers.conformance import EmgSourceConformance, NotConformingError, PlayedDevice, leftovers
from drivers.errors import DriverError
from drivers.source import EmgSource
from tests.unit.drivers.conformance import small_source
from tests.unit.drivers.conformance.small_source import SmallDevice, SmallSource


@dataclass(slots=True)
class Played:
    make: Callable[[SmallDevice], EmgSource]
    device: SmallDevice

    def source(self) -> EmgSource:
        return self.make(self.device)

    def plug(self) -> None:
        self.device.plug()

    def unplug(self) -> None:
        self.device.unplug()


class Conformance(EmgSourceConformance):
    patience_s = 0.5

    def __init__(self, make: Callable[[SmallDevice], EmgSource]) -> None:
        self._make = make

    @contextlib.contextmanager
    def device(self) -> Iterator[PlayedDevice]:
        yield Played(self._make, SmallDevice())


class TestSmallSource(EmgSourceConformance):
    @contextlib.contextmanager
    def device(self) -> Iterator[PlayedDevice]:
        yield Played(SmallSource, SmallDevice())


@pytest.mark.parametrize(
    ("wrong", "test", "message"),
    [
        ("Nameless", "test_open_tells_what_the_device_is", "do not name all channels"),
        ("FromTheFuture", "test_chunks_follow_each_other", "in the future"),
        ("OnTheWallClock", "test_chunks_follow_each_other", "monotonic_ns"),
        ("BackInTime", "test_chunks_follow_each_other", "older than the one before"),
        ("SkipsAnIndex", "test_chunks_follow_each_other", "begins at 5, not 6"),
        ("ForgetsItsReader", "test_close_ends_a_waiting_reader", "went on after close"),
        ("OpensOnce", "test_it_opens_again", "open already"),
        ("LeavesItsTask", "test_openings_leak_nothing", "tasks were left pending"),
        ("LeavesAThread", "test_openings_leak_nothing", "5 threads"),
        ("LeavesADescriptor", "test_openings_leak_nothing", "5 descriptors"),
        ("LeavesItWhenCancelled", "test_cancelling_open_leaves_nothing", "descriptors"),
        ("ClosedByItsReader", "test_cancelling_a_reader_leaves_the_source_open", "although the source is open"),
        ("KeepsAll", "test_a_reader_that_looks_away_loses_the_oldest", "were waiting, more than 501"),
        ("DropsInSilence", "test_a_reader_that_looks_away_loses_the_oldest", "lost_before is 0"),
        ("NeverTells", "test_an_unplugged_device_is_lost_and_found_again", "nobody was told"),
        ("EndsQuietly", "test_an_unplugged_device_is_lost_and_found_again", "raises SourceLostError"),
    ],
)
def test_what_is_wrong_is_found(wrong: str, test: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "SETTLE_S", 0.2)
    check = getattr(Conformance(getattr(small_source, wrong)), test)
    with pytest.raises((NotConformingError, DriverError), match=message):
        check()
