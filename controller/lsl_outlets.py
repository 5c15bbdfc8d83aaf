"""The controller's own LSL streams, its EMG and its decisions, for recorders; outside the way to the command."""

from collections.abc import Callable, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from controller.decision_markers import DecisionMarkers
from drivers.chunk import Chunk
from drivers.lsl_outlet import EmgOutlet, MarkerOutlet, Outlet, OutletThread
from drivers.source import StreamInfo


class LslOutletConfig(BaseModel):
    """What is published. `name`: of the streams, followed by `EMG` and `decisions`; `efferent ARM` if it is empty."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(max_length=100)] = ""
    emg: bool = True
    decisions: bool = True
    resolve_scope: Literal["machine", "link", "site", "organization", "global", ""] = "machine"

    @model_validator(mode="after")
    def _something(self) -> "LslOutletConfig":
        if not (self.emg or self.decisions):
            raise ValueError("expected emg or decisions to be true; leave the table out to publish nothing")
        return self

    def stream_names(self, arm: str) -> tuple[str, str]:
        """Return what the streams of EMG and of decisions are called."""
        name = self.name or f"efferent {arm}"
        return f"{name} EMG", f"{name} decisions"


class LslOutlets:
    """Takes chunks and decisions from the loop without waiting; a thread publishes them, or tells why it ended.

    Raises `SettingsError` without liblsl, or when this process uses LSL with another scope.
    """

    def __init__(
        self,
        config: LslOutletConfig,
        arm: str,
        joints: Sequence[str],
        class_names: tuple[str, ...],
        tell: Callable[[str], None],
    ) -> None:
        self.markers = DecisionMarkers(joints, class_names) if config.decisions else None
        emg_name, decisions_name = config.stream_names(arm)
        self._emg = EmgOutlet(emg_name, emg_name) if config.emg else None
        outlets: list[Outlet] = [] if self._emg is None else [self._emg]
        if self.markers is not None:
            outlets.append(MarkerOutlet(decisions_name, decisions_name, self.markers.take))
        self._thread = OutletThread(outlets, tell, config.resolve_scope)

    def begin(self, info: StreamInfo) -> None:
        """Say what the chunks are from now on."""
        if self._emg is not None:
            self._emg.begin(info)

    def take(self, chunk: Chunk) -> None:
        """Take a chunk; once the command that rests on it is out."""
        if self._emg is not None:
            self._emg.take(chunk)

    def close(self) -> None:
        """Publish what waits and end the streams. Blocks."""
        self._thread.close()
