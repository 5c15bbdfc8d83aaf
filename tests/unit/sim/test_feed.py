import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.recordings.recording import Recording
from drivers.source import StreamInfo, Unit
from sim.emg.generator import WearerSignal
from sim.emg.script import Script, ScriptStep
from sim.emulator.feed import GENERATOR_UV_PER_COUNT, RecordingFeed, WearerFeed
from sim.errors import SimError


def recording_of(samples: NDArray[np.float64], unit: Unit = Unit.ARBITRARY) -> Recording:
    nothing = np.zeros(len(samples), dtype=np.int64)
    info = StreamInfo("armband", samples.shape[1], 200.0, unit, source_id="one")
    return Recording(info, samples, ("rest",), nothing, nothing, nothing, nothing)


def test_whole_numbers_keep_their_value() -> None:
    samples = np.array([[-128.0, 127.0], [0.0, 3.0], [8388607.0, -8388607.0]])
    feed = RecordingFeed(recording_of(samples))
    assert feed.scale == 1.0
    np.testing.assert_array_equal(feed.next_counts(3), samples)


@pytest.mark.parametrize("largest", [1e-5, 0.37, 255.9, 4095.5])
def test_other_numbers_are_rounded_far_below_what_matters(largest: float) -> None:
    samples = np.random.default_rng(1).uniform(-largest, largest, (500, 3))
    samples[0, 0] = largest
    feed = RecordingFeed(recording_of(samples, Unit.MICROVOLT))
    counts = feed.next_counts(500)
    assert np.abs(counts).max() < 1 << 23
    np.testing.assert_allclose(counts * feed.scale, samples, atol=largest / (1 << 22))
    sent = (counts * feed.scale).astype(np.float32)
    np.testing.assert_array_equal(sent, counts * feed.scale)


def test_a_recording_ends_once_and_for_all() -> None:
    samples = np.arange(20.0).reshape(10, 2)
    feed = RecordingFeed(recording_of(samples))
    parts = [feed.next_counts(4) for _ in range(4)]
    assert [len(part) for part in parts] == [4, 4, 2, 0]
    np.testing.assert_array_equal(np.concatenate(parts), samples)


def test_a_looped_recording_begins_again_also_within_one_call() -> None:
    feed = RecordingFeed(recording_of(np.array([[0.0], [1.0], [2.0]])), loop=True)
    counts = np.concatenate([feed.next_counts(2), feed.next_counts(7), feed.next_counts(1)])
    assert counts[:, 0].tolist() == [0, 1, 2, 0, 1, 2, 0, 1, 2, 0]


def test_name_and_source_id_can_be_given() -> None:
    recording = recording_of(np.ones((1, 1)))
    assert RecordingFeed(recording).info == recording.info
    info = RecordingFeed(recording, name="other", source_id="two").info
    assert (info.name, info.source_id, info.rate_hz) == ("other", "two", 200.0)


@pytest.mark.parametrize("samples", [np.empty((0, 2)), np.array([[np.nan]]), np.array([[np.inf]])])
def test_what_no_device_could_send_is_refused(samples: NDArray[np.float64]) -> None:
    with pytest.raises(SimError, match="holds"):
        RecordingFeed(recording_of(samples))


def test_a_recording_takes_no_orders() -> None:
    with pytest.raises(SimError, match="use the generator"):
        RecordingFeed(recording_of(np.ones((1, 1)))).set_intent("rest", 0.0)


def test_a_wearer_is_sent_to_half_a_count() -> None:
    expected_uv = WearerSignal(2, seed=6).next(400)
    counts = WearerFeed(WearerSignal(2, seed=6)).next_counts(400)
    np.testing.assert_allclose(counts * GENERATOR_UV_PER_COUNT, expected_uv, atol=GENERATOR_UV_PER_COUNT / 2)


def test_a_wearer_led_by_hand_obeys_from_the_next_sample() -> None:
    feed = WearerFeed(WearerSignal(seed=6))
    quiet = np.abs(feed.next_counts(500)).max()
    feed.set_intent("hand_close", 1.0)
    assert np.abs(feed.next_counts(500)).max() > 10 * quiet


@pytest.mark.parametrize("piece", [1, 64, 10_000])
def test_a_script_leads_the_wearer_sample_by_sample_and_ends(piece: int) -> None:
    script = Script((ScriptStep(0.1, "rest"), ScriptStep(0.2, "hand_close", 0.9), ScriptStep(0.05, "pronation", 0.3)))
    by_hand = WearerFeed(WearerSignal(seed=6))
    expected = []
    for step in script.steps:
        by_hand.set_intent(step.motion, step.effort)
        expected.append(by_hand.next_counts(round(step.seconds * 1000)))
    feed = WearerFeed(WearerSignal(seed=6), script)
    parts = []
    while len(counts := feed.next_counts(piece)):
        parts.append(counts)
    np.testing.assert_array_equal(np.concatenate(parts), np.concatenate(expected))


def test_a_script_is_checked_before_it_is_played_and_takes_no_orders() -> None:
    with pytest.raises(SimError, match="no motion 'fist'"):
        WearerFeed(WearerSignal(), Script((ScriptStep(1.0, "fist"),)))
    with pytest.raises(SimError, match="a script leads"):
        WearerFeed(WearerSignal(), Script((ScriptStep(1.0, "rest"),))).set_intent("rest", 0.0)
