import random

import pytest

from drivers.stamp_counter import StampCounter

MS = 1_000_000


def run(seconds: float, lost_at_s: float, lost: int, hold_up_ms: float = 0.0, rate_hz: float = 1000.0) -> list[int]:
    """Losses told for a sender of 10 ms chunks with 0.2 ms of jitter, which loses samples once or is held up once."""
    generator = random.Random(2)  # noqa: S311 - play, no secret
    counter = StampCounter(rate_hz)
    told, taken, before_ns, expected_index = [], 0, 0.0, 0
    for _ in range(int(seconds * 100)):
        samples = round(rate_hz / 100)
        taken += samples
        at_s = taken / rate_hz
        if lost and at_s >= lost_at_s:
            taken, lost = taken + lost, 0
        stamp_ns = taken / rate_hz * 1e9 + generator.uniform(0, 0.2 * MS)
        if lost_at_s <= at_s < lost_at_s + hold_up_ms / 1000:
            stamp_ns = (lost_at_s * 1e3 + hold_up_ms) * MS
        before_ns = max(before_ns, stamp_ns)
        first_index, missing = counter.count(samples, int(before_ns))
        assert first_index == expected_index + missing
        expected_index = first_index + samples
        told.append(missing)
    return told


@pytest.mark.parametrize("rate_hz", [200.0, 1000.0, 2000.0])
def test_nothing_is_told_of_a_stream_that_loses_nothing(rate_hz: float) -> None:
    assert sum(run(120, 0, 0, rate_hz=rate_hz)) == 0


@pytest.mark.parametrize("lost", [3, 20, 700])
def test_a_loss_is_told_once_and_whole_soon_after_it(lost: int) -> None:
    told = run(30, 20.0, lost)
    assert told.count(0) == len(told) - 1
    assert sum(told) == pytest.approx(lost, abs=1, rel=0.005)
    assert 2000 <= told.index(max(told)) < 2000 + 60


def test_one_lost_sample_is_within_what_stamps_can_tell() -> None:
    assert sum(run(160, 150.0, 1)) == 0


def test_a_sender_that_was_held_up_and_catches_up_has_lost_nothing() -> None:
    assert sum(run(30, 20.0, 0, hold_up_ms=150.0)) == 0


def test_few_large_chunks_are_watched_longer_before_anything_is_told() -> None:
    counter = StampCounter(1000.0)
    told = []
    for n in range(1, 60):
        late_ms = 40 if n % 4 else 0  # three of four chunks of 200 ms are stamped late
        told.append(counter.count(200, (n * 200 + late_ms) * MS)[1])
    assert sum(told) == 0
