import asyncio

from controller.tasks import end_task, finish


async def test_an_ending_goes_to_its_end_however_often_it_is_cancelled() -> None:
    may_end, ended = asyncio.Event(), asyncio.Event()

    async def ending() -> None:
        await may_end.wait()
        await asyncio.sleep(0)
        ended.set()

    async def work() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            await finish(ending())

    task = asyncio.create_task(work())
    for _ in range(5):
        await asyncio.sleep(0)
        task.cancel()
    assert not ended.is_set()
    may_end.set()
    await end_task(task)
    assert ended.is_set()
    assert task.cancelled()
