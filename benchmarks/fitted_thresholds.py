"""The figures of decision 0014: rejection thresholds fitted per class against one for all, at equal rejected share.

    uv run python benchmarks/fitted_thresholds.py ../shared/data

Per test of `efferent evaluate`, with adaptation, mean over people: share of windows rejected, and share that are wrong
movements (accepted, not rest, not what was prompted). `one`: the common threshold that rejects the same share.
"""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from controller.calibration.trials import rows_of
from controller.evaluation.candidate import Labelled, UnlabelledLearner, WindowDecoder, Windows
from controller.evaluation.candidates import candidate
from controller.evaluation.data_sets import DATA_SETS, find_people
from controller.evaluation.error_rate import put_on
from controller.evaluation.folds import Fold
from controller.evaluation.person import Frame, settled
from controller.evaluation.suite import STANDARD

DECODER = candidate("gaussian")
REST = 0
COMMON = 0.6
# Published range, and nearly all there is; share of the accepted decisions for a class that may be wrong.
VARIANTS = tuple((low, high, error) for low, high in ((0.6, 0.75), (0.3, 0.99)) for error in (0.005, 0.02, 0.05))

Decisions = NDArray[np.float64]
"""[n, 3]: confidence, decided class, prompted class."""


def decisions(
    windows: Windows, labels: NDArray[np.int64], counted: NDArray[np.bool_], one: WindowDecoder, learns: bool
) -> Decisions:
    """Decide the windows one after the other; keep those that count."""
    kept = []
    for vector, row in zip(windows.vectors, windows.newest_row, strict=True):
        scores = one.decide(vector)
        if counted[row]:
            kept.append((scores.max(), scores.argmax(), labels[row]))
        if learns and isinstance(one, UnlabelledLearner):
            one.learn(vector)
    return np.array(kept)


def held_out(fold: Fold, frame: Frame) -> Decisions:
    """Decide each repetition of the training by a model fitted to the others."""
    found = []
    for repetition in np.unique(fold.training.repetition):
        out = fold.training.repetition == repetition
        fitted = DECODER.fit([Labelled(rows_of(fold.training, ~out))], frame)
        rows = rows_of(fold.training, out)
        windows, counted = fitted.windows(rows), settled(rows, frame)
        found.append(decisions(windows, rows.class_of_sample, counted, fitted.decoder(), learns=False))
    return np.concatenate(found)


def fitted_thresholds(held: Decisions, classes: int, low: float, high: float, admitted: float) -> NDArray[np.float64]:
    """Lowest threshold at which at most `admitted` of the accepted decisions for a class are wrong; else `high`."""
    thresholds = np.full(classes, low)
    confidence, decided, prompted = held.T
    for index in np.unique(decided).astype(int):
        mine = decided == index
        for threshold in np.arange(low, high + 1e-9, 0.01):
            thresholds[index] = threshold
            accepted = mine & (confidence >= threshold)
            if (prompted[accepted] != index).sum() <= admitted * accepted.sum():
                break
    return thresholds


def shares(test: Decisions, threshold: NDArray[np.float64] | float) -> tuple[float, float]:
    """Return in percent what was rejected, and what moved wrongly."""
    confidence, decided, prompted = test.T
    least = threshold[decided.astype(int)] if isinstance(threshold, np.ndarray) else threshold
    moves = decided != REST
    rejected = moves & (confidence < least)
    return 100.0 * float(rejected.mean()), 100.0 * float((moves & ~rejected & (decided != prompted)).mean())


def equal_to(test: Decisions, rejected_percent: float) -> float:
    """Return the common threshold that rejects the same share of `test`."""
    confidence = np.sort(test[test[:, 1] != REST, 0])
    count = round(rejected_percent / 100.0 * len(test))
    return float(confidence[count]) if count < len(confidence) else 2.0


def main(data: Path) -> None:
    """Print a row for each test and variant."""
    people = find_people(data)
    for test in STANDARD:
        persons: list[list[list[float]]] = []
        for path in people[test.data_set]:
            person = DATA_SETS[test.data_set].load(path)
            rows = []
            for fold in test.folds(person):
                held = held_out(fold, person.frame)
                fitted = DECODER.fit([Labelled(fold.training)], person.frame)
                for stream in fold.streams:
                    here, new_decoder = put_on(DECODER, fitted, fold, stream, person.frame)
                    windows = here.windows(stream.recording)
                    decided = stream.decided[windows.newest_row]
                    windows = Windows(windows.vectors[decided], windows.newest_row[decided])
                    labels = stream.recording.class_of_sample
                    got = decisions(windows, labels, stream.counted, new_decoder(), learns=True)
                    row = [*shares(got, COMMON)]
                    for variant in VARIANTS:
                        thresholds = fitted_thresholds(held, len(fold.training.class_names), *variant)
                        rejected, wrong = shares(got, thresholds)
                        row += [rejected, wrong, shares(got, equal_to(got, rejected))[1]]
                    rows.append(row)
            persons.append(rows)
        mean = np.mean([np.mean(rows, axis=0) for rows in persons], axis=0)
        print(f"{test.name:24}all at {COMMON:g}: rejected {mean[0]:6.2f} wrong {mean[1]:6.3f}", flush=True)
        for (low, high, admitted), at in zip(VARIANTS, range(2, len(mean), 3), strict=True):
            rejected, wrong, one = mean[at : at + 3]
            print(f"  {low:g}-{high:g}, {admitted:g}: rejected {rejected:6.2f} fitted {wrong:6.3f} one {one:6.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
