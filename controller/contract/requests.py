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


class ProfileValues(Message):
    """What a clinician may tune while the arm is in use; what a change leaves out stays as it is.

    `gain`: per joint, 0 (off) to 4 (full speed at once). `rejection_threshold`: the confidence from which
    decisions may move the arm; `rejection`: motions that have another one.
    `dead_band`: share of full speed below which nothing moves. `vote`: odd number of decisions; 1: no vote.
    """

    gain: Annotated[dict[Name, Gain], Field(max_length=32)] = Field(default_factory=dict)
    rejection_threshold: Threshold | None = None
    rejection: Annotated[dict[Text, Threshold], Field(max_length=256)] = Field(default_factory=dict)
    ramp_ms: RampMs | None = None
    dead_band: DeadBand | None = None
    vote: Vote | None = None


class ProfileChange(Message):
    """Topic `profile/set`: new values, and the version they were made against."""

    version: Count
    author: Text
    values: ProfileValues

    def encode(self) -> bytes:
        """Return the payload as JSON, without what stays as it is."""
        return self.model_dump_json(exclude_defaults=True).encode()


class ProfileState(Message):
    """Topic `profile`, retained: the profile that is in force."""

    version: Count
    author: Text
    values: ProfileValues


class ProfileResult(Message):
    """Topic `profile/result`: what became of a change."""

    accepted: bool
    version: Count
    reason: Text = ""


class EventReport(Message):
    """Topic `event`: something a log should hold."""

    source: Literal["controller", "arm", "clinic", "cli"]
    what: Text
