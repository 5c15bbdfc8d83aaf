from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drivers.chunk import Chunk
from drivers.errors import RecordingError, SettingsError, SourceNotFoundError
from drivers.recordings.own_npz import save_recording
from drivers.recordings.recording import Recording
from drivers.replay_source import Replay, ReplaySource
from drivers.source import EmgSource, SourceHealth

MS = 1_000_000
GAP = 1000  # one second of the recording's rate


class Time:
    """A clock that only sleeping moves; every sleep takes `late_ms` longer than asked, as timers do."""

    def __init__(self, late_ms: float = 1.1) -> None:
        self.now_ns = 10**9
        self.late_ms = late_ms
        self.sleeps: list[float] = []

    def monotonic_ns(self) -> int:
        return self.now_ns

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        if seconds > 0:
            self.now_ns += int((seconds * 1e3 + self.late_ms) * MS)


def replay_of(recording: Recording, time: Time, speed: float = 1.0, chunk_ms: float = 10.0) -> Replay:
    return Replay(recording, speed, chunk_ms, SourceHealth(), monotonic_ns=time.monotonic_ns, sleep=time.sleep)


def rows(chunks: list[Chunk]) -> list[float]:
    return [float(value) for chunk in chunks for value in chunk.samples[:, 0]]


async def test_every_sample_comes_once_in_chunks_that_end_at_segments(recording: Recording) -> None:
    chunks = [chunk async for chunk in replay_of(recording, Time(), chunk_ms=70)]
    assert rows(chunks) == list(range(600))
    assert [len(chunk.samples) for chunk in chunks] == [70, 70, 70, 70, 20, 50, 70, 70, 70, 40]


async def test_a_change_of_segment_is_a_gap_longer_than_any_window(recording: Recording) -> None:
    replay = replay_of(recording, Time())
    chunks = [chunk async for chunk in replay]
    expected_index = 0
    for chunk in chunks:
        assert chunk.first_index == expected_index + chunk.lost_before
        expected_index = chunk.next_index
    assert [(chunk.first_index, chunk.lost_before) for chunk in chunks if chunk.lost_before] == [(300 + GAP, GAP)]


async def test_late_timers_do_not_add_up(recording: Recording) -> None:
    time = Time()
    start_ns = time.now_ns
    chunks = [chunk async for chunk in replay_of(recording, time)]
    for chunk, number in zip(chunks, range(1, 61), strict=True):
        assert chunk.newest_t_ns - start_ns == pytest.approx(number * 10 * MS + 1.1 * MS, abs=10)


@pytest.mark.parametrize(("speed", "lasts_ms"), [(1.0, 600), (2.0, 300), (0.5, 1200)])
async def test_speed_changes_the_time_it_takes(recording: Recording, speed: float, lasts_ms: int) -> None:
    time = Time(late_ms=0.001)
    start_ns = time.now_ns
    assert len(rows([chunk async for chunk in replay_of(recording, time, speed)])) == 600
    assert (time.now_ns - start_ns) / MS == pytest.approx(lasts_ms, abs=0.1)


async def test_after_a_stall_comes_one_larger_chunk_and_no_burst(recording: Recording) -> None:
    time = Time()
    start_ns = time.now_ns
    replay = replay_of(recording, time)
    await anext(replay)
    time.now_ns += 155 * MS
    late, following = await anext(replay), await anext(replay)
    assert (late.first_index, len(late.samples)) == (10, 150)
    assert (late.newest_t_ns - start_ns) / MS == pytest.approx(10 + 1.1 + 155)
    assert (following.first_index, len(following.samples)) == (160, 10)
    assert (following.newest_t_ns - start_ns) / MS == pytest.approx(170 + 1.1)


async def test_beyond_half_a_second_the_oldest_are_lost_and_counted(recording: Recording) -> None:
    time = Time()
    health = SourceHealth()
    replay = Replay(recording, 1.0, 10.0, health, monotonic_ns=time.monotonic_ns, sleep=time.sleep)
    await anext(replay)
    time.now_ns += 580 * MS
    late = await anext(replay)
    assert (late.samples[0, 0], late.first_index, late.lost_before) == (90, 90, 80)
    assert health.extra == {"dropped_samples": 80}
    assert health.lost_samples == 80


async def test_as_fast_as_possible_loses_nothing_and_lets_the_loop_run(recording: Recording) -> None:
    time = Time()
    chunks = [chunk async for chunk in replay_of(recording, time, speed=0)]
    assert rows(chunks) == list(range(600))
    assert time.sleeps == [0.0] * len(chunks)


async def test_closing_ends_it(recording: Recording) -> None:
    replay = replay_of(recording, Time())
    await anext(replay)
    replay.close()
    assert [chunk async for chunk in replay] == []


async def test_the_source_plays_what_was_chosen_and_can_be_opened_again(tmp_path: Path, recording: Recording) -> None:
    path = tmp_path / "r.npz"
    save_recording(recording, path)
    source: EmgSource = ReplaySource(path, speed=0, sessions=[2], repetitions=[1, 3], chunk_ms=100)
    for _ in range(2):
        info = await source.open()
        assert info == recording.info
        chunks = [chunk async for chunk in source.chunks()]
        assert rows(chunks) == [*range(300, 400), *range(500, 600)]
        assert [chunk.lost_before for chunk in chunks] == [0, GAP]
        assert (source.health.chunks, source.health.samples, source.health.lost_samples) == (2, 200, GAP)
        await source.close()
        await source.close()


async def test_what_cannot_be_played_says_why(tmp_path: Path, recording: Recording) -> None:
    with pytest.raises(SourceNotFoundError, match="there is no recording"):
        await ReplaySource(tmp_path / "r.npz").open()
    save_recording(recording, tmp_path / "r.npz")
    with pytest.raises(RecordingError, match=r"holds sessions 1, 2 .* nothing of sessions \(3,\)"):
        await ReplaySource(tmp_path / "r.npz", sessions=[3]).open()
    (tmp_path / "x.npz").write_bytes(b"x")
    with pytest.raises(RecordingError, match="none of the recordings"):
        await ReplaySource(tmp_path / "x.npz").open()


@pytest.mark.parametrize(
    "settings", [{"speed": -1}, {"speed": float("nan")}, {"chunk_ms": 0}, {"chunk_ms": 5000}, {"speed": 1e9}]
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        ReplaySource("r.npz", **settings)


def test_reading_before_opening_is_refused() -> None:
    with pytest.raises(RuntimeError, match="open the source"):
        ReplaySource("r.npz").chunks()


@pytest.mark.recordings
async def test_a_real_recording_is_played_whole(recordings_dir: Path) -> None:
    source = ReplaySource(recordings_dir / "myo_readings/P01.npz", speed=0, sessions=(1,), chunk_ms=500)
    await source.open()
    peak = max([float(np.abs(chunk.samples).max()) async for chunk in source.chunks()])
    assert source.health.samples == 96822
    assert 0 < peak <= 128
