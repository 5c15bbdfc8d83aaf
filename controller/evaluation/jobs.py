"""The work of an evaluation, cut into jobs that need nothing of each other."""

from dataclasses import dataclass
from pathlib import Path

from controller.errors import CalibrationError
from controller.evaluation.candidate import Labelled, Mover
from controller.evaluation.candidates import candidate
from controller.evaluation.data_sets import DATA_SETS
from controller.evaluation.decision_time import DecisionTime, measure_time
from controller.evaluation.dropped_channels import MOST_DEAD, DroppedScore, dead_sets, score_dropped
from controller.evaluation.error_rate import StreamScore, decide, score_fold
from controller.evaluation.errors import EvaluationError
from controller.evaluation.person import Person
from controller.evaluation.suite import DROPPED_CHANNELS, SUITES, TRANSITIONS, TRANSITIONS_DATA_SET, SuiteTest
from controller.evaluation.transitions import Transitions, false_movements, transitions


@dataclass(frozen=True, slots=True)
class Plan:
    """What is evaluated. `people`: their files by data set; `learn`: also with learning from unlabelled windows."""

    people: dict[str, list[Path]]
    decoder: str
    suite: str = "standard"
    learn: bool = True
    seed: int = 0

    @property
    def tests(self) -> list[SuiteTest]:
        """The tests of the suite whose data are there, in its order."""
        return [test for test in SUITES[self.suite] if test.data_set in self.people]


@dataclass(frozen=True, slots=True)
class PersonScore:
    """One person in one test: per stream the score without unlabelled learning, and with it if there was any."""

    class_names: tuple[str, ...]
    session_names: dict[int, str]
    streams: tuple[tuple[StreamScore, ...], ...]


Result = PersonScore | Transitions | list[DroppedScore] | DecisionTime | None


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work on one person. `kind`: 'read', 'test', 'transitions', 'dropped' or 'time'; `what`: which.

    Those that only read come first: a damaged file is found before minutes have gone into the others.
    """

    kind: str
    what: str
    data_set: str
    path: Path
    dead_count: int = 0


def jobs_of(plan: Plan) -> list[Job]:
    """List the work of `plan`."""
    jobs = [Job("read", name, name, path) for name, paths in plan.people.items() for path in paths]
    jobs += [Job("test", test.name, test.data_set, path) for test in plan.tests for path in plan.people[test.data_set]]
    jobs += [
        Job("transitions", name, TRANSITIONS_DATA_SET, path)
        for name in TRANSITIONS
        for path in plan.people.get(TRANSITIONS_DATA_SET, ())
    ]
    dropped = [test for name in DROPPED_CHANNELS for test in plan.tests if test.name == name][:1]
    jobs += [
        Job("dropped", test.name, test.data_set, path, count)
        for test in dropped
        for count in range(MOST_DEAD + 1)
        for path in plan.people[test.data_set]
    ]
    first = plan.tests[0]
    return [*jobs, Job("time", first.name, first.data_set, plan.people[first.data_set][0])]


def do_job(plan: Plan, job: Job) -> Result:
    """Do one job. Raises `RecordingError`, or `EvaluationError`, which names the person and the test."""
    person = DATA_SETS[job.data_set].load(job.path)
    if job.kind == "read":
        return None
    try:
        if job.kind == "transitions":
            return _transitions(plan, job, person)
        return _test(plan, job, person)
    except CalibrationError as error:
        raise EvaluationError(f"{job.path} in {job.what}: {error}") from error


def _test(plan: Plan, job: Job, person: Person) -> Result:
    decoder = candidate(plan.decoder)
    test = next(test for test in plan.tests if test.name == job.what)
    folds = list(test.folds(person))
    if job.kind == "time":
        return measure_time(decoder, folds[0], person.frame) if folds else None
    if job.kind == "dropped":
        sets = dead_sets(person.recording.info.channel_count, job.dead_count, plan.seed)
        return score_dropped(decoder, folds, person.frame, sets, plan.learn) if folds else []
    streams = [scores for fold in folds for scores in score_fold(decoder, fold, person.frame, plan.learn)]
    return PersonScore(person.recording.class_names[: test.classes], person.session_names, tuple(streams))


def _transitions(plan: Plan, job: Job, person: Person) -> Transitions:
    decoder, hop_s, found = candidate(plan.decoder), person.frame.hop_ms * 1e-3, Transitions()
    for fold in TRANSITIONS[job.what](person):
        fitted = decoder.fit([Labelled(fold.training)], person.frame)
        for stream in fold.streams:
            windows = fitted.windows(stream.recording)
            decided = decide(windows, stream, fitted.decoder(stream.new_donning), plan.learn)
            found.add(transitions(stream, windows, decided, hop_s))
            if isinstance(fitted, Mover):
                found.add(false_movements(stream, *fitted.move(stream, plan.learn), hop_s))
    return found
