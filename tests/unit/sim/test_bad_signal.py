import numpy as np
import pytest

from sim.emulator.bad_signal import NOT_A_NUMBER, BadSignal, ChannelState
from sim.errors import SimError

COUNTS = np.arange(40, dtype=np.int32).reshape(20, 2)


def test_a_good_signal_is_passed_on_as_it_is() -> None:
    assert BadSignal(2, 1000.0, 100.0).spoil(COUNTS) is COUNTS


@pytest.mark.parametrize(
    ("state", "value"), [(ChannelState.RAILED, 2**23 - 1), (ChannelState.FLAT, 0), (ChannelState.NAN, NOT_A_NUMBER)]
)
def test_one_channel_is_spoilt_and_the_other_and_the_original_are_not(state: ChannelState, value: int) -> None:
    signal, original = BadSignal(2, 1000.0, 100.0), COUNTS.copy()
    signal.put(2, state)
    spoilt = signal.spoil(COUNTS)
    assert set(spoilt[:, 1].tolist()) == {value}
    assert np.array_equal(spoilt[:, 0], COUNTS[:, 0])
    assert np.array_equal(COUNTS, original)


def test_all_channels_are_spoilt_and_well_again() -> None:
    signal = BadSignal(2, 1000.0, 100.0)
    signal.put(None, ChannelState.FLAT)
    assert not signal.spoil(COUNTS).any()
    signal.put(None, ChannelState.WELL)
    assert signal.spoil(COUNTS) is COUNTS


def test_mains_is_a_sine_of_50_hz_that_goes_on_over_blocks_and_stays_within_24_bits() -> None:
    signal = BadSignal(1, 1000.0, 1000.0)
    signal.put(1, ChannelState.MAINS)
    zero = np.zeros((7, 1), dtype=np.int32)
    hum = np.concatenate([signal.spoil(zero) for _ in range(20)])[:, 0]
    assert np.abs(hum - 1000.0 * np.sin(2 * np.pi * 0.05 * np.arange(140))).max() <= 1.0
    strong = BadSignal(1, 1000.0, 1e9)
    strong.put(1, ChannelState.MAINS)
    assert np.abs(strong.spoil(zero)).max() == 2**23 - 1


@pytest.mark.parametrize("channel", [0, 3])
def test_a_channel_that_is_not_there_is_refused(channel: int) -> None:
    with pytest.raises(SimError, match=f"there is no channel {channel}; there are 1 to 2"):
        BadSignal(2, 1000.0, 100.0).put(channel, ChannelState.FLAT)
