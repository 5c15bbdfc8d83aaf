"""What people ask for, and what happened."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from controller.contract.message import Count, Message, Name, Text


class Mode(StrEnum):
    """What a person may ask of the controller."""

    ENGAGE = "engage"
    DISENGAGE = "disengage"
    CLEAR = "clear"  # a fault or stop has been seen; the arm's guard is released by the same message


class ModeRequest(Message):
    """Topic `mode/set`. `by`: who asks, for the log."""

    mode: Mode
    by: Text


class StopRequest(Message):
    """Topic `stop`. Latched by the controller and by the arm until a person clears it."""

    by: Text
    reason: Text = ""


class ProfileValues(Message):
    """What a clinician may tune while the arm is in use. Gains are per joint, 0 (off) to 4 (full speed at once)."""

    gain: Annotated[dict[Name, Annotated[float, Field(ge=0, le=4)]], Field(max_length=32, default_factory=dict)]


class ProfileChange(Message):
    """Topic `profile/set`: new values, and the version they were made against."""

    version: Count
    author: Text
    values: ProfileValues


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
