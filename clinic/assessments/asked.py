"""What a test is asked to be, wherever it is taken: its settings with their bounds, angles in degrees."""

from collections.abc import Sequence
from dataclasses import replace
from math import radians
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from clinic.assessments.fitts_test import FittsSettings, fitts_test
from clinic.assessments.motion_test import MotionSettings, MotionTest
from clinic.assessments.reach import Reach
from clinic.assessments.rest_test import RestTest
from clinic.assessments.result import Result, motion_result, reach_result, rest_result
from clinic.assessments.tac_test import TacSettings, tac_test
from controller.arm_config import JointConfig
from controller.config_section import Section

Seconds = Annotated[float, Field(gt=0.0, le=600.0)]
Degrees = Annotated[float, Field(gt=0.0, le=180.0)]
Repetitions = Annotated[int, Field(ge=1, le=100)]
PlainTest = Reach | MotionTest | RestTest


class AssessmentSection(Section):
    """What all tests have in common. `practice`: taken, so that the wearer learns, but not counted."""

    practice: bool = False


class TacSection(AssessmentSection):
    """`[[assessments]] kind = "tac"`."""

    kind: Literal["tac"]
    moved_joints: Annotated[int, Field(ge=1, le=3)] = 1
    tolerance_deg: Degrees = 5.0
    dwell_s: Seconds = 2.0
    time_limit_s: Seconds = 30.0
    distance_deg: Degrees = 40.0
    repetitions: Repetitions = 2

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if not self.dwell_s < self.time_limit_s:
            raise ValueError(f"dwell_s ({self.dwell_s:g}) must be below time_limit_s ({self.time_limit_s:g})")
        return self

    def settings(self, seed: int) -> TacSettings:
        """Return the test's settings; `seed` draws the order of the targets."""
        return TacSettings(
            self.moved_joints,
            radians(self.tolerance_deg),
            self.dwell_s,
            self.time_limit_s,
            radians(self.distance_deg),
            self.repetitions,
            seed,
        )


class FittsSection(AssessmentSection):
    """`[[assessments]] kind = "fitts"`. `layout_deg`: pairs of distance and width; none for those of the test."""

    kind: Literal["fitts"]
    moved_joints: Annotated[int, Field(ge=1, le=3)] = 1
    layout_deg: tuple[tuple[Degrees, Degrees], ...] = ()
    dwell_s: Seconds = 1.0
    time_limit_s: Seconds = 15.0
    repetitions: Repetitions = 1

    def settings(self, seed: int) -> FittsSettings:
        """Return the test's settings."""
        usual = FittsSettings(
            moved_joints=self.moved_joints,
            dwell_s=self.dwell_s,
            time_limit_s=self.time_limit_s,
            repetitions=self.repetitions,
            seed=seed,
        )
        layout = tuple((radians(distance), radians(width)) for distance, width in self.layout_deg)
        return replace(usual, layout_rad=layout) if layout else usual


class MotionSection(AssessmentSection):
    """`[[assessments]] kind = "motion"`."""

    kind: Literal["motion"]
    right_s: Seconds = 1.0
    time_limit_s: Seconds = 5.0
    repetitions: Repetitions = 3

    def settings(self, seed: int) -> MotionSettings:
        """Return the test's settings."""
        return MotionSettings(self.right_s, self.time_limit_s, repetitions=self.repetitions, seed=seed)


class RestSection(AssessmentSection):
    """`[[assessments]] kind = "rest"`."""

    kind: Literal["rest"]
    seconds: Seconds = 30.0


PlainSection = TacSection | FittsSection | MotionSection | RestSection
AskedTest = Annotated[PlainSection, Field(discriminator="kind")]


def plain_test(asked: PlainSection, joints: Sequence[JointConfig], motions: Sequence[str], seed: int) -> PlainTest:
    """Return the test; `joints`: those that it may ask to move. Raises `AssessmentError` where there is none."""
    if isinstance(asked, TacSection):
        return tac_test(joints, asked.settings(seed))
    if isinstance(asked, FittsSection):
        return fitts_test(joints, asked.settings(seed))
    if isinstance(asked, MotionSection):
        return MotionTest(motions, asked.settings(seed))
    return RestTest(tuple(joint.name for joint in joints), asked.seconds)


def trials_of(test: PlainTest) -> int:
    """Return how many trials the test has."""
    if isinstance(test, Reach):
        return len(test.targets)
    if isinstance(test, MotionTest):
        return (len(test.motions) - ("rest" in test.motions)) * test.settings.repetitions
    return 1


def plain_result(asked: PlainSection, test: PlainTest, who: str, seed: int) -> Result:
    """Return what the test found in the trials that it has so far."""
    if isinstance(asked, TacSection | FittsSection) and isinstance(test, Reach):
        return reach_result(asked.kind, who, asked.settings(seed).parameters, test.trials)
    if isinstance(test, MotionTest):
        return motion_result(asked.kind, who, test.settings.parameters, test.trials)
    if isinstance(test, RestTest):
        return rest_result(asked.kind, who, test.parameters, test.trials)
    raise TypeError(f"an assessment of kind '{asked.kind}' has no such test")
