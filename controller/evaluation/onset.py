"""How long a prompted motion takes to begin with the usual shaping: the price of an arm that is still at rest."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from controller.calibration.batch import hops_of
from controller.calibration.fit import FitSettings, fit_model
from controller.calibration.trials import rows_of
from controller.decoders.model import Model
from controller.evaluation.data_sets import MyoReadings
from controller.evaluation.person import Person, changes
from controller.evaluation.rest_hour import usual_step
from drivers.recordings.recording import Recording

# Each pair of repetitions is left out of a fit once, and tested with it.
FOLDS = ((1, 2), (3, 4), (5, 6))
# A prompt that is shorter than this was cut; of each, the speed counts from here on, when everybody has begun.
SHORTEST_S, STEADY_FROM_S = 3.0, 1.0


@dataclass(slots=True)
class OnsetFound:
    """Of prompted motions: seconds from the prompt to the first motion the right way, people's own lag included.

    `onset_s`: NaN where it never began. `speed`: mean share of full speed the right way, from a second on.
    """

    onset_s: list[float] = field(default_factory=list)
    speed: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        """Return the figures for a report."""
        onset_s = np.array(self.onset_s)
        return {
            "prompts": len(onset_s),
            "never_began": int(np.count_nonzero(np.isnan(onset_s))),
            "onset_s_median": round(float(np.nanmedian(onset_s)), 3),
            "onset_s_p90": round(float(np.nanpercentile(onset_s, 90)), 3),
            "mean_speed": round(float(np.mean(self.speed)), 3),
        }


def onsets(paths: list[Path], progress: Callable[[str], None] = lambda _: None) -> dict[str, OnsetFound]:
    """Measure within each session, fitted to its other repetitions, and on later ones with the first one's model."""
    within, later = OnsetFound(), OnsetFound()
    for path in paths:
        person = MyoReadings().load(path)
        first, *others = person.sessions
        for session in person.sessions:
            progress(f"{path.stem}, session {session}")
            asked = rows_of(person.recording, (person.recording.session == session) & person.asked)
            for held_out in FOLDS:
                tested = np.isin(asked.repetition, held_out)
                model = _fitted(person, rows_of(asked, ~tested))
                _measure(model, asked, tested, within)
        asked = rows_of(person.recording, (person.recording.session == first) & person.asked)
        model = _fitted(person, asked)
        for session in others:
            of_session = rows_of(person.recording, (person.recording.session == session) & person.asked)
            _measure(model, of_session, np.ones(len(of_session), dtype=np.bool_), later)
    return {"within a session": within, "later session, not calibrated": later}


def _fitted(person: Person, training: Recording) -> Model:
    return fit_model(training, FitSettings(ring=person.frame.ring), trained_on=training.info.source_id)


def _measure(model: Model, recording: Recording, tested: NDArray[np.bool_], found: OnsetFound) -> None:
    rate_hz, rest = recording.info.rate_hz, model.facts.rest_index
    wanted = _wanted_speed(model, recording)
    starts = np.append(changes(recording), len(recording))
    for start, end in pairwise(starts.tolist()):
        asked = int(recording.class_of_sample[start])
        if asked == rest or not tested[start] or end - start < SHORTEST_S * rate_hz:
            continue
        right = wanted[start:end, asked]
        begun = np.flatnonzero(right > 0.0)
        found.onset_s.append(float(begun[0]) / rate_hz if len(begun) else float("nan"))
        found.speed.append(float(right[round(STEADY_FROM_S * rate_hz) :].mean()))


def _wanted_speed(model: Model, recording: Recording) -> NDArray[np.float64]:
    """Return what the usual shaping wants of each class after each row [n, classes]; held from hop to hop."""
    step = usual_step(model)
    hop_samples = model.facts.hop_samples
    wanted = np.zeros((len(recording), len(model.facts.class_names)))
    edges = [0, *(np.flatnonzero(np.diff(recording.segment)) + 1).tolist(), len(recording)]
    for start, end in pairwise(edges):
        step.path.reset()
        for hop in hops_of(recording, start, end, hop_samples):
            wanted[hop.newest_index : hop.newest_index + hop_samples] = step.decide(hop).wanted
            step.learn()
    return wanted
