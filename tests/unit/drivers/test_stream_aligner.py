from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from drivers.stamp_counter import StampCounter
from drivers.stream_aligner import KEPT_S, SLIP_PERIODS, Aligned, StreamAligner

RATE_HZ = 1000.0
PERIOD_NS = 1e6


@dataclass(frozen=True)
class Stream:
    """A device's samples: each holds the time at which it was taken, in ms, in all of its channels."""

    ppm: float = 0.0
    phase_ms: float = 0.0
    chunk: int = 10
    lost_at: int = 0  # index before which `lost` samples go
    lost: int = 0
    channels: int = 1

    @property
    def period_ns(self) -> float:
        return PERIOD_NS / (1 + self.ppm * 1e-6)

    def times_ns(self, seconds: float) -> NDArray[np.float64]:
        numbers = np.arange(round(seconds * RATE_HZ), dtype=np.float64)
        return 1e9 + self.phase_ms * 1e6 + numbers * self.period_ns


def align(
    streams: list[Stream], seconds: float, late_ms: tuple[float, ...] = ()
) -> tuple[StreamAligner, list[Aligned]]:
    """Put what the streams send, in the order of arrival; stream k arrives `late_ms[k]` after it was taken."""
    aligner = StreamAligner(tuple(stream.channels for stream in streams), RATE_HZ)
    pushes = []
    for number, stream in enumerate(streams):
        times = stream.times_ns(seconds)
        for first in range(0, len(times) - stream.chunk, stream.chunk):
            indices = np.arange(first, first + stream.chunk)
            for kept in (indices[indices < stream.lost_at], indices[indices >= stream.lost_at + stream.lost]):
                if not len(kept):
                    continue
                arrives = times[kept[-1]] + (late_ms[number] * 1e6 if late_ms else 0.0)
                pushes.append((arrives, number, int(kept[0]), times[kept]))
    rows: list[Aligned] = []
    for _, number, first, taken in sorted(pushes, key=lambda push: push[0]):
        stream = streams[number]
        samples = np.repeat(taken[:, np.newaxis] / 1e6, stream.channels, axis=1)
        rows += aligner.put(number, samples, first, int(taken[-1]), stream.period_ns)
    return aligner, rows


def joined(rows: list[Aligned]) -> NDArray[np.float64]:
    return np.concatenate([run.samples for run in rows])


def check_indices(rows: list[Aligned]) -> None:
    expected = rows[0].first_index - rows[0].lost_before
    for run in rows:
        assert run.first_index == expected + run.lost_before
        expected = run.first_index + len(run.samples)


streams = st.builds(
    Stream,
    ppm=st.floats(-500, 500),
    phase_ms=st.floats(-40, 40),
    chunk=st.integers(5, 60),
    lost_at=st.integers(300, 2500),
    lost=st.integers(0, 300),
    channels=st.integers(1, 3),
)


@given(st.lists(streams, min_size=2, max_size=3))
@example([Stream(), Stream(ppm=500, phase_ms=0.5)])
@example([Stream(lost_at=2000, lost=5), Stream(lost_at=2003, lost=5)])
@example([Stream(), Stream(lost_at=600, lost=300, chunk=60)])
def test_what_stands_in_a_row_was_taken_at_one_time_whatever_drifts_and_is_lost(devices: list[Stream]) -> None:
    aligner, rows = align(devices, 3.0)
    check_indices(rows)
    samples = joined(rows)
    starts = np.cumsum([0] + [device.channels for device in devices[:-1]])
    first = samples[:, 0]
    assert np.all(np.diff(first) > 0)
    for start, device in zip(starts, devices, strict=True):
        # the clocks part by that much until the next look
        apart = SLIP_PERIODS + 0.05 + 0.3 * (abs(device.ppm) + abs(devices[0].ppm)) * 1e-3
        assert np.abs(samples[:, start] - first).max() <= apart
        assert np.all(samples[:, start] == samples[:, start + device.channels - 1])
    # nothing is missing but what was lost, what came before all were there, and what is still on its way
    lost = sum(device.lost for device in devices)
    assert len(samples) >= 3000 - lost - 2 * 60 - 160 - 5
    assert aligner.slips <= 3 * len(devices)


def test_the_age_of_a_row_is_that_of_its_older_half() -> None:
    _, rows = align([Stream(), Stream(phase_ms=-0.4)], 2.0)
    for run in rows:
        assert run.newest_t_ns == pytest.approx(run.samples[-1].min() * 1e6, abs=2)


def test_a_slip_leaves_out_or_repeats_one_sample_and_is_no_gap() -> None:
    for ppm in (-1000.0, 1000.0):
        aligner, rows = align([Stream(), Stream(ppm=ppm)], 5.0)
        assert aligner.slips in (4, 5)
        assert sum(run.lost_before for run in rows[1:]) == 0
        steps = np.diff(joined(rows)[:, 1])
        assert np.count_nonzero(steps > 1.5) == (aligner.slips if ppm > 0 else 0)
        assert np.count_nonzero(steps == 0.0) == (aligner.slips if ppm < 0 else 0)


def test_a_stream_that_falls_silent_holds_the_rows_back_and_what_is_too_old_is_lost() -> None:
    aligner = StreamAligner((1, 1), RATE_HZ)
    rows: list[Aligned] = []

    def put(stream: int, first: int, count: int) -> None:
        samples = np.arange(first, first + count, dtype=float).reshape(-1, 1)
        rows.extend(aligner.put(stream, samples, first, round((first + count) * PERIOD_NS), PERIOD_NS))

    for first in range(0, 500, 10):
        put(0, first, 10)
        put(1, first, 10)
    before = len(joined(rows))
    for first in range(500, 3500, 10):
        put(0, first, 10)
    assert len(joined(rows)) == before
    put(1, 500, 3000)
    check_indices(rows)
    assert rows[-1].lost_before == 3000 - round(KEPT_S * RATE_HZ)
    assert len(rows[-1].samples) == round(KEPT_S * RATE_HZ)
    assert np.array_equal(rows[-1].samples[:, 0], rows[-1].samples[:, 1])
    assert rows[-1].samples[-1, 0] == 3499


def test_a_clock_that_jumps_is_a_gap_and_the_pairing_follows_it() -> None:
    aligner = StreamAligner((1, 1), RATE_HZ)
    rows: list[Aligned] = []
    for push in range(400):
        t_ns = round((push + 1) * 10 * PERIOD_NS)
        samples = np.arange(push * 10, push * 10 + 10, dtype=float).reshape(-1, 1)
        rows += aligner.put(0, samples, push * 10, t_ns, PERIOD_NS)
        jump_ns = 20_000_000 if push >= 100 else 0  # what its stamps were behind before
        rows += aligner.put(1, samples, push * 10, t_ns - jump_ns, PERIOD_NS)
    check_indices(rows)
    apart = joined(rows)
    assert (apart[0, 1] - apart[0, 0], apart[-1, 1] - apart[-1, 0]) == (0, 20)
    assert sum(run.lost_before for run in rows) >= 20
    assert aligner.slips == 0


@pytest.mark.parametrize("seed", range(3))
def test_lines_through_late_stamps_pair_as_well_as_the_stamps_allow(seed: int) -> None:
    """The whole way from stamps: counted, put on their lines, and paired."""
    random = np.random.default_rng(seed)
    devices = [Stream(), Stream(ppm=300, phase_ms=3.3, chunk=16)]
    aligner, counters = StreamAligner((1, 1), RATE_HZ), [StampCounter(RATE_HZ) for _ in devices]
    pushes, rows = [], []
    for number, device in enumerate(devices):
        times = device.times_ns(20.0)
        for first in range(0, len(times) - device.chunk, device.chunk):
            taken = times[first : first + device.chunk]
            pushes.append((taken[-1] + random.exponential(0.3e6), number, taken))
    for stamp_ns, number, taken in sorted(pushes, key=lambda push: push[0]):
        counter = counters[number]
        first_index, lost = counter.count(len(taken), int(stamp_ns))
        assert lost == 0
        rows += aligner.put(number, taken[:, np.newaxis] / 1e6, first_index, counter.newest_t_ns, counter.period_ns)
    samples = joined(rows)
    apart_ms = np.abs(samples[:, 1] - samples[:, 0])
    assert apart_ms.max() <= 2.0
    assert np.median(apart_ms[10_000:]) <= 0.75
    assert len(samples) > 19_900
