"""One entry of the pain diary: two items, 0 to 10, now, on average and at its worst. The words of it are ours."""

from datetime import datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

Pain = Annotated[int, Field(ge=0, le=10, strict=True)]
EARLIEST_YEAR = 1990
# Clocks of phones differ a little.
AHEAD = timedelta(minutes=10)


class PainItem(BaseModel):
    """One of the two items; what was not said is None."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    now: Pain | None = None
    average: Pain | None = None
    worst: Pain | None = None

    @model_validator(mode="after")
    def _worst_is_worst(self) -> Self:
        for name, value in (("now", self.now), ("on average", self.average)):
            if value is not None and self.worst is not None and self.worst < value:
                raise ValueError(f"expected the worst pain to be {value} or more, as it is {value} {name}")
        return self

    @property
    def said(self) -> bool:
        """Whether anything was said."""
        return not (self.now is None and self.average is None and self.worst is None)


class PainSaid(BaseModel):
    """What the wearer says. `at`: of which moment; `window_h`: what average and worst look back on, a day or a week."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: AwareDatetime
    window_h: Literal[24, 168] = 24
    residual: PainItem = PainItem()
    phantom: PainItem = PainItem()
    note: Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")] = ""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.residual.said or self.phantom.said):
            raise ValueError("expected at least one number, of either pain")
        return self


def moment_fault(at: datetime, now: datetime) -> str:
    """Return why an entry cannot be of this moment; empty: it can."""
    if at > now + AHEAD:
        return f"expected a moment that was, got {at:%Y-%m-%d %H:%M}, which is ahead of this clock; look at the date"
    if at.year < EARLIEST_YEAR:
        return f"expected a moment after {EARLIEST_YEAR}, got the year {at.year}; look at the date"
    return ""
