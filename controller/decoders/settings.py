"""What people choose of a decoder before it is fitted; the model keeps it, so that both can be compared."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Motion = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]


class DirectSettings(BaseModel):
    """Table `[direct]`: how muscles move joints by themselves.

    `scheme`: `pairs` gives each of `joints` two sites of its own, all moving at once; `two_site` one pair for all of
    them in turn, switched by contracting both; `one_site` a single site for one joint, a quick strong pull one way, a
    gentle one the other. `joints`: of the arm; none named: every joint that a motion each moves both ways by itself.
    `sites`: motion → channel, counted from 1; those not named are chosen by the fit.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    scheme: Literal["pairs", "two_site", "one_site"] = "pairs"
    joints: tuple[str, ...] = ()
    sites: dict[Motion, Annotated[int, Field(ge=1, le=1024)]] = {}
    switch_ms: Annotated[float, Field(ge=20, le=500)] = 100.0
    decide_ms: Annotated[float, Field(ge=20, le=500)] = 150.0
    strong_share: Annotated[float, Field(gt=0, le=1)] = 0.6


class RegressionSettings(BaseModel):
    """Table `[regression]`. `power`: what is made of each channel's level, its square root or its logarithm."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    power: Literal["root", "log"] = "root"
