"""What goes out for who looks on, hop by hop; nothing is sent that was not asked for."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from controller.contract.emg import EmgBlock
from controller.contract.message import MAX_PAYLOAD_BYTES
from controller.emg.hop_buffer import Hop
from controller.raw_view import BLOCK_NS, LONGEST_S, MOST_BYTES, RawView

MS = 1_000_000
HOP = 10
START_NS = 7_000_000_000


@dataclass
class Rig:
    """A view at 1 kHz with hops of 10 samples, and everything that went out; `room`: whether the connection has any."""

    channels: int = 2
    room: bool = True
    hop: int = HOP
    payloads: list[bytes] = field(default_factory=list)
    index: int = 0
    now_ns: int = START_NS
    view: RawView = field(init=False)

    def __post_init__(self) -> None:
        self.view = RawView(self.send, self.hop, self.channels, 1000.0)

    def send(self, payload: bytes) -> bool:
        if self.room:
            self.payloads.append(payload)
        return self.room

    @property
    def blocks(self) -> list[EmgBlock]:
        return [EmgBlock.model_validate_json(payload) for payload in self.payloads]

    @property
    def rows(self) -> dict[int, NDArray[np.float32]]:
        """Index → sample, of all that went out; none comes twice."""
        seen: dict[int, NDArray[np.float32]] = {}
        for block in self.blocks:
            for offset, row in enumerate(block.block):
                assert block.first_index + offset not in seen
                seen[block.first_index + offset] = row
        return seen

    def ask(self, for_s: float = 30.0) -> None:
        self.view.ask(for_s, self.now_ns)

    def run(self, hops: int) -> None:
        for _ in range(hops):
            self.index += self.hop
            self.now_ns += self.hop * MS
            rows = np.arange(self.index - self.hop, self.index, dtype=np.float64)
            block = rows[:, None] * 1000.0 + np.arange(self.channels)
            self.view.take(Hop(block, self.index - 1, self.now_ns))
            self.view.publish(self.now_ns)


def sample(index: int, channels: int) -> NDArray[np.float32]:
    return (index * 1000.0 + np.arange(channels)).astype(np.float32)


def test_with_nobody_watching_nothing_is_sent_or_kept() -> None:
    rig = Rig()
    rig.run(100)
    assert rig.payloads == []
    rig.ask()
    rig.run(3)
    assert min(rig.rows) == 1000  # nothing from before somebody asked


def test_about_thirty_blocks_a_second_with_every_sample_in_its_place() -> None:
    rig = Rig()
    rig.ask()
    rig.run(300)
    assert 85 <= len(rig.payloads) <= 105
    rows = rig.rows
    assert sorted(rows) == list(range(len(rows)))
    assert all(np.array_equal(row, sample(index, 2)) for index, row in rows.items())
    last = rig.blocks[-1]
    assert last.t_ns == START_NS + (last.first_index + len(last.block)) * MS
    assert (last.rate_hz, last.channels) == (1000.0, 2)


def test_it_ends_when_nobody_asks_again_however_long_was_asked_for() -> None:
    rig = Rig()
    rig.view.ask(1e12, rig.now_ns)
    rig.run(int(LONGEST_S * 100) + 5)
    ended = len(rig.payloads)
    assert ended > 0
    rig.run(1000)
    assert len(rig.payloads) == ended
    assert max(rig.rows) < LONGEST_S * 1000


def test_a_new_request_counts_from_now_and_zero_ends_it() -> None:
    rig = Rig()
    rig.ask(30.0)
    rig.ask(0.1)
    rig.run(20)
    assert max(rig.rows) <= 100
    rig.ask(30.0)
    rig.run(10)
    sent = len(rig.payloads)
    rig.ask(0.0)
    rig.run(10)
    assert len(rig.payloads) == sent


@pytest.mark.parametrize("channels", [1, 16, 64, 256, 1024])
def test_more_channels_make_more_and_smaller_blocks_never_larger_ones(channels: int) -> None:
    rig = Rig(channels)
    rig.ask()
    rig.run(100)
    assert all(len(payload) <= max(MOST_BYTES, channels * 6 + 200) for payload in rig.payloads)
    assert all(len(payload) < MAX_PAYLOAD_BYTES for payload in rig.payloads)
    assert rig.payloads
    for index, row in rig.rows.items():
        assert np.array_equal(row, sample(index, channels))


def test_at_most_one_block_goes_with_a_hop() -> None:
    rig = Rig(64, hop=200)
    rig.ask()
    for hops in range(1, 20):
        rig.run(1)
        assert len(rig.payloads) <= hops


def test_without_room_the_oldest_goes_and_the_index_shows_it() -> None:
    rig = Rig()
    rig.ask()
    rig.run(4)
    rig.room = False
    rig.run(100)
    rig.room = True
    rig.run(4)
    found = sorted(rig.rows)
    missing = set(range(found[0], found[-1] + 1)) - set(found)
    assert missing
    assert found[-1] == rig.index - 1
    assert all(np.array_equal(rig.rows[index], sample(index, 2)) for index in found)


def test_lost_samples_and_a_new_stream_never_share_a_block() -> None:
    rig = Rig()
    rig.ask()
    rig.run(2)
    rig.index += 7  # lost by the device
    rig.run(4)
    for block in rig.blocks:
        assert np.array_equal(block.block[:, 0], np.arange(len(block.block)) * 1000.0 + block.first_index * 1000.0)
    rig.view.reset()
    rig.payloads.clear()
    rig.index = 0
    rig.run(5)
    assert min(rig.rows) == 0
    assert max(rig.rows) < 50


@given(st.lists(st.tuples(st.sampled_from(["run", "jam", "free", "lose", "ask", "end", "reset"]), st.integers(1, 40))))
def test_whatever_happens_what_goes_out_is_true_and_in_order(steps: list[tuple[str, int]]) -> None:
    rig = Rig(channels=3)
    for what, amount in steps:
        if what == "run":
            rig.run(amount)
        elif what in ("jam", "free"):
            rig.room = what == "free"
        elif what == "lose":
            rig.index += amount
        elif what == "reset":
            rig.view.reset()
        else:
            rig.ask(amount if what == "ask" else 0.0)
    indices = [
        index for block in rig.blocks for index in range(block.first_index, block.first_index + len(block.block))
    ]
    assert indices == sorted(set(indices))
    assert all(np.array_equal(row, sample(index, 3)) for index, row in rig.rows.items())


def test_blocks_do_not_come_faster_than_they_are_due() -> None:
    rig = Rig()
    rig.ask()
    rig.run(1)
    rig.view.publish(rig.now_ns)
    assert len(rig.payloads) == 1
    rig.now_ns += BLOCK_NS - HOP * MS - 1
    rig.run(1)
    assert len(rig.payloads) == 1
    rig.run(1)
    assert len(rig.payloads) == 2
