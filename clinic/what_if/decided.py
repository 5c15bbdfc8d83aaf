"""What a decoder decides on an excerpt of EMG, by the path that runs live; what shaping makes of it comes after."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from clinic.what_if.recent_emg import Excerpt
from controller.arm_config import ArmConfig
from controller.config import RunConfig
from controller.configured_step import configured_step
from controller.contract.requests import ProfileValues
from controller.decoders.intent import Intent
from controller.decoders.model import Model
from controller.emg.hop_buffer import HopBuffer
from controller.step import Step
from drivers.chunk import Chunk
from drivers.source import StreamInfo

# Half of this lies on each side: the wearer is at rest where the middle effort of so long is at the level of rest.
REST_OVER_S = 1.0


@dataclass(slots=True)
class Decided:
    """One row per hop: all that shaping and governing rest on. Nothing of it depends on gain, ramp, vote or dead-band.

    `t_s` [n]: of the hop's newest sample, since the excerpt's first. `ready` [n]: there was a full window. `effort`
    [n]. `at_rest` [n]: see `clinic/what_if/measures.py`. `class_index` [n]: -1 for none. `direction` [n, joints].
    """

    t_s: NDArray[np.float64]
    ready: NDArray[np.bool_]
    healthy: NDArray[np.bool_]
    anew: NDArray[np.bool_]
    like_muscle: NDArray[np.bool_]
    proportional: NDArray[np.bool_]
    effort: NDArray[np.float64]
    class_index: NDArray[np.int64]
    confidence: NDArray[np.float64]
    unlikeness: NDArray[np.float64]
    direction: NDArray[np.float64]
    scores: NDArray[np.float64]
    hop_s: float
    at_rest: NDArray[np.bool_] = field(init=False)

    def steps(self) -> Iterator[tuple[float, Step]]:
        """Yield time and what was decoded, hop by hop; the step is overwritten by the next one."""
        step = Step()
        intent = Intent(self.direction[0] if len(self.direction) else np.zeros(0), self.scores)
        rows = zip(
            self.t_s.tolist(),
            self.ready.tolist(),
            self.healthy.tolist(),
            self.anew.tolist(),
            self.like_muscle.tolist(),
            self.proportional.tolist(),
            self.effort.tolist(),
            self.class_index.tolist(),
            self.confidence.tolist(),
            self.unlikeness.tolist(),
            self.direction,
            strict=True,
        )
        for t_s, ready, step.healthy, step.anew, step.like_muscle, proportional, step.effort, *said in rows:
            step.intent = intent if ready else None
            intent.proportional = proportional
            intent.class_index, intent.confidence, intent.unlikeness, intent.direction = said
            yield t_s, step


PER_HOP = tuple(entry.name for entry in fields(Decided) if entry.name not in ("scores", "hop_s", "at_rest"))


def decide(model: Model, config: RunConfig, arm: ArmConfig, values: ProfileValues, excerpt: Excerpt) -> Decided:
    """Decode an excerpt hop by hop. Raises `ModelError` where model and stream do not fit, and `ConfigError`.

    The decoder starts as it stands in its file: as fitted, with what it had learnt when it was saved. It learns on the
    way if the configuration says so, from what `values` do not reject.
    """
    facts = model.facts
    info = StreamInfo("the last minutes", excerpt.samples.shape[1], excerpt.rate_hz, facts.unit)
    model.require_fit(info)
    step = configured_step(model, config, arm, values)
    buffer = HopBuffer(facts.hop_samples, facts.channel_count, excerpt.rate_hz)
    most = len(excerpt.index) // facts.hop_samples + 1
    found = Decided(
        t_s=np.zeros(most),
        ready=np.zeros(most, dtype=np.bool_),
        healthy=np.zeros(most, dtype=np.bool_),
        anew=np.zeros(most, dtype=np.bool_),
        like_muscle=np.zeros(most, dtype=np.bool_),
        proportional=np.zeros(most, dtype=np.bool_),
        effort=np.zeros(most),
        class_index=np.zeros(most, dtype=np.int64),
        confidence=np.zeros(most),
        unlikeness=np.zeros(most),
        direction=np.zeros((most, len(arm.joints))),
        scores=np.zeros(len(facts.class_names)),
        hop_s=facts.hop_s,
    )
    begin, count = int(excerpt.index[0]), 0
    for chunk in _chunks(excerpt):
        for hop in buffer.hops(chunk):
            decoded = step.decode(hop)
            found.t_s[count] = (hop.newest_index - begin) / excerpt.rate_hz
            found.anew[count] = decoded.anew
            intent = decoded.intent
            if intent is not None:
                found.ready[count], found.healthy[count] = True, decoded.healthy
                found.like_muscle[count], found.effort[count] = decoded.like_muscle, decoded.effort
                found.proportional[count], found.class_index[count] = intent.proportional, intent.class_index
                found.confidence[count], found.unlikeness[count] = intent.confidence, intent.unlikeness
                found.direction[count] = intent.direction
            step.learn()
            count += 1
    for name in PER_HOP:
        setattr(found, name, getattr(found, name)[:count])
    found.at_rest = at_rest(found, _rest_level(model))
    return found


def at_rest(found: Decided, level: float) -> NDArray[np.bool_]:
    """Return [n] where the wearer was at rest: the median effort of `REST_OVER_S` around is no higher than `level`."""
    half = round(REST_OVER_S / 2 / found.hop_s)
    effort = np.where(found.ready, found.effort, np.inf)
    if len(effort) == 0:
        return np.zeros(0, dtype=np.bool_)
    padded = np.pad(effort, half, mode="edge")
    median = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1), axis=1)
    quiet: NDArray[np.bool_] = (median <= level) & found.ready
    return quiet


def _rest_level(model: Model) -> float:
    """The effort below which the model gives no speed: the 95th percentile of rest when it was fitted."""
    return float(model.effort_low.max())


def _chunks(excerpt: Excerpt) -> Iterator[Chunk]:
    """Yield what lies between two losses as one chunk each, as a device tells them."""
    index = excerpt.index
    starts = [0, *(np.flatnonzero(np.diff(index) != 1) + 1).tolist(), len(index)]
    samples = np.ascontiguousarray(excerpt.samples, dtype=np.float64)
    for before, (first, end) in enumerate(itertools.pairwise(starts)):
        lost = int(index[first] - index[first - 1] - 1) if before else 0
        newest_ns = round((int(index[end - 1]) - int(index[0])) * 1e9 / excerpt.rate_hz)
        yield Chunk(samples[first:end], newest_ns, int(index[first]), lost)
