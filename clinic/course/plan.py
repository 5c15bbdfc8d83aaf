"""What a clinician sets for one wearer's course: surgery, transfers, phase, criteria, goal."""

from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from clinic.course.phases import Phase
from clinic.course.stages import Criteria
from controller.contract.message import Name

# One line that begins and ends with something to see.
Words = Annotated[
    str, Field(min_length=1, max_length=64, pattern=r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$")
]
# Before the first transfers, and further ahead than anybody plans one: a slip of the key.
EARLIEST, FURTHEST_AHEAD_DAYS = date(1990, 1, 1), 366


class Transfer(BaseModel):
    """A nerve, the muscle that it was led to, and what that muscle then means.

    `channel`: counted from 1; None while nothing is measured there. `reinnervated`: false for a muscle that kept its
    own nerve. A motion has one site.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    nerve: Words
    muscle: Words
    motion: Name
    joint: Name
    channel: Annotated[int, Field(ge=1, le=1024)] | None = None
    reinnervated: bool = True


class CoursePlan(BaseModel):
    """`phase`: set by the clinician, never by itself. `weekly_goal_min`: minutes of training a week; 0: none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    surgery: date | None = None
    transfers: Annotated[tuple[Transfer, ...], Field(max_length=32)] = ()
    phase: Phase | None = None
    criteria: Criteria = Criteria()
    weekly_goal_min: Annotated[int, Field(ge=0, le=2000)] = 0

    @model_validator(mode="after")
    def _fits(self) -> Self:
        motions = [transfer.motion for transfer in self.transfers]
        if len(set(motions)) != len(motions):
            raise ValueError("expected every motion once: what two sites mean alike cannot be told apart")
        channels = [transfer.channel for transfer in self.transfers if transfer.channel is not None]
        if len(set(channels)) != len(channels):
            raise ValueError("expected every channel once: one site cannot belong to two transfers")
        if "rest" in motions:
            raise ValueError("expected a motion, not 'rest'")
        return self

    def transfer(self, motion: str) -> Transfer | None:
        """Return the transfer that means `motion`."""
        return next((transfer for transfer in self.transfers if transfer.motion == motion), None)


def surgery_fault(surgery: date | None, today: date) -> str:
    """Return why this cannot be the day of the surgery; empty: it can."""
    if surgery is None:
        return ""
    if surgery < EARLIEST or (surgery - today).days > FURTHEST_AHEAD_DAYS:
        return (
            f"expected a day of surgery from {EARLIEST} to {FURTHEST_AHEAD_DAYS} days from now, got {surgery}; "
            "look at the year"
        )
    return ""


def weeks_since(surgery: date, day: date) -> float:
    """Return weeks from the surgery to `day`, negative before it."""
    return (day - surgery).days / 7.0
