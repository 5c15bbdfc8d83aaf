import time
import uuid
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.chunk import Chunk
from drivers.lsl_library import ClockMap, WantedStream
from drivers.lsl_outlet import WAITING_S, EmgOutlet, OutletThread, sample_stamps
from drivers.source import StreamInfo

PATIENCE_S = 20.0


def chunk(first: int, samples: int = 10, lost: int = 0) -> Chunk:
    numbers = np.arange(first, first + samples, dtype=np.float64)
    return Chunk(numbers[:, np.newaxis], 1_000_000 * (first + samples), first, lost)


@given(st.floats(0.0, 1e6), st.floats(0.0, 1.0), st.integers(1, 100), st.booleans())
def test_stamps_end_with_the_newest_and_never_go_back(before: float, later: float, count: int, follows: bool) -> None:
    stamps = sample_stamps(before, before + later, count, 1000.0, follows)
    assert (len(stamps), stamps[-1]) == (count, before + later)
    assert np.all(np.diff(stamps, prepend=before) >= 0)


def test_samples_that_follow_share_the_time_and_those_behind_a_gap_are_a_period_apart() -> None:
    np.testing.assert_allclose(sample_stamps(1.0, 1.04, 4, 1000.0, True), [1.01, 1.02, 1.03, 1.04])
    np.testing.assert_allclose(sample_stamps(1.0, 1.04, 4, 1000.0, False), [1.037, 1.038, 1.039, 1.04])


def test_without_a_thread_the_oldest_go_and_are_counted() -> None:
    outlet = EmgOutlet()
    outlet.begin(StreamInfo("bench", 1, 1000.0))
    for first in range(0, 5000, 10):
        outlet.take(chunk(first))
    assert outlet.dropped_samples == 5000 - round(WAITING_S * 1000)


def test_a_gap_is_not_filled_the_stamps_jump_and_places_and_labels_go_along(pylsl: Any) -> None:
    name = f"outlet {uuid.uuid4()}"
    outlet, failures = EmgOutlet(name, name), list[str]()
    thread = OutletThread([outlet], failures.append)
    outlet.begin(StreamInfo("bench", 1, 1000.0, labels=("biceps",), source_id="7", places_mm=((1.0, 2.5, -3.0),)))
    assert outlet.published.wait(PATIENCE_S)
    (found,) = pylsl.resolve_byprop("name", name, timeout=PATIENCE_S)
    inlet = pylsl.StreamInlet(found, recover=False)
    inlet.open_stream(timeout=PATIENCE_S)
    outlet.take(chunk(0))
    outlet.take(chunk(10))
    outlet.take(chunk(120, lost=100))
    samples, stamps = inlet.pull_chunk(timeout=PATIENCE_S, max_samples=30, as_numpy=True)
    assert samples[:, 0].tolist() == [*range(20), *range(120, 130)]
    clock = ClockMap(pylsl.local_clock)
    taken_ms = [clock.monotonic_ns(stamp) / 1e6 for stamp in stamps]
    np.testing.assert_allclose(taken_ms, [*range(1, 21), *range(121, 131)], atol=0.01)
    location = inlet.info().desc().child("channels").child("channel").child("location")
    assert [location.child_value(axis) for axis in "XYZ"] == ["1", "2.5", "-3"]
    thread.close()
    assert failures == []


def test_what_this_process_publishes_is_never_its_own_source(pylsl: Any) -> None:
    name = f"own {uuid.uuid4()}"
    outlet = EmgOutlet(name, name)
    thread = OutletThread([outlet], print)
    outlet.begin(StreamInfo("bench", 1, 1000.0))
    assert outlet.published.wait(PATIENCE_S)
    (found,) = pylsl.resolve_byprop("name", name, timeout=PATIENCE_S)
    assert not WantedStream(name, "EMG", "").matches(found)
    thread.close()


def test_another_device_makes_another_stream_and_liblsl_that_refuses_is_told(pylsl: Any) -> None:
    class Broken(EmgOutlet):
        def push(self, pylsl: Any, clock: ClockMap) -> None:  # noqa: ARG002 - as its base
            raise RuntimeError("could not create stream outlet.")

    name, failures = f"again {uuid.uuid4()}", list[str]()
    broken = OutletThread([Broken()], failures.append)
    outlet = EmgOutlet(name, name)
    thread = OutletThread([outlet], failures.append)
    for channels in (1, 2):
        outlet.begin(StreamInfo("bench", channels, 1000.0))
        give_up_at = time.monotonic() + PATIENCE_S
        while time.monotonic() < give_up_at:
            found = pylsl.resolve_byprop("name", name, timeout=1.0)
            if [info.channel_count() for info in found] == [channels]:
                break
        else:
            pytest.fail(f"no stream with {channels} channels")
    thread.close()
    broken.close()
    assert failures == ["LSL outlet: liblsl gave up: could not create stream outlet.; nothing more is published"]
