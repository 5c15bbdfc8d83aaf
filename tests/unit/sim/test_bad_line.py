from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.protocols.efferent_frame import EfferentEncoder, EfferentParser
from drivers.protocols.protocol import SampleBlock
from drivers.source import StreamInfo, Unit
from sim.emulator.bad_line import BadLine, LineState

INFO = StreamInfo("line", 2, 1000.0, Unit.MICROVOLT)


def received(state: LineState, samples: int = 200) -> tuple[list[SampleBlock], EfferentParser]:
    """Send samples one by one over such a line, and return what the parser makes of it."""
    line, encoder, parser = BadLine(1), EfferentEncoder(INFO), EfferentParser()
    blocks = []
    parser.feed(b"".join(line.pass_on([encoder.description()])))
    line.state = state
    for number in range(samples):
        packet = encoder.data(np.full((1, 2), number, dtype=np.int32), number * 1000)
        blocks += [event for event in parser.feed(b"".join(line.pass_on([packet]))) if isinstance(event, SampleBlock)]
    return blocks, parser


@pytest.mark.parametrize("state", list(LineState))
def test_no_sample_comes_twice_or_back_and_none_is_made_up(state: LineState) -> None:
    blocks, _ = received(state)
    indices = [index for block in blocks for index in range(block.first_index, block.first_index + len(block.samples))]
    values = [value for block in blocks for value in block.samples[:, 0].tolist()]
    assert indices == values
    assert all(before < after for before, after in pairwise(indices))


@pytest.mark.parametrize(
    ("state", "samples"),
    [(LineState.WELL, 200), (LineState.TWICE, 200), (LineState.GARBAGE, 0), (LineState.HALF, 0)],
)
def test_what_arrives(state: LineState, samples: int) -> None:
    blocks, _ = received(state)
    assert sum(len(block.samples) for block in blocks) == samples


def test_of_two_that_change_places_the_late_one_is_old() -> None:
    blocks, parser = received(LineState.SWAPPED)
    assert sum(len(block.samples) for block in blocks) == 100
    assert parser.health.extra["old_packets"] > 90


@given(st.lists(st.sampled_from(list(LineState)), max_size=30))
def test_a_line_that_is_well_again_brings_all_packets(states: list[LineState]) -> None:
    line, encoder, parser = BadLine(2), EfferentEncoder(INFO), EfferentParser()
    parser.feed(encoder.description())
    sample = np.zeros((1, 2), dtype=np.int32)
    for state in states:
        line.state = state
        parser.feed(b"".join(line.pass_on([encoder.data(sample, 0)])))
    line.state = LineState.WELL
    parser.feed(b"".join(line.pass_on([b"\0"])))
    first = encoder.next_index
    blocks = [parser.feed(b"".join(line.pass_on([encoder.data(sample, 0)]))) for _ in range(5)]
    assert [block.first_index for events in blocks for block in events if isinstance(block, SampleBlock)] == [
        first + number for number in range(5)
    ]
