"""From marks beside a recording to the class of each sample, and to the repetitions of each class.

Marks are prompts where whoever wrote them says so (a stream whose name or type holds `prompt`), or where one of them
is `rest`. A prompt lasts until the next one. What nobody was asked for is `unprompted`, the last of the classes.
"""

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from drivers.recordings.recording import Recording

REST = "rest"
UNPROMPTED = "unprompted"
# A person is asked for a dozen motions; more different texts are something else.
MOST_CLASSES = 256


@dataclass(frozen=True, slots=True)
class Prompts:
    """What was asked for from which row on: `rows` ascending [n], `texts` [n]."""

    rows: NDArray[np.int64]
    texts: tuple[str, ...]


def look_like_prompts(texts: Sequence[str]) -> bool:
    """Say whether marks that nobody calls prompts are some."""
    distinct = {text.strip().lower() for text in texts}
    return REST in distinct and 2 <= len(distinct) <= MOST_CLASSES


@dataclass(frozen=True, slots=True)
class Labels:
    """The columns of a `Recording` that say what was asked for."""

    class_names: tuple[str, ...]
    class_of_sample: NDArray[np.int64]
    repetition: NDArray[np.int64]
    session: NDArray[np.int64]


def no_labels(count: int) -> Labels:
    """Return the labels of a plain recording of `count` samples."""
    zeros = np.zeros(count, dtype=np.int64)
    return Labels((), zeros, zeros, zeros)


def labels_of(prompts: Prompts, count: int) -> Labels:
    """Label `count` samples. A class has its repetitions counted from 1; a rest has that of the motion after it."""
    texts = [text.strip() for text in prompts.texts]
    texts = [REST if text.lower() == REST else text or UNPROMPTED for text in texts]
    asked = [name for name in dict.fromkeys(texts) if name not in (REST, UNPROMPTED)]
    names = (*((REST,) if REST in texts else ()), *asked)
    edges = np.clip(np.concatenate(([0], prompts.rows, [count])), 0, count)
    lengths = np.diff(np.maximum.accumulate(edges))
    all_names = (*names, UNPROMPTED)
    class_of_span = np.array([all_names.index(name) for name in (UNPROMPTED, *texts)], dtype=np.int64)
    class_of_sample = np.repeat(class_of_span, lengths)
    prompted = class_of_sample < len(names)
    return Labels(
        names if prompted.all() else all_names,
        class_of_sample,
        np.repeat(_repetitions([UNPROMPTED, *texts]), lengths),
        prompted.astype(np.int64),
    )


def without_unprompted(recording: Recording) -> Recording:
    """Return what was prompted alone, for a fit; the recording itself where all of it was, or nothing."""
    names = recording.class_names
    if not names or names[-1] != UNPROMPTED or not (keep := recording.class_of_sample < len(names) - 1).any():
        return recording
    rows = np.flatnonzero(keep)
    left_out = np.diff(rows, prepend=rows[:1]) > 1
    changed = np.diff(recording.segment[rows], prepend=recording.segment[rows][:1]) != 0
    columns = {name: getattr(recording, name)[rows] for name in ("samples", "class_of_sample", "repetition", "session")}
    return replace(recording, class_names=names[:-1], segment=np.cumsum(left_out | changed), **columns)


def _repetitions(texts: Sequence[str]) -> NDArray[np.int64]:
    """Return for each span which repetition of its class it is, 0 for what was not prompted."""
    found, counts = np.zeros(len(texts), dtype=np.int64), dict.fromkeys(texts, 0)
    motions = [index for index, text in enumerate(texts) if text not in (REST, UNPROMPTED)]
    for index in motions:
        counts[texts[index]] += index == 0 or texts[index - 1] != texts[index]
        found[index] = counts[texts[index]]
    for index, text in enumerate(texts):
        if text == REST and motions:
            found[index] = found[motions[min(bisect(motions, index), len(motions) - 1)]]
        elif text == REST:
            found[index] = 1
    return found
