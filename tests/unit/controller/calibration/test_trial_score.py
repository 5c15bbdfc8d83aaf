import dataclasses
import re
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from controller.calibration.trial_score import PromptedTrial, TrialMeasures, measure_trials
from controller.calibration.trial_score_words import TrialScore, Verdict, score_trial
from controller.calibration.trials import TrialName
from controller.errors import CalibrationError

HOP_S, CHANNELS, WINDOWS = 0.01, 6, 300
NOISE = np.array([1.0, 2.0, 1.0, 5.0, 1.0, 1.0])
# How much louder than rest each motion makes each channel.
PATTERNS = {
    "rest": np.ones(CHANNELS),
    "hand_close": np.array([9.0, 7.0, 1.2, 1.0, 1.0, 2.0]),
    "hand_open": np.array([1.0, 1.3, 8.0, 6.0, 1.0, 1.0]),
    "wrist_turn": np.array([1.0, 1.0, 1.0, 2.0, 7.0, 9.0]),
}


def trial(name: str, repetition: int = 1, lag_s: float = 0.4, strength: float = 1.0, seed: int = 0) -> PromptedTrial:
    """Levels that rise after the lag; features are their roots."""
    generator = np.random.default_rng([seed, repetition, *name.encode()])
    doing = np.clip((np.arange(WINDOWS) * HOP_S - lag_s) / 0.2, 0.0, 1.0)[:, None]
    louder = 1.0 + doing * (PATTERNS[name] - 1.0) * strength
    levels = NOISE * louder * np.exp(generator.normal(0.0, 0.05, (WINDOWS, CHANNELS)))
    return PromptedTrial(TrialName(name, repetition), np.sqrt(levels), levels)


def session() -> list[PromptedTrial]:
    return [trial(name, repetition) for repetition in (1, 2, 3, 4) for name in PATTERNS]


def spoilt(change: Callable[[PromptedTrial], PromptedTrial], index: int = 5) -> tuple[TrialScore, TrialMeasures]:
    """Score a session in which one trial (the second hand_close) was changed; the others must stay as good."""
    trials = session()
    trials[index] = change(trials[index])
    measures = measure_trials(trials, HOP_S)
    scores = [score_trial(*pair) for pair in zip(trials, measures, strict=True)]
    assert all(score.verdict is Verdict.GOOD for other, score in enumerate(scores) if other != index)
    return scores[index], measures[index]


def with_levels(levels: NDArray[np.float64]) -> PromptedTrial:
    return PromptedTrial(TrialName("hand_close", 2), np.sqrt(levels), levels)


def test_good_trials_are_good_and_measured() -> None:
    trials = session()
    measures = measure_trials(trials, HOP_S)
    assert all(score_trial(*pair).sentence.endswith(": good.") for pair in zip(trials, measures, strict=True))
    close = measures[1]
    assert close.onset_s == pytest.approx(0.45, abs=0.1)
    assert close.signal_to_noise_db == pytest.approx(13.6, abs=0.5)
    assert close.recognised > 0.95
    assert close.active > 0.99
    assert close.to_others == pytest.approx(1.0, abs=0.05)
    assert score_trial(trials[1], close).sentence == "Hand close, trial 1: good."
    assert measures[0].onset_s is None


SPOILT: dict[str, tuple[Callable[[PromptedTrial], PromptedTrial], Verdict, str]] = {
    "nothing": (lambda _: with_levels(trial("rest", 2).levels), Verdict.REDO, "no contraction was seen"),
    "late": (lambda _: trial("hand_close", 2, lag_s=1.4), Verdict.USABLE, r"began 1\.4 s after the prompt"),
    "early": (lambda _: trial("hand_close", 2, lag_s=-0.5), Verdict.USABLE, "already begun when the prompt came"),
    "too late": (lambda _: trial("hand_close", 2, lag_s=2.2), Verdict.REDO, r"began 2\.2 s after the prompt"),
    "another motion": (
        lambda _: with_levels(trial("hand_open", 2).levels),
        Verdict.REDO,
        "did not look like your other trials, more like hand open",
    ),
    "let go": (
        lambda one: with_levels(np.concatenate((one.levels[:150], trial("rest", 2).levels[150:]))),
        Verdict.REDO,
        "held for 4.% of the time",
    ),
    "weak": (lambda _: trial("hand_close", 2, strength=0.25), Verdict.REDO, "did not look like|level at rest"),
    "strong": (lambda _: trial("hand_close", 2, strength=3.0), Verdict.USABLE, "times as strong as your other"),
}


@pytest.mark.parametrize("fault", SPOILT)
def test_tells_a_bad_trial_in_a_sentence_and_leaves_the_others_good(fault: str) -> None:
    change, verdict, words = SPOILT[fault]
    score, measures = spoilt(change)
    assert score.verdict is verdict, (score, measures)
    assert re.search(words, score.sentence), score.sentence
    assert score.sentence.startswith("Hand close, trial 2: ")


def test_shaking_is_told_and_slow_growth_is_not() -> None:
    def shaken(one: PromptedTrial) -> PromptedTrial:
        swing = 1.0 + 0.8 * np.sin(2 * np.pi * 2.0 * np.arange(WINDOWS) * HOP_S)[:, None]
        return with_levels(np.maximum(one.levels * swing, 0.2 * one.levels) + NOISE)

    def growing(one: PromptedTrial) -> PromptedTrial:
        return with_levels(one.levels * np.linspace(0.6, 1.6, WINDOWS)[:, None])

    assert spoilt(shaken)[1].unsteadiness > 0.35
    score, measures = spoilt(growing)
    assert score.verdict is Verdict.GOOD
    assert measures.effort_range > 1.6


def test_rest_that_was_none_is_told() -> None:
    score, _ = spoilt(lambda one: dataclasses.replace(one, levels=5.0 * one.levels, vectors=2.2 * one.vectors), index=4)
    assert score.verdict is Verdict.REDO
    assert score.sentence.startswith("Rest, trial 2: 5.")


def test_one_trial_of_each_motion_can_be_scored() -> None:
    trials = session()[:4]
    assert all(
        score_trial(*pair).verdict is Verdict.GOOD for pair in zip(trials, measure_trials(trials, HOP_S), strict=True)
    )


def test_empty_trials_and_dead_channels_are_measured_without_a_fuss() -> None:
    trials = [
        PromptedTrial(one.name, one.vectors * [1, 0, 1, 1, 1, 1], one.levels * [1, 0, 1, 1, 1, 1]) for one in session()
    ]
    trials[5] = PromptedTrial(TrialName("hand_close", 2), trials[5].vectors[:0], trials[5].levels[:0])
    measures = measure_trials(trials, HOP_S)
    assert score_trial(trials[5], measures[5]).verdict is Verdict.REDO
    assert all(np.isfinite([one.level, one.effort_range, one.unsteadiness, one.to_others]).all() for one in measures)


def test_timing_is_not_judged_where_the_recording_was_cut_at_the_prompt() -> None:
    early = trial("hand_close", 2, lag_s=-0.5)
    score, measures = spoilt(lambda _: dataclasses.replace(early, first_s=0.2))
    assert not measures.prompt_seen
    assert score.verdict is Verdict.GOOD


def test_scoring_without_rest_or_without_a_motion_is_refused() -> None:
    for names in (("rest",), ("hand_close",)):
        with pytest.raises(CalibrationError, match="scoring needs trials of 'rest'"):
            measure_trials([trial(name) for name in names], HOP_S)
