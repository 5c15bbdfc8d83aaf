"""Levels while the controller prompts for a calibration, aggregated as they come. No raw EMG, and bounded."""

from dataclasses import dataclass, field

import numpy as np

from clinic.course.measures import Levels, Rest, SiteMeasure, measure_site, rest_of
from clinic.course.plan import CoursePlan, Transfer
from clinic.errors import ClinicError
from controller.contract.calibration import CalibrationPhase as Phase
from controller.contract.calibration import CalibrationPrompt, CalibrationState
from controller.contract.signal import SignalReport
from controller.rest_class import REST

# What a channel may be called and still be listened to: `baseline` is about the calibration, not about the contact.
USABLE = frozenset({"good", "baseline"})
# A channel counts when it was usable for this share of the time.
USABLE_SHARE = 0.8
# 30 s at 20 Hz are 600; a prompt that goes on and on is cut.
MOST_ROWS = 1200
# Prompts that are watched in one session: trials, and a rest before each.
MOST_PROMPTS = 512
# A prompt that is first heard of later than this has lost its beginning.
HEARD_WITHIN_S = 0.3


@dataclass(slots=True)
class Gathering:
    """Levels of one prompt as they come, in s since it began."""

    began_s: float
    at_s: list[float] = field(default_factory=list)
    values: list[tuple[float, ...]] = field(default_factory=list)

    def take(self, now_s: float, report: SignalReport) -> None:
        """Take a report, unless there are too many or channels came or went."""
        if len(self.at_s) < MOST_ROWS and (not self.values or len(self.values[0]) == len(report.level)):
            self.at_s.append(now_s - self.began_s)
            self.values.append(report.level)

    def levels(self, asked: float | None = None) -> Levels:
        """Return them as arrays."""
        return Levels(np.array(self.at_s), np.array(self.values, dtype=np.float64), asked)


@dataclass(slots=True)
class Usable:
    """How often each channel could be listened to."""

    reports: int = 0
    good: list[int] = field(default_factory=list)

    def take(self, report: SignalReport) -> None:
        """Count a report; a stream with other channels begins anew."""
        if len(self.good) != len(report.health):
            self.good, self.reports = [0] * len(report.health), 0
        self.reports += 1
        for channel, word in enumerate(report.health):
            self.good[channel] += word in USABLE

    @property
    def counted(self) -> list[bool]:
        """Which channels count."""
        return [good >= USABLE_SHARE * self.reports > 0 for good in self.good]


@dataclass(frozen=True, slots=True)
class Session:
    """What one calibration gave: rests, and efforts by motion."""

    key: str
    rests: tuple[Levels, ...]
    efforts: dict[str, tuple[Levels, ...]]
    counted: list[bool]

    def measured(self, plan: CoursePlan) -> list[tuple[Transfer, SiteMeasure]]:
        """Return the measures of those sites of a course that can be measured."""
        found: list[tuple[Transfer, SiteMeasure]] = []
        try:
            rest: Rest = rest_of(self.rests)
        except ClinicError:
            return found
        for transfer in plan.transfers:
            efforts = self.efforts.get(transfer.motion)
            if efforts and transfer.channel is not None:
                try:
                    found.append((transfer, measure_site(transfer.channel - 1, efforts, rest, self.counted)))
                except ClinicError:
                    continue
        return found


@dataclass(slots=True)
class PromptedLevels:
    """Told states and signals in the order they come, with a monotonic clock in s.

    A session is given when a model is being fitted to it: what was deleted before is not in it, a trial that was done
    again counts once. `take position` and slowly rising efforts are left out: they measure something else.
    """

    _session: str = ""
    _recorded: int = 0
    _phase: Phase = Phase.IDLE
    _prompt: tuple[str, int, str] | None = None
    _now: Gathering | None = None
    _rests: list[Gathering] = field(default_factory=list)
    _trials: dict[tuple[str, int], Gathering] = field(default_factory=dict)
    _usable: Usable = field(default_factory=Usable)

    def hear_signal(self, now_s: float, report: SignalReport) -> None:
        """Take a signal report."""
        if self._now is not None:
            self._now.take(now_s, report)
            self._usable.take(report)

    def hear_state(self, now_s: float, state: CalibrationState) -> Session | None:
        """Take a state; return the session when its recordings go into a model."""
        if state.session != self._session or (self._phase is Phase.IDLE and state.phase is not Phase.IDLE):
            self._forget(state.session)
        before, self._phase = self._phase, state.phase
        prompt = state.prompt if state.phase is Phase.RECORDING else None
        self._turn_to(now_s, prompt)
        if before is Phase.RECORDED and state.phase is Phase.FITTING and self._trials:
            self._recorded += 1
            kept = {report.trial for report in state.trials}
            return Session(
                f"{self._session}-{self._recorded}",
                tuple(rest.levels() for rest in self._rests if rest.values),
                self._efforts(kept),
                self._usable.counted,
            )
        if state.phase is Phase.IDLE:
            self._forget(state.session)
        return None

    def _turn_to(self, now_s: float, prompt: CalibrationPrompt | None) -> None:
        name = None if prompt is None else (prompt.motion, prompt.trial, prompt.position)
        if name == self._prompt:
            return
        self._prompt, self._now = name, None
        if prompt is None or prompt.ramp or len(self._rests) + len(self._trials) >= MOST_PROMPTS:
            return
        gone_s = prompt.lasts_s - prompt.left_s
        if gone_s > HEARD_WITHIN_S or " " in prompt.motion:
            return
        self._now = Gathering(now_s - gone_s)
        if prompt.motion == REST:
            self._rests.append(self._now)
        else:
            self._trials[prompt.motion, prompt.trial] = self._now

    def _efforts(self, kept: set[str]) -> dict[str, tuple[Levels, ...]]:
        found: dict[str, list[Levels]] = {}
        for (motion, trial), gathering in self._trials.items():
            if gathering.values and f"{motion}:{trial}" in kept:
                found.setdefault(motion, []).append(gathering.levels())
        return {motion: tuple(levels) for motion, levels in found.items()}

    def _forget(self, session: str) -> None:
        self._session, self._prompt, self._now = session, None, None
        self._rests, self._trials, self._usable = [], {}, Usable()
