import asyncio
from pathlib import Path

import numpy as np
import pytest

from cli.record import session as session_module
from cli.record.recording_file import RecordingFile
from cli.record.session import Session
from controller.device_link import DeviceLink
from drivers.chunk import Chunk
from drivers.recordings.load import load_recording
from drivers.source import SourceHealth, StreamInfo

INFO = StreamInfo("cuff", 2, 1000.0)


class Nobody:
    """A device that is open and sends nothing."""

    health = SourceHealth()

    async def open(self) -> StreamInfo:
        return INFO

    async def close(self) -> None:
        pass

    def rest(self, until_ns: int) -> None:
        pass

    async def __anext__(self) -> Chunk:
        await asyncio.Event().wait()
        raise StopAsyncIteration

    def __aiter__(self) -> "Nobody":
        return self

    def chunks(self) -> "Nobody":
        return self


def session_at(path: Path) -> Session:
    link = DeviceLink(Nobody(), lambda _: None, lambda _: None, lambda _: None, lambda _: None, INFO)
    return Session(RecordingFile(path, overwrite=False), link, None, lambda _: None)


def chunk(first: int, count: int = 10, lost: int = 0) -> Chunk:
    samples = np.repeat(np.arange(first, first + count, dtype=np.float64).reshape(-1, 1), 2, axis=1)
    return Chunk(samples, round((100 + (first + count - 1) / 1000) * 1e9), first, lost)


async def recorded(session: Session, chunks: list[Chunk]) -> None:
    task = asyncio.create_task(session.run(None))
    await asyncio.sleep(0)
    for one in chunks:
        session.take(one)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_was_taken_is_in_the_file_when_it_ends_at_once(tmp_path: Path) -> None:
    session = session_at(tmp_path / "r.xdf")
    await recorded(session, [chunk(0), chunk(10), chunk(23, lost=3)])
    recording = load_recording(tmp_path / "r.xdf")
    assert recording.samples[:, 0].tolist() == [*range(20), *range(23, 33)]
    assert recording.segment.tolist() == [0] * 20 + [1] * 10
    assert (session.samples, session.lost, session.trouble) == (30, 3, "")


async def test_while_the_disk_hangs_the_oldest_go_and_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "MOST_WAITING_BYTES", 320)  # two chunks of ten
    session = session_at(tmp_path / "r.xdf")
    await recorded(session, [chunk(0, lost=5), *(chunk(first) for first in range(10, 60, 10))])
    assert load_recording(tmp_path / "r.xdf").samples[:, 0].tolist() == list(range(40, 60))
    assert (session.samples, session.lost) == (20, 45)


async def test_a_device_that_was_away_leaves_a_break_as_long_as_it_was(tmp_path: Path) -> None:
    session = session_at(tmp_path / "r.xdf")
    task = asyncio.create_task(session.run(None))
    await asyncio.sleep(0)
    session.take(chunk(0))
    session.begin_anew()
    back = chunk(110)  # a tenth of a second later, and counted from 0 again
    session.take(Chunk(back.samples, back.newest_t_ns, 0))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert session.lost == 100
    assert load_recording(tmp_path / "r.xdf").segment.tolist() == [0] * 10 + [1] * 10
