import numpy as np
import pytest

from sim.emg.generator import WearerSignal
from sim.errors import SimError
from sim.wearer.emg import StrongestMotion
from sim.wearer.session import session
from sim.wearer.traits import WearerTraits

MOTIONS = ("rest", "hand_open", "hand_close")


def emg() -> StrongestMotion:
    return StrongestMotion(WearerSignal(4, motions=MOTIONS))


def test_every_trial_of_every_motion_is_there_between_rests() -> None:
    recording = session(emg(), WearerTraits(), repetitions=3, rest_s=1.0, hold_s=2.0)
    assert recording.class_names == MOTIONS
    assert len(recording) == 2 * (3 * (1000 + 2000) + 1000)
    assert np.isfinite(recording.samples).all()
    for segment, label in ((0, 1), (1, 2)):
        rows = recording.segment == segment
        assert set(recording.class_of_sample[rows]) == {0, label}
        for repetition in (1, 2, 3):
            trial = recording.class_of_sample[rows & (recording.repetition == repetition)]
            # What is left after relaxing counts as motion for some tenths of a second, at both ends of the rest.
            assert 1900 < np.count_nonzero(trial == label) < 2800
        labels = recording.class_of_sample[rows]
        assert labels[0] == labels[-1] == 0


def test_the_same_seed_sits_through_the_same_session() -> None:
    one, same, other = (session(emg(), WearerTraits(), 1, seed=seed).samples for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    with pytest.raises(SimError, match="at least 1 repetition"):
        session(emg(), WearerTraits(), 0)
