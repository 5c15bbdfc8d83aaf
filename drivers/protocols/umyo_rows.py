"""Rows of samples from sensors that have no common clock: each numbers its own blocks, and all are put side by side.

The first sensor's count is the time axis. Another sensor's count is moved so that blocks of the same number arrive
together, as a median over time; a sensor whose crystal is quicker or slower is moved again when it is two blocks off.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median_low

from drivers.protocols.umyo_frame import UmyoFrame
from drivers.source import SourceHealth

COUNT = 256  # a byte numbers the blocks
# Blocks that a sensor may be behind the others, 0.1 s; then it is silent, and rows are lost for all.
MOST_WAITING = 14
# A sensor that is so many blocks off, as a median of so many arrivals (half a second), is moved.
OFF_BLOCKS = 2
WATCHED_ARRIVALS = 64
# A sensor that comes back with a count of its own is listened to for so many blocks before it is put beside the others.
RETURN_BLOCKS = 8


@dataclass(slots=True)
class Run:
    """Consecutive blocks of all sensors: `columns` [sensor] holds their bytes; so many blocks are missing before."""

    lost_blocks: int
    columns: list[list[bytes]]


@dataclass(slots=True)
class _Sensor:
    number: int  # of its newest block, as it counts
    place: int  # of its newest block on the time axis
    held: tuple[int, bytes] | None = None  # a block out of turn, which the next one must confirm
    blocks: dict[int, bytes] = field(default_factory=dict)  # by place, waiting for the other sensors
    offs: list[int] = field(default_factory=list)
    first_has_come: bool = False  # since this one's last block
    returning: int = 0  # blocks to listen to yet


class UmyoRows:
    """Takes blocks of `sensors` as they arrive and gives rows; a block that is missing in one is lost in all.

    `arrivals`: what came before, at least a block of each sensor, to align them by. Counts into `health`: `bad_frames`
    (a block's number that the next one contradicted), and in `extra` `late_blocks` and `realigned_sensors`.
    """

    def __init__(self, sensors: Sequence[int], arrivals: Iterable[tuple[int, int]], health: SourceHealth) -> None:
        self._health = health
        self._sensors = _align(sensors, arrivals)
        self._first = self._sensors[sensors[0]]
        self._next = max(sensor.place for sensor in self._sensors.values()) + 1
        self._lost = 0
        self._runs: list[Run] = []

    def take(self, frame: UmyoFrame) -> None:
        """Take the next block of one of the sensors."""
        sensor = self._sensors[frame.sensor]
        step = (frame.block - sensor.number) % COUNT
        held, sensor.held = sensor.held, None
        if held is not None and (frame.block - held[0]) % COUNT == 1:
            self._put(sensor, (held[0] - sensor.number) % COUNT, held[1])
            step = 1
        elif held is not None and held != (frame.block, frame.samples):
            self._health.bad_frames += 1
            if step == 2:  # the contradicted block stood where this one is missing
                self._put(sensor, step, frame.samples)
                return
        if step == 1:
            self._put(sensor, step, frame.samples)
        elif step:  # the same block twice is nothing
            sensor.held = (frame.block, frame.samples)

    def runs(self) -> list[Run]:
        """Return the rows that are complete, and forget them."""
        runs, self._runs = self._runs, []
        return runs

    def _put(self, sensor: _Sensor, step: int, samples: bytes) -> None:
        sensor.number = (sensor.number + step) % COUNT
        self._find_place(sensor, step)
        if sensor.returning:
            return
        if sensor.place < self._next:
            self._health.extra["late_blocks"] = self._health.extra.get("late_blocks", 0) + 1
        else:
            sensor.blocks[sensor.place] = samples
        self._watch(sensor)
        self._emit()

    def _find_place(self, sensor: _Sensor, step: int) -> None:
        """Place the sensor's newest block; how often its count went round is told by the others."""
        place = sensor.place + step
        others = [other.place for other in self._sensors.values() if other is not sensor and not other.returning]
        if others:
            front = max(others)
            place += COUNT * round((front - place) / COUNT)
            if abs(place - front) <= MOST_WAITING:
                sensor.returning = 0
            elif sensor.returning == 1:
                place = front
                self._count_realigned()
                sensor.returning = 0
            elif sensor.returning:
                sensor.returning -= 1
            elif step != 1:
                sensor.returning = RETURN_BLOCKS
        else:
            sensor.returning = 0
        sensor.place = place

    def _watch(self, sensor: _Sensor) -> None:
        """Notice a sensor that runs away from the first."""
        if sensor is self._first:
            for other in self._sensors.values():
                other.first_has_come = True
        elif sensor.first_has_come and not self._first.returning:
            sensor.first_has_come = False
            sensor.offs.append(sensor.place - self._first.place)
            if len(sensor.offs) == WATCHED_ARRIVALS:
                off = median_low(sensor.offs)
                sensor.offs.clear()
                if abs(off) >= OFF_BLOCKS:
                    self._move(sensor, off)

    def _move(self, sensor: _Sensor, off: int) -> None:
        """Move a sensor's count; what waits is lost, at least one block, as its samples do not join."""
        sensor.place -= off
        self._count_realigned()
        after = max(self._next, *(each.place for each in self._sensors.values())) + 1
        self._lost += after - self._next
        self._next = after
        for each in self._sensors.values():
            each.blocks.clear()

    def _emit(self) -> None:
        sensors = [*self._sensors.values()]
        while True:
            blocks = [sensor.blocks.pop(self._next, None) for sensor in sensors]
            whole = [block for block in blocks if block is not None]
            if len(whole) == len(sensors):
                self._append(whole)
            elif self._is_lost(sensors, blocks):
                self._lost += 1
            else:
                for sensor, block in zip(sensors, blocks, strict=True):
                    if block is not None:
                        sensor.blocks[self._next] = block
                return
            self._next += 1

    def _is_lost(self, sensors: Sequence[_Sensor], blocks: Sequence[bytes | None]) -> bool:
        """Tell whether the next row will never be whole: a sensor is past it without it, or silent for too long."""
        present = [sensor for sensor in sensors if not sensor.returning]
        if any(
            block is None and not sensor.returning and sensor.place > self._next
            for sensor, block in zip(sensors, blocks, strict=True)
        ):
            return True
        return max((sensor.place for sensor in present), default=self._next) - self._next >= MOST_WAITING

    def _append(self, blocks: Sequence[bytes]) -> None:
        if self._lost or not self._runs:
            self._runs.append(Run(self._lost, [[] for _ in blocks]))
            self._lost = 0
        for column, block in zip(self._runs[-1].columns, blocks, strict=True):
            column.append(block)

    def _count_realigned(self) -> None:
        self._health.extra["realigned_sensors"] = self._health.extra.get("realigned_sensors", 0) + 1


def _align(sensors: Sequence[int], arrivals: Iterable[tuple[int, int]]) -> dict[int, _Sensor]:
    """Return the sensors with their newest blocks placed so that, as a median, those that arrive together are alike."""
    newest: dict[int, int] = {}
    offs: dict[int, deque[int]] = {sensor: deque(maxlen=WATCHED_ARRIVALS) for sensor in sensors}
    for sensor, number in arrivals:
        newest[sensor] = number
        if sensor in offs and sensors[0] in newest:
            offs[sensor].append((number - newest[sensors[0]]) % COUNT)
    placed = {}
    for sensor in sensors:
        middle = offs[sensor][-1] if offs[sensor] else (newest[sensor] - newest[sensors[0]]) % COUNT
        off = middle + (median_low(_signed(each - middle) for each in offs[sensor]) if offs[sensor] else 0)
        placed[sensor] = _Sensor(newest[sensor], _signed(newest[sensor] - newest[sensors[0]] - off))
    return placed


def _signed(difference: int) -> int:
    return (difference + COUNT // 2) % COUNT - COUNT // 2
