from typing import Annotated, Literal

from pydantic import Field

from controller.contract.message import Count, Message, Session, Text
from controller.safety.states import State


class LatencySummary(Message):
    """Percentiles in ms over `count` decisions: newest sample taken → command handed to the socket."""

    count: Count
    p50: float
    p99: float
    p999: float
    max: float


class Device(Message):
    """The source as it opened."""

    kind: str
    name: str
    channels: Annotated[int, Field(ge=1, le=1024)]
    rate_hz: float
    unit: str
    labels: tuple[str, ...] = ()


class ControllerStatus(Message):
    """How control stands (topic `controller/status`, retained, on change and at 1 Hz; last will: `lost`).

    `latency_ms` covers the last 5-10 s, `latency_session_ms` everything since the start.
    `process`: a line for each thing that was asked of the operating system, and what became of it.
    `decoder_name`: which of `decoders` is in force, the names that `switch_decoder` takes.
    `deadline_misses`: decisions that took longer than one hop from the newest sample to the socket.
    `hearing`: what decisions rest on: all channels, the decoder without those that cannot be trusted (`left_out`,
    counted from 1), direct control with the best of them, or nothing.
    `delay_by_design_ms`: half a window, half a hop, and the delay of the vote if there is one.
    `skipped_hops`: hops that got no decision of their own, because newer ones were already there or because there is
    one every `decides_every` hops only: 2 or 4 while the computer is too slow for each.
    """

    status: Literal["running", "ended", "lost"]
    session: Session
    state: State = State.IDLE
    cause: Text = ""
    decoder: str = ""
    decoder_name: str = ""
    decoders: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    hearing: Literal["whole", "fewer", "direct", "nothing"] = "whole"
    left_out: Annotated[tuple[int, ...], Field(max_length=1024)] = ()
    device: Device | None = None
    process: Annotated[tuple[Text, ...], Field(max_length=16)] = ()
    decisions: Count = 0
    commands_published: Count = 0
    commands_withheld: Count = 0
    deadline_misses: Count = 0
    skipped_hops: Count = 0
    decides_every: Count = 1
    lost_samples: Count = 0
    bad_frames: Count = 0
    stale_events: Count = 0
    faults: Count = 0
    reconnects: Count = 0
    loop_lag_max_ms: float = 0.0
    latency_ms: LatencySummary | None = None
    latency_session_ms: LatencySummary | None = None
    delay_by_design_ms: float = 0.0
