"""uMyo sensors over their USB base: one channel each, put side by side."""

import re
from collections import Counter, deque
from collections.abc import Sequence

import numpy as np

from drivers.errors import SettingsError
from drivers.protocols.protocol import Described, Event, SampleBlock, Ticks
from drivers.protocols.umyo_frame import UmyoFrame, UmyoReader
from drivers.protocols.umyo_rows import COUNT, Run, UmyoRows
from drivers.sample_clock import RATE_ON_PAPER
from drivers.source import SourceHealth, StreamInfo, Unit

# The firmware takes 128 conversions of 7 µs for a sample, and calls that 1116 Hz (uMyo, `adc_read.c` and `main.c`).
RATE_HZ = 1116.0
LARGEST = 1 << 15
# The base is listened to for so long before it is said which sensors there are.
LISTEN_S = 1.0
# ... of those that were heard so often: a sensor sends 140 blocks per second, chance none.
_HEARD_BLOCKS = 8
# Sensors that were named need no search, only to be put side by side.
_NAMED_BLOCKS = 32
# Twelve is what the maker names; the radio has not room for many more.
_MOST_SENSORS = 32
_REMEMBERED = 4096  # frames: a second of more sensors than that


class UmyoParser:
    """Turns the frames of all sensors into rows with a channel per sensor; never raises and keeps a bounded number.

    `sensors`: which ones, as eight hexadecimal digits, in the order of the channels; empty for all that are heard in
    the first second, sorted. How rows are made of sensors without a common clock, see `UmyoRows`. Counts into
    `health`, besides the usual, in `extra`: `other_sensors` (frames of those that are no channel).
    """

    def __init__(self, health: SourceHealth | None = None, sensors: Sequence[str] = ()) -> None:
        self.health = SourceHealth() if health is None else health
        self._wanted = _read_names(sensors)
        self._reader = UmyoReader(self.health)
        self._heard: Counter[int] = Counter()
        self._arrivals: deque[UmyoFrame] = deque(maxlen=_REMEMBERED)
        self._block_samples = 0
        self._first_heard_s: float | None = None
        self._listened = False
        self._rows: UmyoRows | None = None
        self._next_index = 0

    def feed(self, data: bytes) -> list[Event]:
        """Take the next bytes and return the rows that they complete, consecutive ones as one block."""
        events: list[Event] = []
        if self._rows is None and (self._listened or self._all_named_are_heard()):
            self._describe(events)
        for frame in self._reader.feed(data):
            if self._rows is None:
                self._remember(frame)
            elif frame.sensor not in self._reader.known:
                self.health.extra["other_sensors"] = self.health.extra.get("other_sensors", 0) + 1
            elif len(frame.samples) != 2 * self._block_samples:
                self.health.bad_frames += 1
            else:
                self._rows.take(frame)
        if self._rows is not None:
            events += [self._block(run) for run in self._rows.runs()]
        return events

    def say(self, elapsed_s: float) -> bytes:
        """Say nothing: the base sends without being asked. Notice when it was listened to for long enough."""
        if self._heard and self._first_heard_s is None:
            self._first_heard_s = elapsed_s
        self._listened = self._first_heard_s is not None and elapsed_s - self._first_heard_s >= LISTEN_S
        return b""

    def farewell(self) -> bytes:
        """Say nothing: the base knows no stop."""
        return b""

    def why_not_described(self) -> str:
        """Tell which sensors were heard."""
        heard = self._sensors_heard()
        if not heard:
            return "bytes came, but no uMyo sensor; is one on, and in the base's radio mode (three green flashes)?"
        missing = ", ".join(_name(sensor) for sensor in self._wanted if sensor not in heard)
        names = ", ".join(_name(sensor) for sensor in heard)
        return f"sensors {missing} of `sensors` were not heard, only {names}; switch them on, or leave them out"

    def _all_named_are_heard(self) -> bool:
        return bool(self._wanted) and all(self._heard[sensor] >= _NAMED_BLOCKS for sensor in self._wanted)

    def _sensors_heard(self) -> list[int]:
        return sorted(sensor for sensor, blocks in self._heard.items() if blocks >= _HEARD_BLOCKS)

    def _remember(self, frame: UmyoFrame) -> None:
        if len(self._heard) < _REMEMBERED or frame.sensor in self._heard:
            self._heard[frame.sensor] += 1
            self._arrivals.append(frame)

    def _describe(self, events: list[Event]) -> None:
        heard = self._sensors_heard()
        sensors = self._wanted or heard[:_MOST_SENSORS]
        recent = {frame.sensor for frame in self._arrivals}
        if not sensors or not recent.issuperset(sensors) or not set(heard).issuperset(sensors):
            return
        ((block_bytes, _),) = Counter(len(frame.samples) for frame in self._arrivals).most_common(1)
        self._block_samples = block_bytes // 2
        self._rows = UmyoRows(sensors, [(frame.sensor, frame.block) for frame in self._arrivals], self.health)
        self._reader.known = frozenset(sensors)
        names = tuple(_name(sensor) for sensor in sensors)
        info = StreamInfo(
            "uMyo", len(sensors), RATE_HZ, Unit.ARBITRARY, names, f"umyo-{'-'.join(names)}", float(LARGEST)
        )
        events.append(Described(info, Ticks(1e9 / RATE_HZ, RATE_ON_PAPER, unseen_loss=COUNT * self._block_samples)))
        self._heard.clear()
        self._arrivals.clear()

    def _block(self, run: Run) -> SampleBlock:
        columns = [np.frombuffer(b"".join(blocks), dtype=">i2") for blocks in run.columns]
        samples = np.stack(columns, axis=1).astype(np.float64)
        lost = run.lost_blocks * self._block_samples
        first_index = self._next_index + lost
        self._next_index = first_index + len(samples)
        self.health.lost_samples += lost
        return SampleBlock(samples, first_index, lost, self._next_index)


def _read_names(sensors: Sequence[str]) -> list[int]:
    names = [sensors] if isinstance(sensors, str) else [str(name) for name in sensors]
    if any(not re.fullmatch("[0-9a-fA-F]{8}", name) for name in names):
        raise SettingsError(f"`sensors` are names of eight hexadecimal digits such as 5a0c11e7, not {sensors!r}")
    numbers = [int(name, 16) for name in names]
    if len(set(numbers)) != len(numbers) or len(numbers) > _MOST_SENSORS:
        raise SettingsError(f"`sensors` names each sensor once, {_MOST_SENSORS} at most, not {sensors!r}")
    return numbers


def _name(sensor: int) -> str:
    return f"{sensor:08x}"
