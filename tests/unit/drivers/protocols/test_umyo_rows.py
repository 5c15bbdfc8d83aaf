"""Sensors without a common clock, as they arrive: in what order, which blocks, and what becomes of them."""

import heapq
import random
from collections.abc import Iterator

import pytest

from drivers.protocols.umyo_frame import UmyoFrame
from drivers.protocols.umyo_rows import MOST_WAITING, UmyoRows
from drivers.source import SourceHealth

BLOCKS_PER_S = 139.5
SENSORS = (11, 22, 33)


class World:
    """Sensors with crystals, first numbers and radio delays of their own; `play` gives what arrives, in order.

    The samples of a block are the time at which it was taken, in tenths of a millisecond.
    """

    def __init__(self, seed: int = 0, parts_per_million: tuple[float, ...] = (0.0, 0.0, 0.0)) -> None:
        self._random = random.Random(seed)  # noqa: S311 - not for secrets
        self._periods = [1 / BLOCKS_PER_S / (1 + error * 1e-6) for error in parts_per_million]
        self._next_s = [self._random.random() / BLOCKS_PER_S for _ in SENSORS]
        self.numbers = [self._random.randrange(256) for _ in SENSORS]

    def play(self, seconds: float, silent: tuple[int, ...] = ()) -> Iterator[UmyoFrame]:
        until_s = max(self._next_s) + seconds
        waiting: list[tuple[float, int, UmyoFrame]] = []
        last_s = [0.0] * len(SENSORS)
        for place, sensor in enumerate(SENSORS):
            while self._next_s[place] < until_s:
                samples = round(self._next_s[place] * 1e4).to_bytes(8, "big")
                # the radio is late by up to 4 ms, and never changes the order of one sensor's blocks
                last_s[place] = max(last_s[place], self._next_s[place] + self._random.random() * 0.004)
                heapq.heappush(waiting, (last_s[place], place, UmyoFrame(sensor, self.numbers[place] % 256, samples)))
                self._next_s[place] += self._periods[place]
                self.numbers[place] += 1
        while waiting:
            frame = heapq.heappop(waiting)[2]
            if frame.sensor not in silent:
                yield frame


class Merged:
    """Rows of a world, with what is lost and how far apart in time the blocks of one row were taken."""

    def __init__(self, world: World) -> None:
        self.health = SourceHealth()
        self._rows = UmyoRows(SENSORS, [(frame.sensor, frame.block) for frame in world.play(1.0)], self.health)
        self.rows: list[tuple[int, ...]] = []
        self.lost = 0
        self.gaps: list[int] = []

    def take(self, *frames: UmyoFrame) -> None:
        for frame in frames:
            self._rows.take(frame)
        for run in self._rows.runs():
            self.rows += zip(
                *[(int.from_bytes(block, "big") for block in column) for column in run.columns], strict=True
            )
            self.lost += run.lost_blocks
            if run.lost_blocks:
                self.gaps.append(run.lost_blocks)

    def spread_ms(self, begin: int = 0) -> float:
        return max(max(row) - min(row) for row in self.rows[begin:]) / 10


@pytest.mark.parametrize("seed", range(10))
def test_blocks_that_were_taken_together_become_rows(seed: int) -> None:
    world = World(seed)
    merged = Merged(world)
    frames = [*world.play(20.0)]
    merged.take(*frames)
    assert len(merged.rows) >= 20 * BLOCKS_PER_S - 5
    assert merged.lost == 0
    assert merged.spread_ms() < 2e3 / BLOCKS_PER_S  # two blocks at most, with phases and delays by chance


def test_a_block_that_one_sensor_lost_is_lost_in_all() -> None:
    world = World()
    merged = Merged(world)
    frames = [*world.play(2.0)]
    places = [place for place, frame in enumerate(frames) if frame.sensor == 22]
    del frames[places[100]]
    merged.take(*frames)
    assert (merged.lost, merged.gaps) == (1, [1])
    assert len(merged.rows) >= 2 * BLOCKS_PER_S - 6
    assert merged.spread_ms() < 2e3 / BLOCKS_PER_S


def test_while_a_sensor_is_silent_there_are_no_rows_and_all_are_counted_when_it_is_back() -> None:
    world = World()
    merged = Merged(world)
    merged.take(*world.play(1.0))
    before = len(merged.rows)
    merged.take(*world.play(3.0, silent=(22,)))  # longer than its count goes round
    assert len(merged.rows) <= before + 3
    merged.take(*world.play(1.0))
    assert merged.gaps == [merged.lost]
    assert abs(merged.lost - 3 * BLOCKS_PER_S) <= 4
    assert len(merged.rows) - before >= BLOCKS_PER_S - 5
    assert merged.spread_ms() < 2e3 / BLOCKS_PER_S


def test_an_outage_of_all_is_counted_by_their_numbers() -> None:
    world = World()
    merged = Merged(world)
    merged.take(*world.play(1.0))
    for _ in world.play(0.7):
        pass
    merged.take(*world.play(1.0))
    assert 0.7 * BLOCKS_PER_S - 3 <= merged.lost <= 0.7 * BLOCKS_PER_S + 14
    assert merged.spread_ms() < 2e3 / BLOCKS_PER_S
    assert merged.health.extra.get("realigned_sensors", 0) == 0


@pytest.mark.parametrize("jump", [30, 100, 128, 200])
@pytest.mark.parametrize("place", [0, 1])
def test_a_sensor_that_starts_anew_is_put_beside_the_others_again(place: int, jump: int) -> None:
    world = World()
    merged = Merged(world)
    merged.take(*world.play(1.0))
    world.numbers[place] += jump
    merged.take(*world.play(2.0))
    assert merged.health.extra["realigned_sensors"] == 1
    assert 1 <= merged.lost <= 2 * MOST_WAITING
    assert merged.spread_ms() < 3e3 / BLOCKS_PER_S


@pytest.mark.parametrize("error", [-200.0, 200.0])
def test_a_crystal_that_runs_away_costs_gaps_and_keeps_its_place(error: float) -> None:
    world = World(parts_per_million=(0.0, error, 0.0))
    merged = Merged(world)
    merged.take(*world.play(200.0))  # 200 ppm are 5.6 blocks
    moved = merged.health.extra["realigned_sensors"]
    assert 2 <= moved <= 3
    assert len(merged.gaps) == moved
    assert merged.lost <= 4 * moved
    assert merged.spread_ms() < 4e3 / BLOCKS_PER_S
    assert len(merged.rows) + merged.lost >= 200 * BLOCKS_PER_S - 6


@pytest.mark.parametrize("wrong", [1, 2, 100, 128, 250, 255])
def test_a_number_that_was_damaged_costs_two_rows_at_most(wrong: int) -> None:
    world = World()
    merged = Merged(world)
    frames = [*world.play(2.0)]
    place = [place for place, frame in enumerate(frames) if frame.sensor == 22][100]
    frames[place] = UmyoFrame(22, (frames[place].block + wrong) % 256, frames[place].samples)
    merged.take(*frames)
    assert 1 <= merged.lost <= 2
    assert merged.health.extra.get("realigned_sensors", 0) == 0
    assert merged.spread_ms() < 2e3 / BLOCKS_PER_S


def test_a_block_that_comes_twice_is_taken_once() -> None:
    world = World()
    merged = Merged(world)
    merged.take(*(frame for frame in world.play(1.0) for _ in range(2)))
    assert merged.lost == merged.health.bad_frames == 0
    assert len(merged.rows) >= BLOCKS_PER_S - 5


def test_one_sensor_alone_needs_nobody() -> None:
    health = SourceHealth()
    alone = UmyoRows([7], [(7, 250)], health)
    for number in (251, 252, 255, 0, 1, 101, 102):
        alone.take(UmyoFrame(7, number, bytes([number])))
    runs = [(run.lost_blocks, [block[0] for block in run.columns[0]]) for run in alone.runs()]
    assert runs == [(0, [251, 252]), (2, [255, 0, 1]), (99, [101, 102])]


@pytest.mark.parametrize("seed", range(5))
def test_whatever_comes_little_is_kept(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    merged = UmyoRows(SENSORS, [(sensor, 0) for sensor in SENSORS], SourceHealth())
    for _ in range(20_000):
        merged.take(UmyoFrame(chance.choice(SENSORS), chance.randrange(256) if chance.random() < 0.5 else 1, b""))
    merged.runs()
    waiting = [len(sensor.blocks) for sensor in merged._sensors.values()]
    assert max(waiting) <= 2 * MOST_WAITING + 2
