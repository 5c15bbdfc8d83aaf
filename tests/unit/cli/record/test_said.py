import io
import logging
from typing import Any

import pyxdf

from cli.record.said import Said
from controller.contract.calibration import CalibrationPhase, CalibrationPrompt, CalibrationState
from controller.contract.command import encode_command
from controller.contract.requests import EventReport
from controller.contract.signal import SignalReport
from controller.contract.status import ControllerStatus
from controller.contract.topics import Topics
from controller.safety.states import State
from drivers.recordings.xdf_writer import XdfWriter

TOPICS = Topics("left")
SESSION = "0123456789abcdef"


class Clock:
    """Each message comes a second after the one before."""

    now_s = 100

    def __call__(self) -> int:
        self.now_s += 1
        return self.now_s * 10**9


def signal(decided: str, **intent: float) -> bytes:
    report = SignalReport(
        t_ns=1,
        sample_index=5,
        state=State.ENGAGED,
        level=(1.0,),
        health=("well",),
        decided=decided,
        confidence=0.75,
        scores=(),
        effort=3.5,
        intent=intent,
        shaped={name: value / 2 for name, value in intent.items()},
    )
    return report.encode()


def command(seq: int, **velocities: float) -> bytes:
    return encode_command(SESSION, seq, 40 + seq, 1, 2, 200, State.ENGAGED, velocities.items())


def streams(said: Said) -> dict[str, dict[str, Any]]:
    logging.getLogger("pyxdf").setLevel(logging.CRITICAL)
    writer = XdfWriter()
    data = writer.header("now") + said.drain(writer) + said.drain(writer) + writer.footers()
    return {stream["info"]["name"][0]: stream for stream in pyxdf.load_xdf(io.BytesIO(data))[0]}


def texts(stream: dict[str, Any]) -> list[tuple[float, str]]:
    return [(float(t), row[0]) for t, row in zip(stream["time_stamps"], stream["time_series"], strict=True)]


def test_decisions_are_kept_when_they_change_and_intents_always() -> None:
    said = Said(TOPICS, Clock())
    for decided in ("rest", "rest", "fist"):
        said.take(TOPICS.signal, signal(decided, hand=0.5))
    found = streams(said)
    assert texts(found["left decisions"]) == [(101, "rest"), (103, "fist")]
    intents = found["left intents"]
    assert intents["time_stamps"].tolist() == [101, 102, 103]
    assert intents["time_series"][0].tolist() == [0.75, 3.5, 0.5, 0.25]
    labels = [channel["label"][0] for channel in intents["info"]["desc"][0]["channels"][0]["channel"]]
    assert labels == ["confidence", "effort", "intent_hand", "shaped_hand"]


def test_commands_are_kept_with_the_sample_they_rest_on() -> None:
    said = Said(TOPICS, Clock())
    said.take(TOPICS.command, command(1, elbow=0.5, hand=-0.25))
    said.take(TOPICS.command, command(2, elbow=0.0, hand=0.0))
    commands = streams(said)["left commands"]
    assert commands["time_series"].tolist() == [[0.5, -0.25, 1, 41], [0, 0, 2, 42]]
    units = [channel["unit"][0] for channel in commands["info"]["desc"][0]["channels"][0]["channel"]]
    assert units == ["rad/s", "rad/s", "count", "count"]


def test_states_events_and_prompts() -> None:
    said = Said(TOPICS, Clock())
    status = ControllerStatus(status="running", session=SESSION, state=State.FAULT, cause="the device is gone")
    said.take(TOPICS.controller_status, status.encode())
    said.take(TOPICS.controller_status, status.encode())
    said.take(TOPICS.controller_status, ControllerStatus(status="lost", session=SESSION).encode())
    for _ in range(2):
        said.take(TOPICS.event, EventReport(source="cli", what="engaged by ann").encode())
    idle = CalibrationState(session=SESSION)
    prompt = CalibrationPrompt(motion="fist", trial=1, lasts_s=3.0, left_s=2.0)
    asked = CalibrationState(session=SESSION, phase=CalibrationPhase.RECORDING, prompt=prompt)
    for state in (idle, asked, asked, idle):
        said.take(TOPICS.calibration_state, state.encode())
    found = streams(said)
    assert texts(found["left states"]) == [(101, "fault: the device is gone"), (103, "lost")]
    assert texts(found["left events"]) == [(104, "cli: engaged by ann"), (105, "cli: engaged by ann")]
    assert texts(found["left prompts"]) == [(107, "fist"), (109, "")]


def test_what_is_not_of_the_contract_is_counted_and_nothing_else_happens() -> None:
    said = Said(TOPICS, Clock())
    said.take(TOPICS.command, command(1, elbow=0.5))
    for topic, _ in said.subscriptions:
        for junk in (b"", b"{}", b"\xff\x00", b"[1]", b'{"what": 5}'):
            said.take(topic, junk)
    said.take(TOPICS.command, command(2, wrist=0.5))  # another arm's joints
    assert said.refused == 26
    assert streams(said)["left commands"]["time_series"].tolist() == [[0.5, 1, 41]]
