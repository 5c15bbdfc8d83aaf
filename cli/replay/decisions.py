"""What a decoder decides on a recording, by the very path that runs live: chunks, hops, control step."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from controller.contract.signal import NO_CLASS
from controller.decoders.model import Model
from controller.emg.hop_buffer import HopBuffer
from controller.step import Step, control_step
from drivers.recordings.prompts import UNPROMPTED
from drivers.recordings.recording import SEGMENT_GAP_S, Recording
from drivers.replay_source import Replay
from drivers.source import SourceHealth

# As fast as it goes, and yet often enough to show how far it is.
CHUNK_MS = 500.0


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision. `row`: of its newest sample in the recording; `sample_index` counts the gaps too, as a device does.

    `intent`: share of full speed per joint as decoded, of models that were fitted for joints.
    """

    row: int
    sample_index: int
    decided: str
    confidence: float
    effort: float
    healthy: bool
    intent: dict[str, float]


async def decisions(
    model: Model, recording: Recording, learns: bool, progress: Callable[[int], None] = lambda _: None
) -> AsyncGenerator[Decided, None]:
    """Yield a decision for each hop, from the first full window on. Raises `ModelError` if the model does not fit."""
    model.require_fit(recording.info)
    facts, info = model.facts, recording.info
    step = control_step(model, _directions(model), [1.0] * (len(facts.joints) or len(facts.class_names)), 0.0, 0.0)
    step.learns = learns
    buffer = HopBuffer(facts.hop_samples, facts.channel_count, info.rate_hz)
    starts = np.flatnonzero(np.diff(recording.segment)) + 1
    gap = max(1, round(SEGMENT_GAP_S * info.rate_hz))
    async for chunk in Replay(recording, 0.0, CHUNK_MS, SourceHealth()):
        for hop in buffer.hops(chunk):
            row = _row(hop.newest_index, starts, gap)
            found = _told(step.decide(hop), model, row, hop.newest_index)
            step.learn()
            if found is not None:
                yield found
        progress(_row(chunk.next_index - 1, starts, gap) + 1)


class Agreement:
    """How often what was decided is what was asked for, from `settle_s` after each prompt on: people lag it."""

    def __init__(self, recording: Recording, settle_s: float) -> None:
        changed = np.diff(recording.class_of_sample, prepend=-1) | np.diff(recording.segment, prepend=-1)
        starts = np.flatnonzero(changed)
        since = np.arange(len(recording)) - np.repeat(starts, np.diff(np.append(starts, len(recording))))
        self._settled = since >= settle_s * recording.info.rate_hz
        self._recording = recording
        self.right = self.judged = 0

    def take(self, decided: Decided) -> None:
        """Count a decision, unless nothing was asked for."""
        names = self._recording.class_names
        if names and self._settled[decided.row]:
            asked = names[self._recording.class_of_sample[decided.row]]
            if asked != UNPROMPTED:
                self.judged += 1
                self.right += decided.decided == asked


def _told(decided: Step, model: Model, row: int, sample_index: int) -> Decided | None:
    intent, facts = decided.intent, model.facts
    if intent is None:
        return None
    index = intent.class_index
    return Decided(
        row,
        sample_index,
        facts.class_names[index] if 0 <= index < len(facts.class_names) else NO_CLASS,
        round(float(intent.confidence), 6),
        round(float(decided.effort), 6),
        decided.healthy,
        {
            joint: round(float(value), 6)
            for joint, value in zip(facts.joints, intent.direction, strict=bool(facts.joints))
        },
    )


def _directions(model: Model) -> NDArray[np.float64]:
    """Return what the model was fitted for, else a joint for each class: what is decided does not depend on it."""
    facts = model.facts
    return np.array(facts.directions, dtype=np.float64) if facts.joints else np.eye(len(facts.class_names))


def _row(sample_index: int, starts: NDArray[np.int64], gap: int) -> int:
    """Return the row of a sample, whose index counts a gap at each start of a segment."""
    in_stream = starts + gap * np.arange(1, len(starts) + 1)
    return sample_index - gap * int(np.searchsorted(in_stream, sample_index, side="right"))
