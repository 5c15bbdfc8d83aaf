"""What somebody asks for when a test is to be taken live."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from clinic.assess.hindrance import ArmKind
from clinic.assessments.asked import AskedTest, FittsSection
from clinic.assessments.errors import AssessmentError
from controller.arm_config import JointConfig
from controller.contract.message import Name

# More than anybody takes in one go.
MOST_TRIALS = 120
# A screen has so many directions.
PLANE = 2


class LiveAsked(BaseModel):
    """`joints`: to be tested, none for all that can be; a Fitts test takes two, the plane on which it is drawn, and a
    motion test the motions that move no other.

    `start_within_deg`: how near to the start a real arm has to stand; targets are drawn from where it does stand.

    `automatic`: the next trial begins by itself once the arm is at its start and the wearer rests.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    test: AskedTest
    arm: ArmKind = ArmKind.VIRTUAL
    automatic: bool = True
    joints: Annotated[tuple[Name, ...], Field(max_length=8)] = ()
    start_within_deg: Annotated[float, Field(ge=2, le=20)] = 8.0


def two_way_joints(
    joints: Sequence[JointConfig], motions: Mapping[str, Mapping[str, float]]
) -> tuple[JointConfig, ...]:
    """Return the joints that this wearer's motions move both ways: no others can be asked for, or brought back.

    Raises `AssessmentError` where there is none.
    """
    ways = {(joint, share > 0.0) for moves in motions.values() for joint, share in moves.items() if share}
    found = tuple(joint for joint in joints if {(joint.name, True), (joint.name, False)} <= ways)
    if not found:
        raise AssessmentError("no joint can be moved both ways with this wearer's motions, so there is nothing to test")
    return found


def chosen_joints(asked: LiveAsked, movable: Sequence[JointConfig]) -> tuple[JointConfig, ...]:
    """Return the joints of a test, in the arm's order. Raises `AssessmentError` for joints that cannot be tested."""
    names = [joint.name for joint in movable]
    if unknown := [name for name in asked.joints if name not in names]:
        raise AssessmentError(f"'{unknown[0]}' cannot be moved both ways; what can be tested: {', '.join(names)}")
    chosen = tuple(joint for joint in movable if not asked.joints or joint.name in asked.joints)
    if not isinstance(asked.test, FittsSection):
        return chosen
    if len(asked.joints) > PLANE:
        raise AssessmentError(f"a Fitts test is drawn on a plane of {PLANE} joints, not of {len(asked.joints)}")
    return chosen[:PLANE]


def chosen_motions(asked: LiveAsked, motions: Mapping[str, Mapping[str, float]], classes: Sequence[str]) -> list[str]:
    """Return the motions of a motion test; `classes`: what the decoder decides, none where nobody has said so yet."""
    moving = {name: {joint for joint, share in moves.items() if share} for name, moves in motions.items()}
    return [
        name
        for name, moved in moving.items()
        if moved and (not classes or name in classes) and (not asked.joints or moved <= set(asked.joints))
    ]
