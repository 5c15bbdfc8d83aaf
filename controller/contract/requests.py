"""What people ask for, and what happened."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from controller.contract.message import Count, Message, Name, Text


class Mode(StrEnum):
    """What a person may ask of the controller."""

    ENGAGE = "engage"
    DISENGAGE = "disengage"
    SWITCH_DECODER = "switch_decoder"  # let another of the configured decoders decide
    CLEAR = "clear"  # a fault or stop has been seen; the arm's guard is released by the same message


class ModeRequest(Message):
    """Topic `mode/set`. `by`: who asks, for the log. `decoder`: which one, for `switch_decoder` and nothing else."""

    mode: Mode
    by: Text
    decoder: Name | None = None

    @model_validator(mode="after")
    def _names_a_decoder_to_switch_to(self) -> Self:
        if (self.decoder is not None) != (self.mode is Mode.SWITCH_DECODER):
            raise ValueError("'decoder' goes with the mode 'switch_decoder', and only with it")
        return self


class StopRequest(Message):
    """Topic `stop`. Latched by the controller and by the arm until a person clears it."""

    by: Text
    reason: Text = ""


def _odd(decisions: int) -> int:
    if decisions % 2 == 0:
        raise ValueError(f"expected an odd number of decisions, such as 3 or 5, or 1 for no vote; got {decisions}")
    return decisions


Gain = Annotated[float, Field(ge=0, le=4)]
Threshold = Annotated[float, Field(ge=0, le=1)]
RampMs = Annotated[float, Field(ge=0, le=5000)]
# Above a half, little of the range of effort would be left to steer with.
DeadBand = Annotated[float, Field(ge=0, le=0.5)]
# 31 decisions of 10 ms add 150 ms, more than anybody should wait.
Vote = Annotated[int, Field(ge=1, le=31), AfterValidator(_odd)]
SpeedLimit = Annotated[float, Field(ge=0, le=1)]


class ProfileValues(Message):
    """What may be tuned while the arm is in use; what a change leaves out stays as it is.

    `gain`: per joint, 0 (off) to 4 (full speed at once). `class_gain`: motions whose speed has a factor of its own,
    multiplied with the gain of each joint. `speed_limit`: per joint, share of the arm's own limit that no command
    exceeds, whatever the gains; 0: the joint never moves. `rejection_threshold`: the confidence from which
    decisions may move the arm; `rejection`: motions that have another one.
    `dead_band`: share of full speed below which nothing moves. `vote`: odd number of decisions; 1: no vote.
    """

    gain: Annotated[dict[Name, Gain], Field(max_length=32)] = Field(default_factory=dict)
    class_gain: Annotated[dict[Text, Gain], Field(max_length=256)] = Field(default_factory=dict)
    speed_limit: Annotated[dict[Name, SpeedLimit], Field(max_length=32)] = Field(default_factory=dict)
    rejection_threshold: Threshold | None = None
    rejection: Annotated[dict[Text, Threshold], Field(max_length=256)] = Field(default_factory=dict)
    ramp_ms: RampMs | None = None
    dead_band: DeadBand | None = None
    vote: Vote | None = None


def _ordered(bounds: tuple[float, float]) -> tuple[float, float]:
    if bounds[0] > bounds[1]:
        raise ValueError(f"expected the lower bound first, got {bounds[0]:g} and {bounds[1]:g}")
    return bounds


def _none_or_enough(seconds: float) -> float:
    if 0.0 < seconds < 5.0:
        raise ValueError(f"expected 0 for no trial, or 5 to 120 s to confirm within; got {seconds:g}")
    return seconds


# One value of a profile, such as `gain.elbow`, `class_gain.hand_close` or `ramp_ms`.
LockKey = Annotated[
    str,
    Field(
        pattern=r"^((gain|class_gain|speed_limit|rejection)\..+|rejection_threshold|ramp_ms|dead_band|vote)$",
        max_length=320,
    ),
]
# Lowest and highest.
Bounds = Annotated[tuple[float, float], AfterValidator(_ordered)]
Locked = Annotated[dict[LockKey, Bounds], Field(max_length=640)]
# Chosen by who asks, and given back with the answer.
RequestId = Annotated[str, Field(max_length=64)]
Seconds = Annotated[float, Field(ge=0, le=120)]


class ProfileRole(StrEnum):
    """For whom a change is made. Who may publish it says so; the broker knows no finer than the topic."""

    CLINICIAN = "clinician"
    WEARER = "wearer"  # keeps to the ranges that a clinician has locked, and raises no speed limit


class ProfileChange(Message):
    """Topic `profile/set`: new values, and the version they were made against.

    `locked`: the ranges that a wearer must keep to from now on, all of them; None: as before. For a clinician only.
    `confirm_within_s`: 0: kept at once; else on trial, undone by the controller unless `ProfileConfirm` keeps it.
    """

    version: Count
    author: Text
    values: ProfileValues = Field(default_factory=ProfileValues)
    role: ProfileRole = ProfileRole.WEARER
    locked: Locked | None = None
    reason: Text = ""
    request: RequestId = ""
    confirm_within_s: Annotated[Seconds, AfterValidator(_none_or_enough)] = 0.0

    def encode(self) -> bytes:
        """Return the payload as JSON, without what stays as it is."""
        return self.model_dump_json(exclude_defaults=True).encode()


class ProfileConfirm(Message):
    """Topic `profile/confirm`: keep the profile that is on trial, or go back at once. `version`: that on trial."""

    version: Count
    by: Text
    keep: bool
    request: RequestId = ""


class ProfileState(Message):
    """Topic `profile`, retained: the profile that is in force.

    `locked`: value → lowest and highest that a wearer may choose; what is not named is the wearer's to choose.
    `trial_s`: 0 for a profile that is kept; else the seconds left, when this was sent, in which it must be confirmed.
    `before`: of one on trial, the version whose values come back, under a new number, unless it is.
    """

    version: Count
    author: Text
    values: ProfileValues
    locked: Locked = Field(default_factory=dict)
    reason: Text = ""
    trial_s: Seconds = 0.0
    before: Count | None = None


class ProfileResult(Message):
    """Topic `profile/result`: what became of a change or a confirmation. `version`: in force now."""

    accepted: bool
    version: Count
    reason: Text = ""
    request: RequestId = ""


class EventReport(Message):
    """Topic `event`: something a log should hold. `request`: the id of what it answers, if that had one."""

    source: Literal["controller", "arm", "clinic", "cli"]
    what: Text
    request: Annotated[str, Field(max_length=32)] = ""
