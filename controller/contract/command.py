from typing import Annotated

from pydantic import Field

from controller.contract.message import Count, Message, Name, Nanoseconds, Session
from controller.safety.states import State


class Command(Message):
    """Joint velocities for the arm, good for `ttl_ms` from arrival (topic `command`).

    `sample_index` is the device's count of the newest sample this command rests on, -1 when it rests on none.
    `t_sample_ns` (that sample) and `t_publish_ns` are stamps of the controller's monotonic clock.
    """

    session: Session
    seq: Count
    sample_index: Annotated[int, Field(ge=-1, lt=2**53)]
    t_sample_ns: Nanoseconds
    t_publish_ns: Nanoseconds
    ttl_ms: Annotated[int, Field(ge=10, le=1000)]
    state: State
    velocity_rad_s: Annotated[dict[Name, float], Field(max_length=32)]
