from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from controller.contract.message import Count, Message, Name, Nanoseconds, Session
from controller.safety.states import State


class Command(Message):
    """Joint velocities for the arm, good for `ttl_ms` from arrival (topic `command`).

    `sample_index` is the device's count of the newest sample this command rests on, -1 when it rests on none.
    `ends_session`: the last one of its session, so that another controller may begin at once.
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
    ends_session: bool = False


def encode_command(
    session: str,
    seq: int,
    sample_index: int,
    t_sample_ns: int,
    t_publish_ns: int,
    ttl_ms: int,
    state: State,
    velocities: Iterable[tuple[str, float]],
    ends_session: bool = False,
) -> bytes:
    """Return the payload of a `Command` without building one: on the hot path, where every value is our own.

    A test holds it equal to what `Command` reads and writes. Velocities must be finite (the governor's are).
    """
    joints = ",".join([f'"{name}":{velocity:.6f}' for name, velocity in velocities])
    return (
        f'{{"session":"{session}","seq":{seq},"sample_index":{sample_index},"t_sample_ns":{t_sample_ns},'
        f'"t_publish_ns":{t_publish_ns},"ttl_ms":{ttl_ms},"state":"{state.value}","velocity_rad_s":{{{joints}}},'
        f'"ends_session":{"true" if ends_session else "false"}}}'
    ).encode()
