"""What to tell the wearer about a trial: one verdict and one sentence, about what matters most."""

from dataclasses import dataclass
from enum import StrEnum

from controller.calibration.trial_score import PromptedTrial, TrialMeasures
from controller.rest_class import REST


class Verdict(StrEnum):
    """Whether to learn from a trial."""

    GOOD = "good"
    USABLE = "usable"
    REDO = "redo"


@dataclass(frozen=True, slots=True)
class ScoreBounds:
    """From where on a trial is worth a remark, and from where on it should be done again."""

    # People follow a prompt within about a second (the lag that fits leave out).
    late_s: float = 1.2
    # Sooner than anybody reacts.
    early_s: float = 0.1
    too_late_s: float = 2.0
    # Effort over rest. Below twice, rest makes much of the signal; no reason to redo a trial that is told apart.
    weak: float = 2.0
    # Share of the time after the onset that the effort lasted.
    short: float = 0.8
    too_short: float = 0.5
    # Share of windows nearest to the wearer's other trials of the motion. Half: a coin.
    alike: float = 0.75
    too_alike: float = 0.5
    # Effort over that of the other trials, either way.
    uneven: float = 2.5
    # Change of effort within a quarter of a second: windows of 200 ms of steady effort vary by about 0.1.
    unsteady: float = 0.35
    # Rest that is louder than the session's other rests by this factor was none.
    restless: float = 2.0
    too_restless: float = 4.0


# What is said, by a word that programs may have a sentence of their own for. `value` is a number, `like` a class.
REMARKS = {
    "good": "good",
    "too_restless": "{value:.1f} times as loud as your other rests; let the arm go loose and do it again",
    "restless": "{value:.1f} times as loud as your other rests; try to let go fully",
    "nothing": "no contraction was seen; do it again when the prompt shows",
    "too_late": "began {value:.1f} s after the prompt; do it again, begin as soon as it shows",
    "too_short": "held for {value:.0%} of the time; do it again and hold until the prompt ends",
    "too_weak": "only {value:.1f} times your level at rest; do it again a little harder",
    "too_alike": "{value:.0%} of it did not look like your other trials, more like {like}; do it again",
    "late": "began {value:.1f} s after the prompt; begin as soon as it shows",
    "early": "already begun when the prompt came; rest until it shows",
    "weak": "{value:.1f} times your level at rest; a little harder would be clearer",
    "short": "held for {value:.0%} of the time; hold until the prompt ends",
    "alike": "partly like {like}; make the two as different as you can",
    "strong": "{value:.1f} times as strong as your other trials; a normal effort is enough",
    "feeble": "much weaker than your other trials ({value:.0%}); try your usual effort",
    "unsteady": "the effort shook; hold it evenly or let it grow slowly",
}


@dataclass(frozen=True, slots=True)
class Remark:
    """One of `REMARKS` with what it names."""

    why: str
    value: float | None = None
    like: str = ""

    @property
    def words(self) -> str:
        """The remark in English."""
        return REMARKS[self.why].format(value=self.value, like=_spoken(self.like))


@dataclass(frozen=True, slots=True)
class TrialScore:
    """`sentence`: for the wearer, begins with the motion and the trial's number, then `remark` in English."""

    verdict: Verdict
    sentence: str
    remark: Remark


def score_trial(trial: PromptedTrial, measures: TrialMeasures, bounds: ScoreBounds | None = None) -> TrialScore:
    """Judge one trial by its measures; of several faults the one that the wearer should mend first is told."""
    bounds = bounds or ScoreBounds()
    verdict, remark = (_rest if trial.class_name == REST else _motion)(measures, bounds)
    sentence = f"{_spoken(trial.class_name).capitalize()}, trial {trial.name.repetition}: {remark.words}."
    return TrialScore(verdict, sentence, remark)


def _rest(measures: TrialMeasures, bounds: ScoreBounds) -> tuple[Verdict, Remark]:
    level = measures.to_others
    if level >= bounds.too_restless:
        return Verdict.REDO, Remark("too_restless", level)
    if level >= bounds.restless:
        return Verdict.USABLE, Remark("restless", level)
    return Verdict.GOOD, Remark("good")


def _motion(measures: TrialMeasures, bounds: ScoreBounds) -> tuple[Verdict, Remark]:
    if remark := _why_redo(measures, bounds):
        return Verdict.REDO, remark
    if remark := _what_to_mend(measures, bounds):
        return Verdict.USABLE, remark
    return Verdict.GOOD, Remark("good")


def _why_redo(measures: TrialMeasures, bounds: ScoreBounds) -> Remark | None:
    if measures.onset_s is None:
        return Remark("nothing")
    if measures.prompt_seen and measures.onset_s >= bounds.too_late_s:
        return Remark("too_late", measures.onset_s)
    if measures.active < bounds.too_short:
        return Remark("too_short", measures.active)
    if measures.level < bounds.weak and measures.recognised < bounds.alike:
        return Remark("too_weak", measures.level)
    if measures.recognised < bounds.too_alike:
        return Remark("too_alike", 1.0 - measures.recognised, measures.like)
    return None


def _what_to_mend(measures: TrialMeasures, bounds: ScoreBounds) -> Remark | None:
    if measures.prompt_seen and measures.onset_s is not None:
        if measures.onset_s >= bounds.late_s:
            return Remark("late", measures.onset_s)
        if measures.onset_s < bounds.early_s:
            return Remark("early")
    if measures.level < bounds.weak:
        return Remark("weak", measures.level)
    if measures.active < bounds.short:
        return Remark("short", measures.active)
    if measures.recognised < bounds.alike:
        return Remark("alike", like=measures.like)
    if measures.to_others >= bounds.uneven:
        return Remark("strong", measures.to_others)
    if measures.to_others <= 1.0 / bounds.uneven:
        return Remark("feeble", measures.to_others)
    return Remark("unsteady") if measures.unsteadiness >= bounds.unsteady else None


def _spoken(name: str) -> str:
    return name.replace("_", " ")
