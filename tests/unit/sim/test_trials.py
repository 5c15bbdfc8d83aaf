import numpy as np
import pytest

from sim.emg.generator import WearerSignal
from sim.emg.trials import prompted_trials
from sim.errors import SimError

MOTIONS = ("rest", "hand_open", "hand_close")


def test_a_session_holds_every_trial_of_every_motion_with_its_rest() -> None:
    recording = prompted_trials(WearerSignal(4, motions=MOTIONS), repetitions=3, rest_s=1.0, hold_s=2.0)
    assert recording.class_names == MOTIONS
    assert len(recording) == 2 * (3 * (1000 + 2000) + 1000)
    assert set(recording.session) == {1}
    assert set(recording.repetition) == {1, 2, 3}
    for segment, label in ((0, 1), (1, 2)):
        rows = recording.segment == segment
        assert set(recording.class_of_sample[rows]) == {0, label}
        for repetition in (1, 2, 3):
            trial = recording.class_of_sample[rows & (recording.repetition == repetition)]
            assert 1700 < np.count_nonzero(trial == label) < 2300
        labels = recording.class_of_sample[rows]
        assert labels[0] == labels[-1] == 0


def test_segments_follow_each_other_and_repetitions_do_not_go_back_within_one() -> None:
    recording = prompted_trials(WearerSignal(2, motions=MOTIONS), repetitions=2)
    assert set(np.diff(recording.segment)) == {0, 1}
    within = np.diff(recording.segment) == 0
    assert np.diff(recording.repetition)[within].min() == 0


def test_labels_follow_the_muscles_and_not_the_prompt() -> None:
    recording = prompted_trials(WearerSignal(8, motions=MOTIONS, seed=1), repetitions=1, rest_s=1.0, hold_s=2.0)
    samples, labels = recording.samples[:4000], recording.class_of_sample[:4000]
    onset, offset = int(np.argmax(labels > 0)), 3999 - int(np.argmax(labels[::-1] > 0))
    assert onset > 1000, "the muscles begin after the prompt"
    assert 3000 < offset < 3400, "and go on a little after its end"
    active_uv = np.sqrt(np.mean(samples[labels > 0] ** 2, axis=0)).max()
    silent_uv = np.sqrt(np.mean(samples[labels == 0] ** 2, axis=0)).max()
    assert active_uv > 5 * silent_uv


def test_efforts_ramp_up_and_vary_between_30_and_90_percent() -> None:
    reached = []

    class WatchedWearer(WearerSignal):
        def set_intent(self, motion: str, effort: float = 1.0) -> None:
            super().set_intent(motion, effort)
            reached.append((motion, effort))

    prompted_trials(WatchedWearer(2, motions=MOTIONS), repetitions=4)
    efforts = np.array([effort for motion, effort in reached if motion != "rest"])
    held = efforts.reshape(8, -1)[:, 60:]
    assert held.min() >= 0.3
    assert held.max() <= 0.9
    assert np.ptp(held) > 0.3
    assert efforts.reshape(8, -1)[:, 0].max() < 0.1


def test_the_same_session_again_is_the_same() -> None:
    first, second = (prompted_trials(WearerSignal(2, motions=MOTIONS), 1) for _ in range(2))
    np.testing.assert_array_equal(first.samples, second.samples)


@pytest.mark.parametrize("arguments", [{"repetitions": 0}, {"rest_s": 0.1}, {"hold_s": 0.1}])
def test_a_session_that_would_hold_nothing_is_refused(arguments: dict[str, float]) -> None:
    with pytest.raises(SimError, match=r"at least 1 repetition, 0\.5 s of rest and 0\.5 s of motion"):
        prompted_trials(WearerSignal(), **arguments)  # type: ignore[arg-type] # floats for the int, too
