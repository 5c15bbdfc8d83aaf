import asyncio
import threading
from collections.abc import Iterable

import numpy as np
import pytest

from drivers.chunk import Chunk
from drivers.errors import SourceLostError
from drivers.pending_chunks import PendingChunks
from drivers.source import SourceHealth


def chunk(first_index: int, samples: int, lost_before: int = 0) -> Chunk:
    rows = np.arange(first_index, first_index + samples, dtype=np.float64)
    return Chunk(rows.reshape(-1, 1), first_index + samples, first_index, lost_before)


def pending_with(chunks: Iterable[Chunk], limit: int = 1000) -> tuple[PendingChunks, SourceHealth]:
    health = SourceHealth()
    pending = PendingChunks(limit, health)
    for one in chunks:
        pending.put(one)
    return pending, health


async def test_what_came_meanwhile_is_one_chunk() -> None:
    pending, health = pending_with([chunk(0, 3), chunk(3, 2), chunk(5, 4)])
    taken = await anext(pending)
    assert taken.samples[:, 0].tolist() == list(range(9))
    assert (taken.first_index, taken.newest_t_ns, taken.lost_before) == (0, 9, 0)
    assert (health.chunks, health.samples, health.lost_samples) == (1, 9, 0)


async def test_a_single_chunk_is_handed_on_without_a_copy() -> None:
    one = chunk(0, 3)
    pending, _ = pending_with([one])
    assert await anext(pending) is one


async def test_chunks_are_not_joined_over_a_gap() -> None:
    pending, _ = pending_with([chunk(0, 3), chunk(5, 2, lost_before=2), chunk(7, 1)])
    first, second = await anext(pending), await anext(pending)
    assert (len(first.samples), first.newest_t_ns) == (3, 3)
    assert (len(second.samples), second.first_index, second.lost_before) == (3, 5, 2)


async def test_beyond_the_limit_the_oldest_go_and_what_follows_says_so() -> None:
    pending, health = pending_with([chunk(0, 4), chunk(6, 4, lost_before=2), chunk(10, 5)], limit=8)
    taken = await anext(pending)
    assert taken.samples[:, 0].tolist() == list(range(7, 15))
    assert (taken.first_index, taken.lost_before) == (7, 4 + 2 + 1)
    assert health.lost_samples == 5  # the two that the device lost were counted by who noticed
    assert health.extra == {"dropped_samples": 5}


async def test_a_chunk_larger_than_the_limit_keeps_its_newest() -> None:
    pending, health = pending_with([chunk(0, 10)], limit=4)
    taken = await anext(pending)
    assert (taken.first_index, len(taken.samples), taken.lost_before) == (6, 4, 6)
    assert taken.samples.flags.c_contiguous
    assert health.lost_samples == 6


async def test_dropping_goes_on_while_nobody_reads() -> None:
    pending, health = pending_with((chunk(n * 3, 3) for n in range(100)), limit=7)
    taken = await anext(pending)
    assert (taken.first_index, taken.lost_before, len(taken.samples)) == (293, 293, 7)
    assert health.lost_samples == 293


async def test_a_waiting_reader_is_woken() -> None:
    pending, _ = pending_with([])
    waiting = asyncio.ensure_future(anext(pending))
    await asyncio.sleep(0)
    assert not waiting.done()
    pending.put(chunk(0, 1))
    assert len((await waiting).samples) == 1


async def test_a_reader_that_always_finds_samples_lets_the_loop_run() -> None:
    pending, _ = pending_with([])
    ran: list[bool] = []
    asyncio.get_running_loop().call_soon(ran.append, True)
    pending.put(chunk(0, 1))
    await anext(pending)
    assert ran


async def test_what_was_waiting_is_read_before_the_loss_is_told_and_again_when_asked_again() -> None:
    pending, health = pending_with([chunk(0, 1)])
    pending.fail(SourceLostError("unplugged"))
    pending.put(chunk(1, 1))  # too late
    assert len((await anext(pending)).samples) == 1
    for _ in range(2):
        with pytest.raises(SourceLostError, match="unplugged"):
            await anext(pending)
    assert health.last_error == "unplugged"


async def test_the_first_loss_is_the_cause() -> None:
    pending, _ = pending_with([])
    pending.fail(SourceLostError("unplugged"))
    pending.fail(SourceLostError("the thread ended"))
    with pytest.raises(SourceLostError, match="unplugged"):
        await anext(pending)


async def test_close_ends_a_waiting_reader_and_forgets_what_waits() -> None:
    pending, _ = pending_with([])
    waiting = asyncio.ensure_future(anext(pending, None))
    await asyncio.sleep(0)
    pending.close()
    assert await waiting is None
    pending.put(chunk(0, 1))
    assert [one async for one in pending] == []
    assert pending.ended


async def test_close_hides_an_earlier_loss() -> None:
    pending, _ = pending_with([])
    pending.fail(SourceLostError("unplugged"))
    pending.close()
    assert [one async for one in pending] == []


async def test_a_cancelled_reader_leaves_room_for_the_next() -> None:
    pending, _ = pending_with([])
    waiting = asyncio.ensure_future(anext(pending))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    pending.put(chunk(0, 2))
    assert len((await anext(pending)).samples) == 2


async def test_two_readers_at_once_are_refused() -> None:
    pending, _ = pending_with([])
    waiting = asyncio.ensure_future(anext(pending))
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="one reader"):
        await anext(pending)
    pending.close()
    with pytest.raises(StopAsyncIteration):
        await waiting


async def test_all_that_a_thread_puts_in_arrives_in_order() -> None:
    pending, health = pending_with([], limit=1 << 30)

    def put_all() -> None:
        for n in range(2000):
            pending.put_from_thread(chunk(n, 1))
        pending.fail_from_thread(SourceLostError("that was all"))

    thread = threading.Thread(target=put_all)
    thread.start()
    received: list[float] = []

    async def read_all() -> None:
        async for one in pending:
            received.extend(one.samples[:, 0])

    with pytest.raises(SourceLostError, match="that was all"):
        await read_all()
    thread.join()
    assert received == list(range(2000))
    assert health.samples == 2000


def test_a_thread_that_outlives_the_loop_learns_it_and_does_not_fail() -> None:
    async def make() -> PendingChunks:
        return PendingChunks(10, SourceHealth())

    pending = asyncio.run(make())
    pending.put_from_thread(chunk(0, 1))
    assert pending.ended
    pending.fail_from_thread(SourceLostError("too late"))
