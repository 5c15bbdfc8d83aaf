"""The profile in force: who may change what in it, and one on trial that ends by itself."""

from collections.abc import Callable
from dataclasses import dataclass, field

from controller.arm_config import ArmConfig
from controller.contract.requests import (
    ProfileChange,
    ProfileConfirm,
    ProfileResult,
    ProfileRole,
    ProfileState,
    ProfileValues,
)
from controller.decoders.model import ModelFacts
from controller.profile import OF_JOINTS, OF_MOTIONS, by_key, changed, why_not

NS_PER_S = 1_000_000_000


@dataclass(slots=True)
class ProfileInForce:
    """Takes changes and confirmations. Every time is passed in (ns, one monotonic clock).

    `state`: what is in force; `kept`: the newest that is not on trial, which belongs on the disk. `apply` gives the
    values to whoever decides and moves; `announce` is told at each step. `say` gets a line for the log.
    """

    state: ProfileState
    arm: ArmConfig
    facts: ModelFacts
    apply: Callable[[ProfileValues], None]
    announce: Callable[[ProfileState], None]
    say: Callable[[str], None]
    kept: ProfileState = field(init=False)
    _ends_ns: int = 0
    _answered: ProfileResult = field(init=False)

    def __post_init__(self) -> None:
        self.kept = self.state
        self._answered = ProfileResult(accepted=False, version=self.state.version)

    @property
    def on_trial(self) -> bool:
        """Whether what is in force will go again unless it is confirmed."""
        return self.state.before is not None

    def seen(self, now_ns: int) -> ProfileState:
        """Return what is in force, a trial with the time that is left."""
        return self.state.model_copy(update={"trial_s": self._left_s(now_ns)}) if self.on_trial else self.state

    def change(self, change: ProfileChange, now_ns: int) -> ProfileResult:
        """Carry out a change, whole or not at all; the same request again gets the same answer."""
        if self._answered.request and change.request == self._answered.request:
            return self._answered
        refused = self._why_not(change, now_ns)
        if not refused:
            trial = change.confirm_within_s
            self._ends_ns = now_ns + int(trial * NS_PER_S)
            self._put_in_force(
                ProfileState(
                    version=self.state.version + 1,
                    author=change.author,
                    values=changed(self.state.values, change.values),
                    locked=self.state.locked if change.locked is None else change.locked,
                    reason=change.reason,
                    trial_s=trial,
                    before=self.state.version if trial else None,
                )
            )
        return self._answer(refused, change.request)

    def confirm(self, confirm: ProfileConfirm, now_ns: int) -> ProfileResult:
        """Keep what is on trial, or go back at once. To keep again what was just kept changes nothing."""
        if self._answered.request and confirm.request == self._answered.request:
            return self._answered
        self.tick(now_ns)  # a confirmation that comes too late is too late
        if confirm.version != self.state.version or not (self.on_trial or confirm.keep):
            there = f"in force is {self.state.version}, {'on trial' if self.on_trial else 'which is kept'}"
            return self._answer(f"version {confirm.version} is not on trial: {there}", confirm.request)
        if self.on_trial and confirm.keep:
            self._put_in_force(self.state.model_copy(update={"trial_s": 0.0, "before": None}))
            self.say(f"profile: version {self.state.version} kept by {confirm.by}")
        elif self.on_trial:
            self.go_back(f"{confirm.by} did not want it")
        return self._answer("", confirm.request)

    def tick(self, now_ns: int) -> None:
        """End a trial whose time is over."""
        if self.on_trial and now_ns >= self._ends_ns:
            self.go_back(f"nobody confirmed it within {self.state.trial_s:g} s")

    def go_back(self, why: str) -> None:
        """Put the values from before the trial in force again, under a new number; nothing if there is no trial.

        A number never stands for two sets of values, so that no change is made against something else than was seen.
        """
        if not self.on_trial:
            return
        reason = (
            f"version {self.state.version} by {self.state.author} went: {why}; again as version {self.kept.version}"
        )
        again = {"version": self.state.version + 1, "reason": reason[:300]}
        self._put_in_force(self.kept.model_copy(update=again))
        self.say(f"profile: {reason}"[:300])

    def _put_in_force(self, state: ProfileState) -> None:
        self.state = state
        if not self.on_trial:
            self.kept = state
        self.apply(state.values)
        self.announce(state)

    def _answer(self, refused: str, request: str) -> ProfileResult:
        version = self.state.version
        self._answered = ProfileResult(accepted=not refused, version=version, reason=refused[:300], request=request)
        return self._answered

    def _left_s(self, now_ns: int) -> float:
        return round(max((self._ends_ns - now_ns) / NS_PER_S, 0.001), 3)

    def _why_not(self, change: ProfileChange, now_ns: int) -> str:
        state = self.state
        if self.on_trial:
            whose, left_s = f"version {state.version} by {state.author}", self._left_s(now_ns)
            return f"{whose} is on trial for {left_s:.0f} s more: keep it or go back first"
        if change.version != state.version:
            return f"made against version {change.version}, in force is {state.version}: look again, then change"
        if unfit := why_not(change.values, self.arm, self.facts):
            return unfit
        if change.role is ProfileRole.WEARER:
            return self._why_no_wearer_may(change)
        return self._why_not_locked(change)

    def _why_not_locked(self, change: ProfileChange) -> str:
        """A new range for something that is not there would lock nothing, and nobody would see it."""
        joints, motions = {joint.name for joint in self.arm.joints}, set(self.facts.class_names)
        for key in set(change.locked or ()) - set(self.state.locked):
            name, _, of = key.partition(".")
            if (name in OF_JOINTS and of not in joints) or (name in OF_MOTIONS and of not in motions):
                return f"the {'arm' if name in OF_JOINTS else 'model'} has no '{of}' for '{key}' to be locked"
        return ""

    def _why_no_wearer_may(self, change: ProfileChange) -> str:
        if change.locked is not None:
            return "only a clinician may lock ranges"
        # A motion without a gain of its own has this one: to say so is no change.
        now = {f"class_gain.{name}": 1.0 for name in self.facts.class_names} | dict(by_key(self.state.values))
        for key, value in by_key(change.values):
            if value == now.get(key):
                continue
            if key.startswith("speed_limit.") and value > now.get(key, 1.0):
                return f"only a clinician may raise {key}: it is {now.get(key, 1.0):g}, asked for {value:g}"
            low, high = self._bounds_of(key, value, now)
            if not low <= value <= high:
                return f"{key} is locked to {low:g} to {high:g} for the wearer, asked for {value:g}: ask the clinician"
        return ""

    def _bounds_of(self, key: str, value: float, now: dict[str, float]) -> tuple[float, float]:
        """Return what a wearer may choose for `key`. What one lock holds is not got round by another value."""
        locked = self.state.locked
        if key in locked:
            return locked[key]
        if key.startswith("rejection.") and "rejection_threshold" in locked:
            return locked["rejection_threshold"]
        if key.startswith("class_gain.") and any(name.startswith("gain.") for name in locked):
            return 0.0, max(now[key], 1.0)
        return value, value
