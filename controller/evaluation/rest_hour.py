"""An hour and more of rest, as recorded and with bursts of noise: how often would the arm move in `engaged`?"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from controller.calibration.fit import FitSettings, fit_model
from controller.calibration.trials import rows_of
from controller.config import SafetyConfig, ShapingConfig
from controller.decoders.model import Model
from controller.emg.hop_buffer import HopBuffer
from controller.evaluation.bursts import Burst, add_bursts
from controller.evaluation.data_sets import MyoReadings
from controller.evaluation.person import Person
from controller.safety.governor import Governor
from controller.safety.limits import JointLimits
from controller.safety.states import Event, State
from controller.step import ControlStep, control_step
from drivers.chunk import Chunk
from drivers.recordings.recording import Recording

FULL_SCALE = 128.0  # the Myo's, in counts
# A joint for each motion; its limits are those of a hand, and never keep it from moving.
FARTHEST_RAD, FASTEST_RAD_S, ACCELERATION_RAD_S2, JERK_RAD_S3, SOFT_END_RAD = 1e6, 1.5, 15.0, 500.0, 0.1


@dataclass(slots=True)
class RestFound:
    """What happened in `engaged_s` of rest, of `rest_s` in all (the governor holds while input is bad).

    `activations`: times that bare decisions left rest; `movements`: times that a joint began to move, `way_s`: how
    far, in seconds of full speed.
    """

    rest_s: float = 0.0
    engaged_s: float = 0.0
    activations: int = 0
    movements: int = 0
    way_s: float = 0.0

    def add(self, other: "RestFound") -> None:
        """Take in what another recording gave."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def per_hour(self) -> dict[str, float]:
        """Return the figures for a report."""
        hours = self.rest_s / 3600.0
        return {
            "rest_minutes": round(self.rest_s / 60.0, 3),
            "engaged_share": round(self.engaged_s / self.rest_s, 4),
            "false_activations_per_hour": round(self.activations / hours, 2),
            "movements": self.movements,
            "movements_per_hour": round(self.movements / hours, 2),
            "way_s": round(self.way_s, 4),
        }


@dataclass(slots=True)
class _Listener:
    """The controller from sample to governed speed, on the recording's own time."""

    step: ControlStep
    governor: Governor
    found: RestFound = field(default_factory=RestFound)
    _active: bool = False
    _moving: bool = False

    def listen(self, recording: Recording, model: Model) -> None:
        """Stream one recording of rest; a person engages as soon as it can be engaged."""
        info, hop_samples = recording.info, model.facts.hop_samples
        hop_s, machine = hop_samples / info.rate_hz, self.governor.machine
        hop_ns = round(hop_s * 1e9)
        newest_t_ns = round((len(recording) - 1) * 1e9 / info.rate_hz)
        chunk = Chunk(recording.samples, newest_t_ns, 0)
        now_ns = 0
        for hop in HopBuffer(hop_samples, info.channel_count, info.rate_hz).hops(chunk):
            now_ns += hop_ns
            decided = self.step.decide(hop)
            self.step.learn()
            if decided.intent is None:
                continue
            governed = self.governor.decide(decided.wanted, decided.healthy, now_ns, now_ns)
            if machine.state is State.READY:
                self.governor.request(Event.ENGAGE, now_ns, "evaluation")
            speed = max(
                abs(velocity) / joint.max_speed_rad_s
                for velocity, joint in zip(governed.velocity_rad_s, self.governor.joints, strict=True)
            )
            active = decided.intent.class_index not in (-1, model.facts.rest_index)
            found = self.found
            found.rest_s += hop_s
            found.engaged_s += hop_s * (machine.state is State.ENGAGED)
            found.activations += active and not self._active
            found.movements += speed > 0.0 and not self._moving
            found.way_s += speed * hop_s
            self._active, self._moving = active, speed > 0.0


def rest_hour(
    paths: list[Path], seed: int = 0, progress: Callable[[str], None] = lambda _: None
) -> dict[Burst, RestFound]:
    """Fit to each session's motions, then stream its recording of rest, once for each kind of burst.

    Decoder and shaping are those of a configuration that says nothing about them.
    """
    found = {burst: RestFound() for burst in Burst}
    for path in paths:
        person = MyoReadings().load(path)
        for session in person.sessions:
            progress(f"{path.stem}, session {session}")
            model, rest = _fitted(person, session)
            for number, burst in enumerate(Burst):
                # One generator for each recording and kind: the figures do not depend on what else was looked at.
                generator = np.random.default_rng([seed, number, session, *path.stem.encode()])
                noisy = add_bursts(rest.samples, rest.info.rate_hz, burst, FULL_SCALE, generator)
                listener = _Listener(usual_step(model), _governor(len(model.facts.class_names)))
                listener.listen(_with_samples(rest, noisy), model)
                found[burst].add(listener.found)
    return found


def _fitted(person: Person, session: int) -> tuple[Model, Recording]:
    """Return a model of this session's motions, and its recording in which nothing but rest was asked for."""
    rows = person.recording.session == session
    training = rows_of(person.recording, rows & person.asked)
    model = fit_model(training, FitSettings(ring=person.frame.ring), trained_on=training.info.source_id)
    return model, rows_of(person.recording, rows & ~person.asked)


def _with_samples(recording: Recording, samples: NDArray[np.float64]) -> Recording:
    return replace(recording, samples=np.ascontiguousarray(samples))


def usual_step(model: Model) -> ControlStep:
    """Return the step of a configuration that says nothing of shaping; each motion moves a joint of its own."""
    facts, shaping = model.facts, ShapingConfig()
    directions = np.eye(len(facts.class_names))
    directions[facts.rest_index] = 0.0
    gain = [1.0] * len(facts.class_names)
    return control_step(model, directions, gain, shaping.rejection_threshold, shaping.ramp_ms, shaping.start)


def _governor(joints: int) -> Governor:
    limits = [
        JointLimits(
            f"joint_{index}",
            -FARTHEST_RAD,
            FARTHEST_RAD,
            FASTEST_RAD_S,
            ACCELERATION_RAD_S2,
            JERK_RAD_S3,
            SOFT_END_RAD,
        )
        for index in range(joints)
    ]
    safety = SafetyConfig()
    return Governor(limits, safety.freshness, safety.resume_rest_ms, safety.soft_engage_ms)
