"""The tests that a scenario may ask for, with the settings of `clinic.assessments`; angles in degrees."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from clinic.assessments.asked import (
    AssessmentSection,
    FittsSection,
    MotionSection,
    PlainTest,
    RestSection,
    Seconds,
    TacSection,
    plain_result,
    plain_test,
    trials_of,
)
from clinic.assessments.box_and_blocks_test import BoxAndBlocksSettings, BoxAndBlocksTest
from clinic.assessments.clothespin_test import ClothespinSettings, ClothespinTest
from clinic.assessments.errors import AssessmentError
from clinic.assessments.result import Result, box_and_blocks_result, clothespin_result
from controller.arm_config import JointConfig
from sim.arm.physics.box_and_blocks import MOST_BLOCKS
from sim.arm.physics.table import PhysicalTable, Turns

AnyTest = PlainTest | BoxAndBlocksTest | ClothespinTest


class BoxAndBlocksSection(AssessmentSection):
    """`[[assessments]] kind = "box_and_blocks"`."""

    kind: Literal["box_and_blocks"]
    time_limit_s: Seconds = 60.0
    blocks: Annotated[int, Field(ge=1, le=MOST_BLOCKS)] = MOST_BLOCKS


class ClothespinSection(AssessmentSection):
    """`[[assessments]] kind = "clothespin"`. `pinch_n`: the force that opens a pin."""

    kind: Literal["clothespin"]
    time_limit_s: Annotated[float, Field(ge=1.0, le=600.0)] = 120.0
    pinch_n: Annotated[float, Field(gt=0.0, le=40.0)] = 10.0


WithThings = BoxAndBlocksSection | ClothespinSection
AnyAssessment = Annotated[
    TacSection | FittsSection | MotionSection | RestSection | BoxAndBlocksSection | ClothespinSection,
    Field(discriminator="kind"),
]


def made(
    asked: AnyAssessment, joints: Sequence[JointConfig], motions: Sequence[str], seed: int, table: PhysicalTable | None
) -> AnyTest:
    """Return the test; `joints`: those that it may ask to move. Raises `AssessmentError` where there is none."""
    if isinstance(asked, WithThings):
        return _with_things(asked, table)
    return plain_test(asked, joints, motions, seed)


def trial_count(test: AnyTest) -> int:
    """Return how many trials the test has."""
    return 1 if isinstance(test, BoxAndBlocksTest | ClothespinTest) else trials_of(test)


def summed_up(asked: AnyAssessment, test: AnyTest, who: str, seed: int) -> Result:
    """Return what the finished test found."""
    if isinstance(test, BoxAndBlocksTest):
        return box_and_blocks_result(asked.kind, who, test.settings.parameters, test.trials)
    if isinstance(test, ClothespinTest):
        return clothespin_result(asked.kind, who, test.settings.parameters, test.trials)
    if isinstance(asked, WithThings):
        raise TypeError(f"an assessment of kind '{asked.kind}' has no such test")
    return plain_result(asked, test, who, seed)


def _with_things(asked: WithThings, table: PhysicalTable | None) -> BoxAndBlocksTest | ClothespinTest:
    if table is None:
        raise AssessmentError(f"{asked.kind} needs an arm with mass: say physics = true in [arm]")
    joints, hand = tuple(table.drives), table.hand.joint
    if isinstance(asked, BoxAndBlocksSection):
        return BoxAndBlocksTest(joints, hand, BoxAndBlocksSettings(asked.blocks, asked.time_limit_s))
    wrist = [link.joint for link in table.links if link.turns is Turns.ROTATION]
    if not wrist:
        raise AssessmentError("clothespins need a wrist that turns; this arm has none")
    settings = ClothespinSettings(time_limit_s=asked.time_limit_s, pinch_n=asked.pinch_n)
    return ClothespinTest(joints, frozenset({wrist[0], hand}), settings)
