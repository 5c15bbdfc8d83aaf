"""The tests of a suite, with what they should reach: the protocol in one place.

Windows and hops are the data set's (`data_sets.py`), splits are in `folds.py`. Every window counts, classes have equal
priors, no vote or other smoothing of decisions.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from controller.evaluation.folds import Fold, Split, across_sessions, with_one_trial, within_session
from controller.evaluation.person import Person

# Of the four trials of a day three train, of the six repetitions of a session four.
TRAINING_TRIALS, TRAINING_REPETITIONS = 3, 4


@dataclass(frozen=True, slots=True)
class SuiteTest:
    """One row of the table. `classes`: only the first so many, None for all.

    `libemg_percent`: error of the best feature set of LibEMG 2.0.3 with its LDA on the people in the project's shared
    data; `goal_percent`: the error to stay below.
    """

    name: str
    data_set: str
    split: Split
    goal_percent: float
    libemg_percent: float
    classes: int | None = None

    def folds(self, person: Person) -> Iterator[Fold]:
        """Yield what is fitted and tested; nothing where the person has not recorded what the test needs."""
        if self.classes is None:
            yield from self.split(person)
        elif len(person.recording.class_names) >= self.classes:
            yield from self.split(person.with_classes(self.classes))


_SAME_DAY = within_session(TRAINING_TRIALS)

STANDARD = (
    SuiteTest("longterm-8-same-day", "longterm_myo", _SAME_DAY, 0.5, 1.1, classes=8),
    SuiteTest("longterm-8-other-days", "longterm_myo", across_sessions, 4.2, 6.3, classes=8),
    SuiteTest("longterm-8-one-trial", "longterm_myo", with_one_trial, 0.8, 1.8, classes=8),
    SuiteTest("longterm-22-same-day", "longterm_myo", _SAME_DAY, 9.0, 13.2, classes=22),
    SuiteTest("longterm-22-other-days", "longterm_myo", across_sessions, 26.0, 36.8, classes=22),
    SuiteTest("longterm-22-one-trial", "longterm_myo", with_one_trial, 14.5, 21.3, classes=22),
    SuiteTest("myo-same-session", "myo_readings", within_session(TRAINING_REPETITIONS), 2.1, 3.0),
    SuiteTest("myo-other-sessions", "myo_readings", across_sessions, 13.5, 19.3),
)

# Continuous recordings once more, this time every window of them, to see onsets, offsets and rests.
TRANSITIONS = {
    "same session": within_session(TRAINING_REPETITIONS, whole=True),
    "other sessions": across_sessions,
}
TRANSITIONS_DATA_SET = "myo_readings"

# Where channels are made to fail: the first of these whose data are there.
DROPPED_CHANNELS = ("longterm-8-same-day", "myo-same-session")

SUITES = {"standard": STANDARD}
