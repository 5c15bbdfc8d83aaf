"""Target Achievement Control test: a posture of one to three joints, reached and held.

Simon, Hargrove, Lock, Kuiken 2011, J Rehabil Res Dev 48(6):619-627, doi 10.1682/JRRD.2010.08.0149: speed is the
wearer's own, and every joint can move, so what was not meant has to be undone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import degrees, radians

from clinic.assessments.parameter import Parameter, told
from clinic.assessments.reach import Reach
from clinic.assessments.targets import Target, all_ways, drawn
from controller.arm_config import JointConfig

NAME = "tac"
BIOPATREC = "BioPatRec, PatRec/GUI_TacTest.fig (0eb2246)"


@dataclass(frozen=True, slots=True)
class TacSettings:
    """`moved_joints`: 1 to 3 per posture. Tolerance is per joint, all joints at once; angles in rad.

    Tolerance, dwell, distance and time limit are BioPatRec's. It gives 2 trials of 3 repetitions.
    """

    moved_joints: int = 1
    tolerance_rad: float = radians(5.0)
    dwell_s: float = 2.0
    time_limit_s: float = 30.0
    distance_rad: float = radians(40.0)
    repetitions: int = 2
    seed: int = 0

    @property
    def parameters(self) -> list[Parameter]:
        """What the test was done with."""
        usual = TacSettings()
        tolerance, distance = round(degrees(self.tolerance_rad), 6), round(degrees(self.distance_rad), 6)
        return [
            Parameter("moved joints", self.moved_joints, "", "Simon 2011: one or three"),
            told("tolerance", tolerance, 5.0, "deg", BIOPATREC),
            told("dwell", self.dwell_s, usual.dwell_s, "s", BIOPATREC),
            told("time limit", self.time_limit_s, usual.time_limit_s, "s", BIOPATREC),
            told("distance", distance, 40.0, "deg", BIOPATREC),
            told("repetitions", self.repetitions, usual.repetitions, "", "ours"),
            Parameter("seed", self.seed, "", "order of the targets"),
        ]


def tac_test(joints: Sequence[JointConfig], settings: TacSettings) -> Reach:
    """Return the test for an arm with these joints.

    Raises `AssessmentError` when the settings make none.
    """
    names = tuple(joint.name for joint in joints)
    tolerance = settings.tolerance_rad

    def inside(row: tuple[float, ...], target: Target) -> bool:
        return all(
            abs(position - target.posture_rad[name]) <= tolerance for name, position in zip(names, row, strict=True)
        )

    targets = all_ways(joints, settings.moved_joints, settings.distance_rad)
    return Reach(
        names,
        drawn(targets, settings.repetitions, settings.seed),
        settings.dwell_s,
        settings.time_limit_s,
        inside,
        lambda _: tolerance,
    )
