"""How long one decision takes on this machine."""

import time
from dataclasses import dataclass

import numpy as np

from controller.evaluation.candidate import Candidate, Labelled, UnlabelledLearner
from controller.evaluation.folds import Fold
from controller.evaluation.person import Frame

WARM_UP, COUNTED = 200, 5000


@dataclass(frozen=True, slots=True)
class DecisionTime:
    """In µs per window: features (mean, with conditioning where there is any), decision, and unlabelled learning.

    The learning of most windows is next to nothing, of some it is an update: its mean and its 99th percentile.
    """

    features_mean: float
    decide_p50: float
    decide_p99: float
    learn_mean: float | None
    learn_p99: float | None


def measure_time(candidate: Candidate, fold: Fold, frame: Frame) -> DecisionTime:
    """Measure on the first stream of `fold`, repeated as often as it takes."""
    fitted = candidate.fit([Labelled(fold.training)], frame)
    recording = fold.streams[0].recording
    fitted.windows(recording)
    begin_ns = time.perf_counter_ns()
    windows = fitted.windows(recording)
    features_ns = (time.perf_counter_ns() - begin_ns) / len(windows.newest_row)
    decoder = fitted.decoder()
    learner = decoder if isinstance(decoder, UnlabelledLearner) else None
    decide_ns, learn_ns = np.zeros(WARM_UP + COUNTED), np.zeros(WARM_UP + COUNTED)
    for index in range(WARM_UP + COUNTED):
        vector = windows.vectors[index % len(windows.vectors)]
        begin_ns = time.perf_counter_ns()
        decoder.decide(vector)
        decided_ns = time.perf_counter_ns()
        if learner is not None:
            learner.learn(vector)
        learn_ns[index] = time.perf_counter_ns() - decided_ns
        decide_ns[index] = decided_ns - begin_ns
    p50, p99 = np.percentile(decide_ns[WARM_UP:], (50, 99)) / 1e3
    learned = learn_ns[WARM_UP:] / 1e3
    return DecisionTime(
        round(features_ns / 1e3, 2),
        round(float(p50), 2),
        round(float(p99), 2),
        round(float(learned.mean()), 2) if learner else None,
        round(float(np.percentile(learned, 99)), 2) if learner else None,
    )
