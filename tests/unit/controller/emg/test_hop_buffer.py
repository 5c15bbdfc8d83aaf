import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from controller.emg.hop_buffer import HopBuffer
from drivers.chunk import Chunk
from tests.unit.controller.streams import cut

HOP = 4
MS = 1_000_000
SAMPLES = np.arange(80.0).reshape(40, 2)


def chunk(first: int, last: int, lost_before: int = 0) -> Chunk:
    return Chunk(SAMPLES[first:last], last * MS, first, lost_before)


@given(st.lists(st.integers(0, 40), max_size=40))
def test_hops_are_the_same_however_the_stream_is_cut(places: list[int]) -> None:
    buffer = HopBuffer(HOP, 2, 1000.0)
    seen = []
    for first, last in cut(40, places):
        piece = chunk(first, last)
        expected = buffer.complete_in(piece)
        hops = [(hop.block.copy(), hop.newest_index, hop.newest_t_ns, hop.after_gap) for hop in buffer.hops(piece)]
        assert len(hops) == expected
        seen += hops
    assert (np.vstack([block for block, *_ in seen]) == SAMPLES).all()
    assert [(index, t_ns, gap) for _, index, t_ns, gap in seen] == [
        (last - 1, last * MS, False) for last in range(HOP, 41, HOP)
    ]


def test_a_short_gap_is_joined_over_and_counted() -> None:
    buffer = HopBuffer(HOP, 2, 1000.0)
    assert [hop.newest_index for hop in buffer.hops(chunk(0, 2))] == []
    hops = [(hop.newest_index, hop.after_gap, hop.block.tolist()) for hop in buffer.hops(chunk(6, 8, lost_before=4))]
    assert hops == [(7, False, SAMPLES[[0, 1, 6, 7]].tolist())]
    assert buffer.lost_samples == 4


def test_after_a_long_gap_the_unfinished_hop_is_thrown_away() -> None:
    buffer = HopBuffer(HOP, 2, 1000.0)
    list(buffer.hops(chunk(0, 3)))
    after = chunk(20, 30, lost_before=17)
    assert buffer.complete_in(after) == 2
    hops = [(hop.newest_index, hop.after_gap, hop.block.tolist()) for hop in buffer.hops(after)]
    assert hops == [(23, True, SAMPLES[20:24].tolist()), (27, False, SAMPLES[24:28].tolist())]
    assert buffer.lost_samples == 17
