"""One run: somebody sits through a calibration, and takes the tests while things go wrong. Pure but for its pace."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from cli.simulate.assessments import AnyAssessment, AnyTest, WithThings, made, summed_up
from cli.simulate.faults import Fault
from cli.simulate.fitting import fitted, turns_of
from cli.simulate.job import AssessmentFigures, FaultSpan, Job, RunResult, TrialFigures
from cli.simulate.stage import Pace, Stage, Told
from clinic.assessments.box_and_blocks_test import BoxAndBlocksTrial
from clinic.assessments.clothespin_test import ClothespinTrial
from clinic.assessments.errors import AssessmentError
from clinic.assessments.motion_test import MotionTrial
from clinic.assessments.reach import ReachTrial
from clinic.assessments.result import Result
from controller.arm_config import JointConfig
from controller.errors import CalibrationError
from sim.errors import SimError
from sim.muscles.reinnervation import at_month
from sim.wearer.traits import WearerTraits, somebody


def run_job(job: Job, told: Told = lambda _done, _of: None, pace: Pace | None = None) -> RunResult:
    """Do a run. `told`: how many trials of how many are done. `pace`: to the wall clock; None as fast as possible.

    What cannot be calibrated or engaged is a result, too. Raises `SimError`, `ConfigError` and `AssessmentError` for
    jobs that make no sense.
    """
    took = Took()
    preset = job.wearer if job.scenario.wearer.months is None else at_month(job.wearer, job.scenario.wearer.months)
    traits = traits_of(job)
    tests = tests_of(job)
    result = RunResult(key=job.key, point=job.point, seed=job.seed)
    try:
        model = fitted(job, preset, traits)
    except CalibrationError as error:
        return result.model_copy(update={"refused": str(error), **took.said})
    stage = Stage(job, preset, traits, model, tests, told, pace)
    try:
        stage.closed.engage()
        stage.begin()
        commanded_rad = [stage.take(number) for number in range(len(tests))]
    except SimError as error:
        return result.model_copy(update={"refused": str(error), **took.said})
    return result.model_copy(
        update={
            "decoder": model.facts.decoder,
            "faults": tuple(
                FaultSpan(kind=one.kind, at_s=one.at_s, for_s=one.for_s if isinstance(one, Fault) else None)
                for one in job.scenario.faults
            ),
            "simulated_s": stage.closed.now_s,
            "movements": stage.closed.wearer.movements,
            "tests": tuple(
                _figures(asked, summed_up(asked, test, "", job.seed), sent_rad, stage.trials_began_s[number])
                for number, ((asked, test), sent_rad) in enumerate(zip(tests, commanded_rad, strict=True))
            ),
            **took.said,
            "behind_s": 0.0 if pace is None else pace.behind_s,
        }
    )


@dataclass(frozen=True, slots=True)
class Took:
    """What a run takes from when this was made."""

    wall_s: float = field(default_factory=time.perf_counter)
    computing_s: float = field(default_factory=time.thread_time)

    @property
    def said(self) -> dict[str, float]:
        """The figures of `RunResult`."""
        return {"wall_s": time.perf_counter() - self.wall_s, "computing_s": time.thread_time() - self.computing_s}


def tests_of(job: Job) -> list[tuple[AnyAssessment, AnyTest]]:
    """Return the tests, new. Raises `AssessmentError` where the arm has no room for one."""
    joints, motions = asked_joints(job), job.wearer.motions
    if any(isinstance(asked, WithThings) for asked in job.scenario.assessments):
        _refuse_without_a_hand(job)
    return [(asked, made(asked, joints, motions, job.seed, job.table)) for asked in job.scenario.assessments]


def traits_of(job: Job) -> WearerTraits:
    """Return the person: drawn by the seed, but for what the scenario says. Raises `SimError`."""
    return replace(somebody(job.seed), **job.scenario.wearer.traits)


def asked_joints(job: Job) -> list[JointConfig]:
    """Return the joints that tests may ask to move."""
    named = set(job.scenario.arm.joints) or {joint for muscle in job.wearer.muscles for joint in muscle.moves}
    return [joint for joint in job.arm.joints if joint.name in named]


def _refuse_without_a_hand(job: Job) -> None:
    """Raise `AssessmentError` where the wearer has no motion of her own that closes the hand."""
    if turns_of(job, job.wearer) is not None:
        raise AssessmentError("a wearer who takes the joints in turn cannot take tests with things yet")
    hand = "" if job.table is None else job.table.hand.joint
    if hand and not any(muscle.moves.get(hand, 0.0) > 0.0 for muscle in job.wearer.muscles):
        raise AssessmentError(f"tests with things need a motion of the wearer that closes '{hand}'; there is none")


def _figures(asked: AnyAssessment, result: Result, commanded_rad: float, began_s: Sequence[float]) -> AssessmentFigures:
    return AssessmentFigures(
        kind=result.test,
        practice=asked.practice,
        parameters={one.name: one.value for one in result.parameters},
        figures=result.figures,
        commanded_rad=commanded_rad,
        trials=tuple(_trial(trial, at_s) for trial, at_s in zip(result.trials, began_s, strict=True)),
    )


def _trial(trial: object, began_s: float) -> TrialFigures:
    if isinstance(trial, ReachTrial):
        return TrialFigures(
            what=trial.target.name,
            began_s=began_s,
            completion_s=trial.completion_s,
            path_efficiency=trial.path_efficiency,
            overshoots=trial.overshoots,
            unintended_rad=trial.unintended_rad,
        )
    if isinstance(trial, MotionTrial):
        return TrialFigures(what=trial.motion, began_s=began_s, completion_s=trial.completion_s)
    if isinstance(trial, ClothespinTrial):
        return TrialFigures(
            what="pins",
            began_s=began_s,
            completion_s=trial.completion_s,
            unintended_rad=trial.unintended_rad,
            dropped=trial.dropped,
        )
    if isinstance(trial, BoxAndBlocksTrial):
        return TrialFigures(
            what="blocks",
            began_s=began_s,
            completion_s=None,
            unintended_rad=trial.unintended_rad,
            dropped=trial.dropped,
        )
    return TrialFigures(what="rest", began_s=began_s, completion_s=None)
