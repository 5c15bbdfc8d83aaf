import random
import re

import numpy as np
import pytest

from drivers.block_stamper import BlockStamper
from drivers.protocols.protocol import SampleBlock, Ticks
from drivers.sample_clock import CRYSTAL_OR_RESONATOR, RATE_ON_PAPER
from drivers.source import SourceHealth

MS = 1_000_000
UNCOUNTED = Ticks(0.1 * MS, CRYSTAL_OR_RESONATOR, unseen_loss=1)  # 10 kHz


def block(samples: int, first_index: int = 0, lost: int = 0, ticks: int = 0) -> SampleBlock:
    return SampleBlock(np.zeros((samples, 1)), first_index, lost, ticks)


class Line:
    """A device of 10 kHz that numbers nothing, heard every 5 ms with up to 3 ms of delay, or more where it is told."""

    def __init__(self, ticks: Ticks = UNCOUNTED, rate_factor: float = 1.0) -> None:
        self.health = SourceHealth()
        self.stamper = BlockStamper(ticks, self.health)
        self._period_ns = ticks.tick_ns / rate_factor
        self._generator = random.Random(4)  # noqa: S311 - play, no secret
        self._taken = self._came = 0
        self._next_index = 0
        self.ages_ms: list[float] = []

    def lose(self, samples: int) -> None:
        self._taken += samples

    def hear(self, seconds: float, known_lost: int = 0, delay_ms: float = 0.0) -> None:
        for _ in range(round(seconds * 200)):
            self._taken += 50
            taken_ns = self._taken * self._period_ns
            arrival_ns = round(taken_ns + (delay_ms + self._generator.uniform(0, 3)) * MS)
            chunk = self.stamper.chunk(block(50, self._came, known_lost), arrival_ns)
            assert chunk.first_index == self._next_index + chunk.lost_before
            assert chunk.newest_t_ns <= arrival_ns
            self._next_index, self._came, known_lost = chunk.next_index, self._came + 50, 0
            self.ages_ms.append((arrival_ns - chunk.newest_t_ns) / MS)


def test_a_device_that_counts_is_believed() -> None:
    health = SourceHealth()
    stamper = BlockStamper(Ticks(1000.0, CRYSTAL_OR_RESONATOR), health)
    first = stamper.chunk(block(2, 0, 0, 1000), 5 * MS)
    second = stamper.chunk(block(2, 7, 5, 4000), 9 * MS)
    assert (first.first_index, first.lost_before, first.newest_t_ns) == (0, 0, 5 * MS)
    assert (second.first_index, second.lost_before) == (7, 5)
    assert abs(second.newest_t_ns - 8 * MS) < 0.1 * MS
    assert health.lost_samples == 0  # the protocol has counted them


def test_a_clock_that_is_set_back_is_counted() -> None:
    health = SourceHealth()
    stamper = BlockStamper(Ticks(1000.0, CRYSTAL_OR_RESONATOR), health)
    stamper.chunk(block(1, 0, 0, 5000), 5 * MS)
    stamper.chunk(block(1, 1, 0, 100), 6 * MS)
    assert health.extra == {"clock_steps": 1}


def test_without_a_count_nothing_is_inferred_from_jitter() -> None:
    line = Line()
    line.hear(30)
    assert line.health.lost_samples == 0


def test_without_a_count_a_loss_is_inferred_from_lateness_that_lasts_and_the_age_is_right_again() -> None:
    line = Line()
    line.hear(20)
    line.lose(400)
    line.hear(1)
    assert abs(line.health.lost_samples - 400) <= 40
    assert max(line.ages_ms[-100:]) < 10
    line.hear(20)
    assert abs(line.health.lost_samples - 400) <= 40


def test_a_delay_that_passes_is_no_loss() -> None:
    line = Line()
    line.hear(20)
    line.hear(0.15, delay_ms=150.0)
    line.hear(5)
    assert line.health.lost_samples == 0


def test_what_the_protocol_knows_to_be_missing_is_not_inferred_again() -> None:
    line = Line()
    line.hear(20)
    line.lose(400)
    line.hear(5, known_lost=400)
    assert line.health.lost_samples == 0


def test_where_samples_are_numbered_up_to_some_number_only_multiples_of_it_can_be_missing() -> None:
    line = Line(Ticks(0.1 * MS, CRYSTAL_OR_RESONATOR, unseen_loss=1000))
    line.hear(20)
    line.lose(2300)
    line.hear(2, known_lost=300)
    assert line.health.lost_samples == 2000
    line.hear(1, delay_ms=40.0)
    assert line.health.lost_samples == 2000
    assert 30 < line.ages_ms[-1] < 45  # it is age: the clock forgets it slowly


@pytest.mark.parametrize("rate_factor", [0.8, 1.2])
def test_a_stream_without_a_count_that_runs_at_another_rate_is_told(rate_factor: float) -> None:
    line = Line(rate_factor=rate_factor)
    line.hear(3 * rate_factor)
    assert line.stamper.wrong_rate == ""
    line.hear(4)
    said = re.fullmatch(r"it sends (\d+) samples/s and was described with 10000", line.stamper.wrong_rate)
    assert said is not None
    assert float(said[1]) == pytest.approx(10_000 * rate_factor, rel=0.01)


def test_a_device_whose_rate_is_known_roughly_may_be_further_off() -> None:
    line = Line(Ticks(0.1 * MS, RATE_ON_PAPER, unseen_loss=1), rate_factor=1.08)
    line.hear(10)
    assert line.stamper.wrong_rate == ""


def test_losses_that_the_protocol_counts_and_a_rate_within_its_tolerance_are_no_wrong_rate() -> None:
    line = Line(rate_factor=1.04)
    for _ in range(10):
        line.lose(1000)
        line.hear(0.9, known_lost=1000)
    assert line.stamper.wrong_rate == ""


def test_the_rate_of_a_device_that_counts_is_not_reckoned_from_arrivals() -> None:
    stamper = BlockStamper(Ticks(1000.0, CRYSTAL_OR_RESONATOR), SourceHealth())
    for second in range(20):
        stamper.chunk(block(700, 700 * second, 0, 1_000_000 * second), 1000 * MS * second)
    assert stamper.wrong_rate == ""
