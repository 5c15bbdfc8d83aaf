"""One run, as plain values: what is sent to a process or to another machine, and what comes back."""

import hashlib
from importlib.metadata import version

from cli.simulate.scenario import Scenario
from controller.arm_config import ArmConfig
from controller.config_section import Section
from sim.arm.physics.table import PhysicalTable
from sim.muscles.preset import WearerPreset


class Job(Section):
    """Everything that a run depends on, files read and sweep applied. `point`: axis of the sweep → its value here."""

    point: dict[str, str | float]
    seed: int
    scenario: Scenario
    wearer: WearerPreset
    arm: ArmConfig
    table: PhysicalTable | None

    @property
    def key(self) -> str:
        """A name for the result: equal for equal jobs of the same version of this program, and for no others."""
        said = f"{version('efferent')} {self.model_dump_json()}"
        return hashlib.sha256(said.encode()).hexdigest()[:20]


class TrialFigures(Section):
    """One trial: `what` was asked for. Times in s, ways in rad; None where there is no such figure.

    `began_s`: since the arm was engaged, as the times of faults.
    """

    what: str
    began_s: float
    completion_s: float | None
    path_efficiency: float | None = None
    overshoots: int | None = None
    unintended_rad: float | None = None
    dropped: int | None = None


class AssessmentFigures(Section):
    """One test of a run; `figures` as `clinic.assessments.result` names them.

    `commanded_rad`: way that the guard let all joints together be sent; beyond that an arm with mass moves by itself.
    """

    kind: str
    practice: bool
    parameters: dict[str, float]
    figures: dict[str, float | None]
    commanded_rad: float = 0.0
    trials: tuple[TrialFigures, ...]


class FaultSpan(Section):
    """What went wrong, and when; `for_s` None: to the end, or at once over."""

    kind: str
    at_s: float
    for_s: float | None


class RunResult(Section):
    """What a run found. All but the last three is the same to the bit for equal jobs on one machine.

    `refused`: why there was nothing to find, such as a decoder that could not be fitted; empty otherwise. `decoder`:
    what decided. `simulated_s`: on the virtual clock. `wall_s`: what it took, session and fit included; `computing_s`:
    the processor's share of that. `behind_s`: by how much a run at the pace of the wall clock was late at worst.
    """

    key: str
    point: dict[str, str | float]
    seed: int
    refused: str = ""
    decoder: str = ""
    simulated_s: float = 0.0
    movements: int = 0
    faults: tuple[FaultSpan, ...] = ()
    tests: tuple[AssessmentFigures, ...] = ()
    wall_s: float = 0.0
    computing_s: float = 0.0
    behind_s: float = 0.0
