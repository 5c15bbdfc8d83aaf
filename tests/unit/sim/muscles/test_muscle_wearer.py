from pathlib import Path

import numpy as np
import pytest

from sim.emg.trials import prompted_trials
from sim.emulator.feed import WearerFeed
from sim.errors import SimError
from sim.muscles.muscle_wearer import MuscleWearer
from sim.muscles.preset import load_wearer

FOUR = load_wearer(Path(__file__).resolve().parents[4] / "configs/wearers/transhumeral_four.toml")
STILL = FOUR.background.model_copy(update={"motion_bursts_per_min": 0.0})


def test_it_means_the_motions_of_its_muscles() -> None:
    wearer = MuscleWearer(FOUR.model_copy(update={"background": STILL}), seed=2)
    assert wearer.motions == ("rest", "elbow_flexion", "hand_close", "elbow_extension", "hand_open")
    assert wearer.info.labels == ("biceps, outer", "biceps, inner", "triceps, inner", "triceps, outer")
    assert (wearer.next_labelled(500)[1] == 0).all()
    wearer.set_intent("hand_close", 0.7)
    samples, active = wearer.next_labelled(3000)
    assert wearer.intent == ("hand_close", 0.7)
    assert set(active) == {0, 2}
    assert active[-1] == 2
    assert np.argmax(samples[500:].std(axis=0)) == 1
    wearer.set_intent("rest", 0.0)
    wearer.next(1000)
    assert wearer.next(1000).std() < 6.0


def test_chunks_do_not_matter() -> None:
    def played(counts: tuple[int, ...]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        wearer = MuscleWearer(FOUR, channel_count=6)
        wearer.set_intent("elbow_flexion", 0.6)
        return np.concatenate([wearer.next(count) for count in counts])

    assert np.array_equal(played((1, 6, 93, 1900)), played((2000,)))


def test_driven_muscles_are_those_of_the_signal_until_a_motion_is_meant() -> None:
    wearer, signal = MuscleWearer(FOUR), MuscleWearer(FOUR).signal
    shares = np.array([0.6, 0.0, 0.3, 0.0])
    wearer.drive(shares.tolist())
    assert wearer.intent == ("elbow_flexion", 0.6)
    assert np.array_equal(wearer.next(700), signal.next_driven(np.broadcast_to(shares, (700, 4))))
    wearer.drive([0.0] * 4)
    assert np.array_equal(wearer.next(300), signal.next_driven(np.zeros((300, 4))))
    wearer.set_intent("elbow_flexion", 0.8)
    assert wearer.next_labelled(1000)[1][-1] == 1


def test_channels_beyond_the_sites_hear_nothing() -> None:
    wearer = MuscleWearer(FOUR, channel_count=6)
    assert wearer.info.labels[4:] == ("unused 5", "unused 6")
    wearer.set_intent("elbow_flexion", 1.0)
    samples = wearer.next(3000)
    assert samples.shape == (3000, 6)
    assert samples[:, 4:].std() == pytest.approx(1.0, rel=0.1)


def test_it_plays_in_a_feed_and_sits_through_a_calibration() -> None:
    feed = WearerFeed(MuscleWearer(FOUR), name="arm")
    feed.set_intent("hand_open", 0.8)
    assert np.abs(feed.next_counts(2000)).max() * feed.scale > 100.0
    session = prompted_trials(MuscleWearer(FOUR), repetitions=1, rest_s=0.5, hold_s=0.5)
    assert session.class_names == MuscleWearer(FOUR).motions
    assert set(session.class_of_sample) == {0, 1, 2, 3, 4}


def test_what_it_cannot_is_refused() -> None:
    wearer = MuscleWearer(FOUR)
    with pytest.raises(SimError, match="knows no motion 'pronation'; say one of: rest, elbow_flexion"):
        wearer.set_intent("pronation", 0.5)
    with pytest.raises(SimError, match="between 0 and 1, not 2"):
        wearer.set_intent("hand_open", 2.0)
    with pytest.raises(SimError, match="needs 4 channels or more, one for each site, not 1"):
        MuscleWearer(FOUR, channel_count=1)
