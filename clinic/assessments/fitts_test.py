"""Fitts test: targets of several distances and widths, and the throughput in bits per second.

Shannon form of the index of difficulty, as in ISO 9241-411 and MacKenzie & Buxton 1992 (CHI '92, 219-226). Figures of
merit as in JNER 2021 18:35, doi 10.1186/s12984-021-00832-4, table 3. Velocity-based myoelectric control obeys the law:
Scheme, Hudgins, Englehart 2013, IEEE TBME 60(6):1563-1570.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import degrees, dist, log2, radians

from clinic.assessments.errors import AssessmentError
from clinic.assessments.parameter import Parameter, told
from clinic.assessments.reach import Reach
from clinic.assessments.targets import Target, all_ways, drawn
from controller.arm_config import JointConfig

NAME = "fitts"
BIOPATREC = "BioPatRec's Fitts test (0eb2246)"


def index_of_difficulty_bits(distance: float, width: float) -> float:
    """Return log2(D / W + 1) in bits; both in the same unit, above zero."""
    if not (distance > 0.0 and width > 0.0):
        raise AssessmentError(f"a target needs a distance and a width above zero, got {distance:g} and {width:g}")
    return log2(distance / width + 1.0)


@dataclass(frozen=True, slots=True)
class FittsSettings:
    """`layout_rad`: pairs of distance and width. Both are straight lines in joint space: a target is a ball.

    Distances, widths, dwell and time limit are BioPatRec's: 30, 30, 60, 60 and 13, 18, 13, 18 degrees.
    """

    moved_joints: int = 1
    layout_rad: tuple[tuple[float, float], ...] = tuple(
        (radians(distance), radians(width)) for distance in (30.0, 60.0) for width in (13.0, 18.0)
    )
    dwell_s: float = 1.0
    time_limit_s: float = 15.0
    repetitions: int = 1
    seed: int = 0

    @property
    def parameters(self) -> list[Parameter]:
        """What the test was done with."""
        usual = FittsSettings()
        same = self.layout_rad == usual.layout_rad
        targets = [
            Parameter(
                f"target {number}: distance over width {degrees(distance):.4g}° / {degrees(width):.4g}°",
                round(index_of_difficulty_bits(distance, width), 4),
                "bit",
                BIOPATREC if same else "changed",
            )
            for number, (distance, width) in enumerate(self.layout_rad, 1)
        ]
        return [
            Parameter("moved joints", self.moved_joints, "", "ours"),
            *targets,
            told("dwell", self.dwell_s, usual.dwell_s, "s", BIOPATREC),
            told("time limit", self.time_limit_s, usual.time_limit_s, "s", BIOPATREC),
            told("repetitions", self.repetitions, usual.repetitions, "", "ours"),
            Parameter("seed", self.seed, "", "order of the targets"),
        ]


def fitts_test(joints: Sequence[JointConfig], settings: FittsSettings) -> Reach:
    """Return the test for an arm with these joints; a target that a joint has no room for is left out.

    Raises `AssessmentError` when the settings make no test.
    """
    names = tuple(joint.name for joint in joints)
    targets: list[Target] = []
    layout_of: dict[str, tuple[float, float]] = {}
    for distance, width in settings.layout_rad:
        index_of_difficulty_bits(distance, width)
        if not distance > width / 2.0:
            raise AssessmentError(f"a target {distance:g} rad away must be narrower than {2.0 * distance:g} rad")
        try:
            ways = all_ways(joints, settings.moved_joints, distance, straight=True)
        except AssessmentError:
            continue
        for way in ways:
            name = f"{way.name} {degrees(distance):.4g}°/{degrees(width):.4g}°"
            targets.append(Target(name, way.posture_rad, way.offset_rad))
            layout_of[name] = (distance, width)
    if not targets:
        raise AssessmentError("no joint has room for any target of the layout: take shorter distances")

    def inside(row: tuple[float, ...], target: Target) -> bool:
        middle = [target.posture_rad[name] for name in names]
        return dist(row, middle) <= layout_of[target.name][1] / 2.0

    return Reach(
        names,
        drawn(targets, settings.repetitions, settings.seed),
        settings.dwell_s,
        settings.time_limit_s,
        inside,
        lambda target: layout_of[target.name][1] / 2.0,
        lambda target: index_of_difficulty_bits(*layout_of[target.name]),
    )
