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


@dataclass(frozen=True, slots=True)
class TrialScore:
    """`sentence`: for the wearer, begins with the motion and the trial's number."""

    verdict: Verdict
    sentence: str


def score_trial(trial: PromptedTrial, measures: TrialMeasures, bounds: ScoreBounds | None = None) -> TrialScore:
    """Judge one trial by its measures; of several faults the one that the wearer should mend first is told."""
    bounds = bounds or ScoreBounds()
    verdict, words = (_rest if trial.class_name == REST else _motion)(measures, bounds)
    return TrialScore(verdict, f"{_spoken(trial.class_name).capitalize()}, trial {trial.name.repetition}: {words}.")


def _rest(measures: TrialMeasures, bounds: ScoreBounds) -> tuple[Verdict, str]:
    level = measures.to_others
    if level >= bounds.too_restless:
        return Verdict.REDO, f"{level:.1f} times as loud as your other rests; let the arm go loose and do it again"
    if level >= bounds.restless:
        return Verdict.USABLE, f"{level:.1f} times as loud as your other rests; try to let go fully"
    return Verdict.GOOD, "good"


def _motion(measures: TrialMeasures, bounds: ScoreBounds) -> tuple[Verdict, str]:
    if words := _why_redo(measures, bounds):
        return Verdict.REDO, words
    if words := _what_to_mend(measures, bounds):
        return Verdict.USABLE, words
    return Verdict.GOOD, "good"


def _why_redo(measures: TrialMeasures, bounds: ScoreBounds) -> str:
    if measures.onset_s is None:
        return "no contraction was seen; do it again when the prompt shows"
    if measures.prompt_seen and measures.onset_s >= bounds.too_late_s:
        return f"began {measures.onset_s:.1f} s after the prompt; do it again, begin as soon as it shows"
    if measures.active < bounds.too_short:
        return f"held for {measures.active:.0%} of the time; do it again and hold until the prompt ends"
    if measures.level < bounds.weak and measures.recognised < bounds.alike:
        return f"only {measures.level:.1f} times your level at rest; do it again a little harder"
    if measures.recognised < bounds.too_alike:
        like, share = _spoken(measures.like), 1.0 - measures.recognised
        return f"{share:.0%} of it did not look like your other trials, more like {like}; do it again"
    return ""


def _what_to_mend(measures: TrialMeasures, bounds: ScoreBounds) -> str:
    if measures.prompt_seen and measures.onset_s is not None:
        if measures.onset_s >= bounds.late_s:
            return f"began {measures.onset_s:.1f} s after the prompt; begin as soon as it shows"
        if measures.onset_s < bounds.early_s:
            return "already begun when the prompt came; rest until it shows"
    if measures.level < bounds.weak:
        return f"{measures.level:.1f} times your level at rest; a little harder would be clearer"
    if measures.active < bounds.short:
        return f"held for {measures.active:.0%} of the time; hold until the prompt ends"
    if measures.recognised < bounds.alike:
        return f"partly like {_spoken(measures.like)}; make the two as different as you can"
    if measures.to_others >= bounds.uneven:
        return f"{measures.to_others:.1f} times as strong as your other trials; a normal effort is enough"
    if measures.to_others <= 1.0 / bounds.uneven:
        return f"much weaker than your other trials ({measures.to_others:.0%}); try your usual effort"
    if measures.unsteadiness >= bounds.unsteady:
        return "the effort shook; hold it evenly or let it grow slowly"
    return ""


def _spoken(name: str) -> str:
    return name.replace("_", " ")
