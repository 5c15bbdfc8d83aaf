"""One site: which nerve makes which muscle speak there, what the wearer means by it, and where it is on the body."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

# What an amplifier for one arm has at most here; more would be a grid, which no table shows.
MOST_SITES = 64

Word = Annotated[str, Field(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]
Share = Annotated[float, Field(ge=0, le=1)]


class Site(BaseModel):
    """`channel` counts from 1. `function`: a motion of the configuration; empty where the site means none.

    `x`, `y`: share of the drawing's width and height, from its upper left, seen from the front or from behind.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    channel: Annotated[int, Field(ge=1, le=1024)]
    nerve: Word = ""
    muscle: Word = ""
    function: Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]{0,31})?$")] = ""
    view: Literal["front", "back"] = "front"
    x: Share = 0.5
    y: Share = 0.5


class SiteList(BaseModel):
    """The sites of one wearer, each channel once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pattern: Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]{0,63})?$")] = ""
    sites: Annotated[tuple[Site, ...], Field(max_length=MOST_SITES)]

    @model_validator(mode="after")
    def _each_channel_once(self) -> Self:
        channels = [site.channel for site in self.sites]
        twice = sorted({channel for channel in channels if channels.count(channel) > 1})
        if twice:
            raise ValueError(f"expected each channel once, got channel {', '.join(map(str, twice))} more than once")
        return self
