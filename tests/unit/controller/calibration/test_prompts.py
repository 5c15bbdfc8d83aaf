"""What the wearer is asked for, and which sample gets which label; the device and the clock are the test's."""

from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from controller.calibration import prompted
from controller.calibration.prompted import record_prompted
from controller.calibration.prompts import Prompt, prompt_schedule
from controller.errors import CalibrationError
from drivers.chunk import Chunk
from drivers.errors import SourceLostError
from drivers.recordings.recording import Recording
from drivers.source import SourceHealth, StreamInfo

BEGIN_NS = 77_000_000_000
RATE_HZ = 100.0
INFO = StreamInfo("test", 2, RATE_HZ)
SCHEDULE = prompt_schedule(["open", "close"], 1, 1.0, 0.5)  # rest 0.5, open 1.0, rest 0.5, close 1.0, rest 0.5


class Source:
    """Delivers the chunks of a test at once; then it ends, or is lost."""

    def __init__(self, chunks: Sequence[Chunk], lost: bool = False) -> None:
        self.health = SourceHealth()
        self._chunks, self._lost = chunks, lost

    async def open(self) -> StreamInfo:
        return INFO

    async def chunks(self) -> AsyncIterator[Chunk]:
        for chunk in self._chunks:
            yield chunk
        if self._lost:
            raise SourceLostError("unplugged")

    def rest(self, until_ns: int) -> None:
        """Gather nothing."""

    async def close(self) -> None:
        """Nothing to free."""


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The session begins at `BEGIN_NS`."""
    monkeypatch.setattr(prompted, "time", SimpleNamespace(monotonic_ns=lambda: BEGIN_NS))


def stream(first_s: float, last_s: float, per_chunk: int, lost: dict[int, int] | None = None) -> list[Chunk]:
    """Return samples from `first_s` to before `last_s`; the value of each is its time. `lost`: before these chunks."""
    times_s = np.arange(round(first_s * RATE_HZ), round(last_s * RATE_HZ)) / RATE_HZ
    chunks, index = [], 0
    for number, start in enumerate(range(0, len(times_s), per_chunk)):
        of_chunk = times_s[start : start + per_chunk]
        missing = (lost or {}).get(number, 0)
        index += missing
        newest_ns = BEGIN_NS + round(of_chunk[-1] * 1e9)
        chunks.append(Chunk(np.column_stack((of_chunk, -of_chunk)), newest_ns, index, missing))
        index += len(of_chunk)
    return chunks


async def record(chunks: Sequence[Chunk]) -> Recording:
    return await record_prompted(Source(chunks), INFO, SCHEDULE, lambda _now_s, _prompt: None)


def asked_for(recording: Recording) -> list[str]:
    return [recording.class_names[index] for index in recording.class_of_sample]


def test_a_schedule_goes_round_by_round_with_rest_around_every_motion() -> None:
    schedule = prompt_schedule(["open", "close"], 2, 3.0, 2.0)
    assert [prompt.class_name for prompt in schedule] == ["rest", "open", "rest", "close"] * 2 + ["rest"]
    assert [prompt.repetition for prompt in schedule] == [1] * 4 + [2] * 4 + [2]
    assert [prompt.end_s - prompt.start_s for prompt in schedule] == [2.0, 3.0] * 4 + [2.0]


def test_a_schedule_leaves_no_time_without_a_prompt() -> None:
    schedule = prompt_schedule(["open", "close", "flex"], 3, 1.7, 0.9)
    assert schedule[0].start_s == 0.0
    assert all(one.end_s == following.start_s for one, following in pairwise(schedule))
    assert schedule[-1].end_s == pytest.approx(9 * (1.7 + 0.9) + 0.9)


def test_a_schedule_without_motions_is_one_rest() -> None:
    assert prompt_schedule([], 3, 1.0, 2.0) == [Prompt("rest", 0.0, 2.0, 3)]


@pytest.mark.parametrize("per_chunk", [1, 7, 50, 1000])
async def test_each_sample_gets_what_was_asked_for_when_it_was_taken(per_chunk: int) -> None:
    recording = await record(stream(0.0, 3.6, per_chunk))
    expected = ["rest"] * 50 + ["open"] * 100 + ["rest"] * 50 + ["close"] * 100 + ["rest"] * 50
    assert asked_for(recording) == expected
    assert recording.class_names == ("rest", "open", "close")
    np.testing.assert_allclose(recording.samples[:, 0], np.arange(350) / RATE_HZ)
    assert set(recording.repetition) == {1}
    assert set(recording.session) == {1}
    assert set(recording.segment) == {0}


async def test_a_repetition_is_counted_from_its_rest_on() -> None:
    schedule = prompt_schedule(["open"], 2, 1.0, 0.5)
    recording = await record_prompted(Source(stream(0.0, 4.0, 10)), INFO, schedule, lambda _now_s, _prompt: None)
    assert list(recording.repetition) == [1] * 150 + [2] * 200


async def test_what_was_taken_before_the_first_and_after_the_last_prompt_is_left_out() -> None:
    recording = await record(stream(-1.0, 5.0, 1000))
    np.testing.assert_allclose(recording.samples[[0, -1], 0], [0.0, 3.49])
    assert len(recording) == 350


async def test_recording_ends_with_the_last_prompt() -> None:
    source = Source(stream(0.0, 100.0, 10))
    told_s: list[float] = []
    await record_prompted(source, INFO, SCHEDULE, lambda now_s, _prompt: told_s.append(now_s))
    assert told_s[-1] == pytest.approx(3.59)


async def test_lost_samples_cut_the_recording() -> None:
    recording = await record(stream(0.0, 3.6, 10, lost={3: 1, 20: 500}))
    assert list(np.flatnonzero(np.diff(recording.segment)) + 1) == [30, 200]


async def test_every_chunk_tells_the_time_and_the_prompt_of_then() -> None:
    told: list[tuple[float, str]] = []
    chunks = stream(-0.2, 3.6, 20)
    await record_prompted(Source(chunks), INFO, SCHEDULE, lambda now_s, prompt: told.append((now_s, prompt.class_name)))
    assert len(told) == len(chunks)
    assert told[0] == (pytest.approx(-0.01), "rest")
    assert all(
        next(prompt.class_name for prompt in SCHEDULE if now_s < prompt.end_s or prompt is SCHEDULE[-1]) == name
        for now_s, name in told
    )


async def test_a_chunk_that_spans_several_prompts_tells_the_newest() -> None:
    told: list[str] = []
    with pytest.raises(CalibrationError, match="ended before the last prompt"):
        await record_prompted(
            Source(stream(0.0, 2.5, 1000)), INFO, SCHEDULE, lambda _now_s, prompt: told.append(prompt.class_name)
        )
    assert told == ["close"]


async def test_a_device_that_goes_is_lost() -> None:
    with pytest.raises(SourceLostError, match="unplugged"):
        await record_prompted(Source(stream(0.0, 1.0, 10), lost=True), INFO, SCHEDULE, lambda _now_s, _prompt: None)


async def test_a_device_that_falls_silent_is_told_within_five_seconds_of_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited_s: list[float] = []

    async def out_of_time(reading: object, within_s: float) -> None:
        waited_s.append(within_s)
        reading.close()  # type: ignore[attr-defined]
        raise TimeoutError

    monkeypatch.setattr(prompted, "asyncio", SimpleNamespace(wait_for=out_of_time))
    with pytest.raises(CalibrationError, match="stopped sending during the prompts; check its cable"):
        await record(stream(0.0, 1.0, 10))
    assert waited_s == [SCHEDULE[-1].end_s + 5.0]


async def test_a_source_that_ends_before_the_prompts_is_told() -> None:
    with pytest.raises(CalibrationError, match="ended"):
        await record(stream(0.0, 1.0, 10))


async def test_a_source_that_ends_without_a_sample_is_told() -> None:
    with pytest.raises(CalibrationError):
        await record([])
