"""What the process that replays is told and asked."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from controller.arm_config import ArmConfig
from controller.config import RunConfig
from controller.contract.requests import ProfileValues


class Hello(BaseModel):
    """The first line."""

    model_config = ConfigDict(extra="forbid")

    config: RunConfig
    arm: ArmConfig


class Question(BaseModel):
    """`excerpt`: its name. `rows` and `channels` of what follows; 0: it is here already."""

    model_config = ConfigDict(extra="forbid")

    excerpt: str
    stream: int
    rate_hz: float
    rows: Annotated[int, Field(ge=0)] = 0
    channels: int
    lead_s: float
    decoder: str
    today: ProfileValues
    change: ProfileValues
