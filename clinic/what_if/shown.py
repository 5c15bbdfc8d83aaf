"""What a page is shown of two profiles on the same EMG."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MOST_ROWS = 2000


class Shown(BaseModel):
    """Part of an answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class JointSpeeds(Shown):
    """Speed over time of one joint, rad/s: of each piece of time the value that is farthest from rest."""

    joint: str
    fastest: float
    today: list[float]
    proposed: list[float]


class DecidedSpan(Shown):
    """What the decoder decided from `start_s` to `end_s`."""

    name: str
    start_s: float
    end_s: float


class MovementShown(Shown):
    """A movement that was decided, and how long after its first decision the arm moves; None: it does not."""

    name: str
    start_s: float
    today_ms: float | None
    proposed_ms: float | None


class ProfileFigures(Shown):
    """As `measures.Figures`; `full_speed_s` by joint."""

    moving_s: float
    engaged_s: float
    false_count: int
    false_s: float
    full_speed_s: dict[str, float]
    rejected_share: float
    onset_ms: float | None
    unmoved: int


class Suggestion(Shown):
    """A value that the data suggest for `key`, and `why`, with the figure it follows from.

    `effort`: share of full speed that 95 % of the efforts stay below now; `false_movements`: how many there were;
    `rest`: share of full speed that 99 % of the decisions for a motion at rest stay below.
    """

    key: str
    value: float
    why: Literal["effort", "false_movements", "rest"]
    figure: float


class WhatIf(Shown):
    """Both profiles on `counted_s` seconds of EMG, of which `rest_s` at rest, up to the sample `until` of `stream`.

    `point_s`: time between two points of a curve, which begin at 0. `lost_s`: of samples that never arrived.
    """

    stream: int
    until: int
    counted_s: float
    rest_s: float
    lost_s: float
    point_s: float
    speeds: list[JointSpeeds]
    decided: Annotated[list[DecidedSpan], Field(max_length=MOST_ROWS)]
    movements: Annotated[list[MovementShown], Field(max_length=MOST_ROWS)]
    today: ProfileFigures
    proposed: ProfileFigures
    suggestions: list[Suggestion]
