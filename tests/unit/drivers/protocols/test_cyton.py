from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from drivers.block_stamper import BlockStamper
from drivers.errors import SettingsError
from drivers.protocols.catalogue import make_protocol
from drivers.protocols.cyton import CytonProtocol
from drivers.protocols.cyton_packet import uv_per_count
from drivers.protocols.protocol import Described, Event, SampleBlock, StreamRestarted
from drivers.source import SourceHealth, Unit
from sim.emulator.voices.cyton import CytonVoice
from tests.rigs.known_counts import known_counts

STEP_NS = 50_000_000


class Talk:
    """A host and a board, byte for byte and without a line between them."""

    def __init__(self, daisy: bool = False, voice: CytonVoice | None = None, **options: Any) -> None:
        self.host = CytonProtocol(**options)
        self.board = CytonVoice(daisy=daisy) if voice is None else voice
        self.events: list[Event] = []
        self.turn = 0
        self._next_row = 0

    def until_started(self) -> "Talk":
        while self._one_turn() != b"b":
            assert self.turn < 300, self.host.why_not_described()
        return self

    def _one_turn(self) -> bytes:
        self.turn += 1
        now_ns = self.turn * STEP_NS
        words = self.host.say(now_ns / 1e9)
        self.feed(self.board.hear(words, now_ns) + self.board.due(now_ns))
        return words

    def packets(self, n_samples: int) -> Sequence[bytes]:
        """Return the next samples as the board sends them."""
        counts = known_counts(self._next_row, n_samples, self.board.info.channel_count)
        self._next_row += n_samples
        return self.board.frames(counts, self._next_row * 8000, 1)

    def feed(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.events += self.host.feed(piece)

    @property
    def blocks(self) -> list[SampleBlock]:
        return [event for event in self.events if isinstance(event, SampleBlock)]

    @property
    def samples(self) -> NDArray[np.float64]:
        return np.concatenate([block.samples for block in self.blocks])

    @property
    def described(self) -> Described:
        (described,) = (event for event in self.events if isinstance(event, Described))
        return described


def in_microvolts(rows: Sequence[int] | range, channels: int = 8, gain: int = 24) -> NDArray[np.float64]:
    samples: NDArray[np.float64] = np.concatenate([known_counts(row, 1, channels) for row in rows]) * uv_per_count(gain)
    return samples


def test_a_cyton_is_described_by_its_first_packets() -> None:
    talk = Talk().until_started()
    talk.feed(*talk.packets(2))
    info, ticks = talk.described.info, talk.described.ticks
    assert (info.name, info.channel_count, info.rate_hz, info.unit) == ("OpenBCI Cyton", 8, 250.0, Unit.MICROVOLT)
    assert info.full_scale == 187_500.0
    assert (ticks.tick_ns, ticks.unseen_loss) == (4e6, 256)


def test_a_daisy_makes_sixteen_channels_at_half_the_rate() -> None:
    talk = Talk(daisy=True).until_started()
    talk.feed(*talk.packets(3))
    info, ticks = talk.described.info, talk.described.ticks
    assert (info.name, info.channel_count, info.rate_hz) == ("OpenBCI Cyton+Daisy", 16, 125.0)
    assert (ticks.tick_ns, ticks.unseen_loss) == (8e6, 128)


@settings(max_examples=40, deadline=None)
@given(daisy=st.booleans(), cuts=st.lists(st.integers(0, 1 << 20), max_size=40))
def test_samples_come_back_exactly_however_the_bytes_are_cut(daisy: bool, cuts: list[int]) -> None:
    talk = Talk(daisy).until_started()
    data = b"".join(talk.packets(300))
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    talk.feed(*(data[begin:end] for begin, end in pairwise(edges)))
    # half of the first sample of a Daisy is the mean of nothing
    np.testing.assert_array_equal(talk.samples, in_microvolts(range(int(daisy), 300), 8 + 8 * daisy))
    expected_index = int(daisy)
    for block in talk.blocks:
        assert (block.first_index, block.lost_before) == (expected_index, 0)
        expected_index += len(block.samples)
        assert block.newest_ticks == expected_index - 1
        assert block.samples.flags.c_contiguous
    assert talk.host.health == SourceHealth()


@pytest.mark.parametrize("gain", [1, 12])
def test_another_gain_gives_the_same_microvolts_in_other_steps(gain: int) -> None:
    talk = Talk(gain=gain).until_started()
    talk.feed(*talk.packets(100))
    np.testing.assert_allclose(talk.samples, in_microvolts(range(100)), atol=0.51 * uv_per_count(gain))
    assert talk.described.info.full_scale == 4.5e6 / gain


def test_lost_packets_are_a_gap_also_over_the_wrap_of_their_numbers() -> None:
    talk = Talk().until_started()
    packets = talk.packets(600)
    talk.feed(*packets[:250], *packets[260:400], *packets[455:])
    assert [(block.first_index, block.lost_before) for block in talk.blocks if block.lost_before] == [
        (260, 10),
        (455, 55),
    ]
    assert talk.host.health.lost_samples == 65
    kept = [*range(250), *range(260, 400), *range(455, 600)]
    np.testing.assert_array_equal(talk.samples, in_microvolts(kept))


@pytest.mark.parametrize(("lost", "seen"), [(255, 255), (256, 0), (300, 44)])
def test_of_a_loss_of_256_packets_or_more_only_the_rest_is_seen(lost: int, seen: int) -> None:
    talk = Talk().until_started()
    packets = talk.packets(600)
    talk.feed(*packets[:100], *packets[100 + lost :])
    assert talk.host.health.lost_samples == seen


@pytest.mark.parametrize("daisy", [False, True])
def test_what_the_numbers_do_not_show_of_a_loss_the_arrivals_do(daisy: bool) -> None:
    talk = Talk(daisy).until_started()
    packets = talk.packets(2000 if not daisy else 1000)
    talk.feed(*packets[:4])
    stamper = BlockStamper(talk.described.ticks, talk.host.health)
    chunks = []
    for index in [*range(4, 1000), *range(1300, 2000)]:  # 300 packets, 1.2 s, out of reach
        for event in talk.host.feed(packets[index]):
            assert isinstance(event, SampleBlock)
            chunks.append(stamper.chunk(event, index * 4_000_000))
    lost = 300 // (1 + daisy)
    assert sum(chunk.lost_before for chunk in chunks) == talk.host.health.lost_samples == lost
    ages_ns = [1999 * 4_000_000 - chunks[-1].newest_t_ns, 1998 * 4_000_000 - chunks[-2].newest_t_ns]
    assert max(ages_ns) < 20_000_000, "and the samples are not taken for old ones"


@pytest.mark.parametrize("daisy", [False, True])
@pytest.mark.parametrize("lossy", [1e-4, 1e-3])
def test_on_a_line_that_loses_bytes_every_sample_arrives_at_its_place_or_counts_as_lost(
    daisy: bool, lossy: float
) -> None:
    talk = Talk(daisy).until_started()
    generator = np.random.default_rng(4)
    n_samples = 20_000
    sent = np.frombuffer(b"".join(talk.packets(n_samples)), np.uint8)
    kept = sent[generator.random(len(sent)) >= lossy].tobytes()
    talk.feed(*(kept[start : start + 50] for start in range(0, len(kept), 50)))
    right = sum(
        np.array_equal(row, in_microvolts([block.first_index + offset], 8 + 8 * daisy)[0])
        for block in talk.blocks
        for offset, row in enumerate(block.samples)
    )
    delivered, lost_bytes = len(talk.samples), len(sent) - len(kept)
    newest = talk.blocks[-1].newest_ticks
    assert delivered + talk.host.health.lost_samples == newest + 1 - talk.blocks[0].first_index
    assert n_samples - newest < 5
    assert talk.host.health.lost_samples <= 1.2 * lost_bytes + 5, "about one sample for each byte"
    # two bytes lost in one packet leave a right footer where the next number looks like one, 7 of 256
    assert delivered - right <= 5 + n_samples * (33 * lossy) ** 2 * 7 / 256


@pytest.mark.parametrize("gone", [40, 41])
def test_a_lost_half_is_a_lost_sample(gone: int) -> None:
    talk = Talk(daisy=True).until_started()
    packets = talk.packets(100)
    talk.feed(*packets[:gone], *packets[gone + 1 :])
    assert [(block.first_index, block.lost_before) for block in talk.blocks if block.lost_before] == [(21, 1)]
    assert talk.host.health.lost_samples == 1
    np.testing.assert_array_equal(talk.samples, in_microvolts([*range(1, 20), *range(21, 100)], 16))


def test_halves_of_two_samples_are_never_joined() -> None:
    talk = Talk(daisy=True).until_started()
    packets = talk.packets(100)
    talk.feed(*packets[:41], *packets[43:])  # from the even half of one sample to the odd half of the next
    np.testing.assert_array_equal(talk.samples, in_microvolts([*range(1, 20), *range(22, 100)], 16))
    assert talk.host.health.lost_samples == 2


@pytest.mark.parametrize("daisy", [False, True])
def test_a_board_that_streams_already_is_stopped_and_set_up(daisy: bool) -> None:
    first = Talk(daisy).until_started()
    first.packets(37)
    second = Talk(voice=first.board, gain=12)
    second.feed(*first.packets(10))
    second.until_started()
    second.feed(*second.packets(20))
    assert second.blocks[0].first_index == int(daisy)
    assert len(second.samples) == 20 - daisy
    assert {channel.gain for channel in first.board.board.channels[: second.described.info.channel_count]} == {12}


def test_the_daisy_may_be_left_out() -> None:
    talk = Talk(daisy=True)
    talk.host = CytonProtocol(daisy=False)
    talk.until_started()
    talk.feed(*talk.packets(50))
    assert (talk.described.info.channel_count, talk.described.info.rate_hz) == (8, 250.0)
    np.testing.assert_array_equal(talk.samples[::2], in_microvolts(range(50), 16)[:, :8])


@pytest.mark.parametrize("footer_command", [b"<", b"/2", b"/3", b"<>"])
def test_time_stamps_and_raw_bytes_change_no_sample(footer_command: bytes) -> None:
    talk = Talk().until_started()
    talk.board.hear(footer_command, 0)
    talk.feed(*talk.packets(100))
    np.testing.assert_array_equal(talk.samples, in_microvolts(range(100)))


def test_a_test_signal_is_what_the_converter_makes_itself() -> None:
    talk = Talk(test_signal="fast", gain=6).until_started()
    talk.feed(*talk.packets(512))
    np.testing.assert_allclose(np.abs(talk.samples), 1875.0, rtol=1e-4)
    turns = np.flatnonzero(np.diff(np.sign(talk.samples[:, 0])))
    assert np.diff(turns).tolist() == [64] * (len(turns) - 1), "1.95 Hz at 250 Hz"


def test_a_banner_in_the_stream_ends_it() -> None:
    talk = Talk().until_started()
    talk.feed(*talk.packets(10))
    banner = talk.board.board.banner()
    talk.feed(banner[:5], banner[5:])
    assert isinstance(talk.events[-1], StreamRestarted)
    assert talk.host.say(99.0) == b""


def test_the_board_is_stopped_in_the_end() -> None:
    talk = Talk().until_started()
    talk.board.hear(talk.host.farewell(), 0)
    assert not talk.board.streaming


def test_the_catalogue_hands_options_on_and_says_which_are_wrong() -> None:
    assert isinstance(make_protocol("cyton", SourceHealth(), {"gain": 12, "daisy": "auto"}), CytonProtocol)
    with pytest.raises(SettingsError, match="one of 1, 2, 4, 6, 8, 12, 24, not 5"):
        make_protocol("cyton", SourceHealth(), {"gain": 5})
    with pytest.raises(SettingsError, match=r"protocol 'cyton' refuses its options.*colour"):
        make_protocol("cyton", SourceHealth(), {"colour": "red"})
