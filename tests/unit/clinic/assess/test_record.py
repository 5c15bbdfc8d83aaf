"""What is kept of a test."""

import json

import pytest

from clinic.assess.hindrance import ArmKind
from clinic.assess.live_asked import LiveAsked, chosen_joints, chosen_motions, two_way_joints
from clinic.assess.record import MOST_SAMPLES, thinned
from clinic.assessments.asked import FittsSection, MotionSection, TacSection
from clinic.assessments.errors import AssessmentError
from clinic.assessments.reach import ReachTrial
from clinic.assessments.result import reach_result
from clinic.assessments.targets import Target
from clinic.assessments.trajectory import Trajectory
from controller.config_file import load_arm
from tests.rigs.live_arm import ARM_FILE
from tests.unit.clinic.assess.test_live_test import MOTIONS


@pytest.mark.parametrize("samples", [0, 1, 2, MOST_SAMPLES, MOST_SAMPLES + 1, 3001])
def test_a_long_way_is_thinned_and_its_last_sample_stays(samples: int) -> None:
    way = Trajectory(("elbow",))
    for index in range(samples):
        way.add(0.02 * index, {"elbow": 0.001 * index})
    trial = ReachTrial(Target("elbow+", {"elbow": 1.0}, {"elbow": 0.5}), 1.0, 2.0, 0.9, 0, {}, 0.0, way)
    result = reach_result("tac", "somebody", [], [trial])
    (kept,) = json.loads(thinned(result))["trials"]
    times = kept["trajectory"]["time_s"]
    assert len(times) == len(kept["trajectory"]["position_rad"]) <= MOST_SAMPLES
    assert len(times) >= min(samples, MOST_SAMPLES // 2)
    if samples:
        assert times[-1] == pytest.approx(0.02 * (samples - 1))
    assert len(way) == samples  # what the figures were made of is untouched


def asked(test: TacSection | FittsSection | MotionSection, *joints: str) -> LiveAsked:
    return LiveAsked(test=test, arm=ArmKind.VIRTUAL, joints=joints)


def test_joints_and_motions_are_those_that_were_chosen() -> None:
    movable = two_way_joints(load_arm(ARM_FILE).joints, MOTIONS)
    tac, fitts, motion = TacSection(kind="tac"), FittsSection(kind="fitts"), MotionSection(kind="motion")
    assert [joint.name for joint in chosen_joints(asked(tac, "hand"), movable)] == ["hand"]
    assert [joint.name for joint in chosen_joints(asked(fitts), movable)] == ["elbow", "hand"]
    with pytest.raises(AssessmentError, match="what can be tested: elbow, hand"):
        chosen_joints(asked(tac, "wrist_rotation"), movable)
    with pytest.raises(AssessmentError, match="plane of 2"):
        chosen_joints(asked(fitts, "elbow", "hand", "hand"), movable)
    assert chosen_motions(asked(motion), MOTIONS, ()) == list(MOTIONS)
    assert chosen_motions(asked(motion), MOTIONS, ("rest", "hand_open")) == ["hand_open"]
    assert chosen_motions(asked(motion, "hand"), MOTIONS, ()) == ["hand_close", "hand_open"]
