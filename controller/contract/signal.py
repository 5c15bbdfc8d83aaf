from typing import Annotated

from pydantic import Field

from controller.contract.message import Count, Message, Name, Nanoseconds
from controller.safety.limits import Cut
from controller.safety.states import State

# What `decided` says where a decoder has no classes, or its input made none.
NO_CLASS = "none"
PerChannel = Annotated[tuple[float, ...], Field(max_length=1024)]


class SignalReport(Message):
    """What the controller sees and thinks (topic `signal`, 20 Hz unless configured).

    `t_ns`: when this was decided and its command was out, on the controller's monotonic clock.
    `level`: mean absolute value per channel over the window, conditioned, in the device's unit. `health`: one word
    per channel. `decided`: a class, or `none`. `scores`: probability per class, in the order of
    `ControllerStatus.classes`.
    `intent`: share of full speed per joint as decoded; `shaped`: after rejection, ramp and gain. `cuts`: joints for
    which the governor let something else through in `engaged`, and why.
    """

    sample_index: Count
    t_ns: Nanoseconds
    state: State
    level: PerChannel
    health: Annotated[tuple[str, ...], Field(max_length=1024)]
    decided: str
    confidence: Annotated[float, Field(ge=0, le=1)]
    scores: Annotated[tuple[float, ...], Field(max_length=256)]
    effort: float
    intent: dict[Name, float]
    shaped: dict[Name, float]
    cuts: dict[Name, Cut] = Field(default_factory=dict)
