import asyncio
from itertools import pairwise

import pytest

from clinic.live.turns import GATHER_S, PATIENCE_S, TURN_S, Turns
from controller.tasks import end_task
from tests.rigs.virtual_time import run_in_virtual_time

HOP_S, LATE_S = 0.010, 0.0031


async def _page(turns: Turns, sent_s: list[float]) -> None:
    while True:
        await turns.wait()
        sent_s.append(asyncio.get_running_loop().time())


async def _decide(turns: Turns, for_s: float, every_s: float = HOP_S) -> None:
    """Decide so often, `LATE_S` after the samples."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + for_s
    await asyncio.sleep(LATE_S)
    while loop.time() < until_s:
        turns.decided()
        await asyncio.sleep(every_s)


def test_pages_are_sent_to_right_after_a_decision_thirty_times_a_second_all_in_one_turn() -> None:
    async def scene() -> None:
        turns = Turns()
        first: list[float] = []
        other: list[float] = []
        pages = [asyncio.create_task(_page(turns, sent_s)) for sent_s in (first, other)]
        await _decide(turns, 10.0)
        for page in pages:
            await end_task(page)
        assert first == other
        assert len(first) == pytest.approx(10.0 / TURN_S, abs=2)
        after_decision_s = [(sent_s - LATE_S) % HOP_S for sent_s in first[1:]]
        assert after_decision_s == pytest.approx([GATHER_S] * len(after_decision_s), abs=1e-6)

    run_in_virtual_time(scene())


@pytest.mark.parametrize("every_s", [0.0005, 0.011, 0.033, 0.05, 1.0, 100.0])
def test_however_often_is_decided_pages_wait_no_longer_and_are_sent_to_no_more_often(every_s: float) -> None:
    async def scene() -> None:
        turns, sent_s = Turns(), [0.0]
        page = asyncio.create_task(_page(turns, sent_s))
        await _decide(turns, 10.0, every_s)
        await end_task(page)
        gaps_s = [after - before for before, after in pairwise(sent_s)]
        # A decision within the page's patience is waited for, and what it says is gathered.
        assert max(gaps_s) <= TURN_S + PATIENCE_S + GATHER_S + 1e-6
        assert 100 < len(gaps_s) <= sent_s[-1] / TURN_S + 2

    run_in_virtual_time(scene())


def test_a_page_that_goes_while_it_waits_keeps_no_other_from_its_turn() -> None:
    async def scene() -> None:
        turns, sent_s = Turns(), [0.0]
        gone, stays = asyncio.create_task(_page(turns, [])), asyncio.create_task(_page(turns, sent_s))
        await asyncio.sleep(0.0)
        await end_task(gone)
        await _decide(turns, 1.0)
        assert len(sent_s) > 20
        await end_task(stays)
        turns.decided()  # nobody is there
        await asyncio.sleep(1.0)

    run_in_virtual_time(scene())
