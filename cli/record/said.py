"""What controller and arm say over MQTT, as streams of a recording. Only listens, and never in the way of control."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from pydantic import ValidationError

from controller.contract.calibration import TAKE_POSITION, CalibrationState
from controller.contract.command import Command
from controller.contract.requests import EventReport
from controller.contract.signal import SignalReport
from controller.contract.status import ControllerStatus
from controller.contract.topics import Topics
from drivers.recordings.xdf import OURS
from drivers.recordings.xdf_writer import XdfStream, XdfWriter

# Rows that may wait for the disk: more than ten minutes of the quickest controller.
_MOST_WAITING = 100_000


@dataclass(slots=True)
class Said:
    """Takes messages as they arrive and stamps them then, in seconds of this machine's monotonic clock.

    Texts: `decisions` (each time the decided class changes), `states`, `events`, and `prompts` of a calibration.
    Numbers: `commands` (rad/s for each joint) and `intents`, named by the joints of the first message.
    """

    topics: Topics
    monotonic_ns: Callable[[], int] = time.monotonic_ns
    heard: int = 0
    refused: int = 0
    dropped: int = 0
    _rows: deque[tuple[str, float, str | tuple[float, ...]]] = field(
        default_factory=lambda: deque(maxlen=_MOST_WAITING)
    )
    _last: dict[str, str] = field(default_factory=dict)
    _labels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _units: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)

    @property
    def subscriptions(self) -> list[tuple[str, int]]:
        """What to ask a broker for, with QoS."""
        topics = self.topics
        quick, sure = (
            (topics.signal, topics.command),
            (topics.controller_status, topics.event, topics.calibration_state),
        )
        return [*((topic, 0) for topic in quick), *((topic, 1) for topic in sure)]

    def take(self, topic: str, payload: bytes) -> None:
        """Take one message; one that is not of the contract is counted."""
        now_s = self.monotonic_ns() * 1e-9
        self.heard += 1
        try:
            self._take(topic, payload, now_s)
        except ValidationError:
            self.refused += 1

    def drain(self, writer: XdfWriter) -> bytes:
        """Return what has come since the last time as chunks, each stream with its header before its first row."""
        texts: dict[str, list[tuple[float, str]]] = {}
        numbers: dict[str, list[tuple[float, tuple[float, ...]]]] = {}
        while self._rows:
            name, stamp_s, content = self._rows.popleft()
            if isinstance(content, str):
                texts.setdefault(name, []).append((stamp_s, content))
            else:
                numbers.setdefault(name, []).append((stamp_s, content))
        data = b""
        for name, rows in texts.items():
            data += self._header(writer, name, stamp_s=rows[0][0])
            data += writer.texts(self._numbers[name], rows)
        for name, values in numbers.items():
            data += self._header(writer, name, stamp_s=values[0][0])
            stamps_s = np.array([stamp_s for stamp_s, _ in values])
            data += writer.samples(self._numbers[name], np.array([row for _, row in values]), stamps_s)
        return data

    def _take(self, topic: str, payload: bytes, now_s: float) -> None:
        topics = self.topics
        if topic == topics.command:
            command = Command.model_validate_json(payload)
            values = {**command.velocity_rad_s, "seq": float(command.seq), "sample_index": float(command.sample_index)}
            self._add_numbers("commands", values, ("rad/s",) * len(command.velocity_rad_s) + ("count", "count"), now_s)
        elif topic == topics.signal:
            report = SignalReport.model_validate_json(payload)
            self._add_text("decisions", report.decided, now_s)
            values = {"confidence": report.confidence, "effort": report.effort}
            values |= {f"intent_{joint}": value for joint, value in report.intent.items()}
            values |= {f"shaped_{joint}": value for joint, value in report.shaped.items()}
            self._add_numbers("intents", values, ("share",) * len(values), now_s)
        elif topic == topics.controller_status:
            status = ControllerStatus.model_validate_json(payload)
            state = status.state.value if status.status == "running" else status.status
            self._add_text("states", f"{state}: {status.cause}" if status.cause else state, now_s)
        elif topic == topics.calibration_state:
            prompt = CalibrationState.model_validate_json(payload).prompt
            if prompt is not None or "prompts" in self._last:
                asked = prompt is not None and prompt.motion != TAKE_POSITION
                self._add_text("prompts", prompt.motion if asked and prompt is not None else "", now_s)
        else:
            report_of = EventReport.model_validate_json(payload)
            self._last.pop("events", None)  # the same may happen twice
            self._add_text("events", f"{report_of.source}: {report_of.what}", now_s)

    def _add_text(self, name: str, text: str, now_s: float) -> None:
        if self._last.get(name) != text:
            self._last[name] = text
            self._add(name, now_s, text)

    def _add_numbers(self, name: str, values: dict[str, float], units: tuple[str, ...], now_s: float) -> None:
        labels = self._labels.setdefault(name, tuple(values))
        self._units.setdefault(name, units)
        if values.keys() != set(labels):
            self.refused += 1  # another arm's joints; a stream has one list of channels
            return
        self._add(name, now_s, tuple(values[label] for label in labels))

    def _add(self, name: str, now_s: float, content: str | tuple[float, ...]) -> None:
        self.dropped += len(self._rows) == _MOST_WAITING
        self._rows.append((name, now_s, content))

    def _header(self, writer: XdfWriter, name: str, stamp_s: float) -> bytes:
        if name in self._numbers:
            return b""
        labels, units = self._labels.get(name), self._units.get(name, ())
        title, details = f"{self.topics.arm} {name}", {OURS: name}
        if labels is None:
            stream = XdfStream(title, "Markers", "string", details=details)
        else:
            stream = XdfStream(title, "Control", "double64", 0.0, labels, units, details=details)
        self._numbers[name], header = writer.add(stream, stamp_s)
        return header
