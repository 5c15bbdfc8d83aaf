"""What the clinic writes as bytes, the page reads as it was."""

import base64
from typing import Any

from playwright.sync_api import Page

from clinic.live.frames import command_record, emg_record, signal_record, state_record
from controller.contract.arm_state import ArmState
from controller.contract.command import Command
from controller.contract.emg import EmgBlock
from controller.contract.signal import SignalReport
from tests.rigs import live_messages as messages

DECODE = """async (frame) => {
  const { decode } = await import("/static/js/frames.js");
  const bytes = Uint8Array.from(atob(frame), (letter) => letter.charCodeAt(0));
  const plain = (value) => value instanceof Float32Array ? Array.from(value) : value;
  return decode(bytes.buffer).map(([kind, message]) =>
    [kind, Object.fromEntries(Object.entries(message).map(([name, value]) => [name, plain(value)]))]);
}"""


def test_a_page_reads_what_the_clinic_writes(page: Page) -> None:
    report = SignalReport.model_validate_json(messages.signal(2**40, channels=64))
    state = ArmState.model_validate_json(messages.state(12))
    command = Command.model_validate_json(messages.command(13))
    block = EmgBlock.model_validate_json(messages.emg(100, rows=5, channels=3))
    frame = (
        signal_record(report, 1.5, 2.5)
        + state_record(state, 3.5, 4.5)
        + command_record(command, 5.5, 6.5)
        + emg_record(block, 7.5, 8.5)
    )
    read: list[Any] = page.evaluate(DECODE, base64.b64encode(frame).decode())
    kinds = [kind for kind, _ in read]
    assert kinds == ["signal", "state", "command", "emg"]
    seen = dict(read)
    walls = {kind: (seen[kind].pop("stamp_wall_ms"), seen[kind].pop("heard_wall_ms")) for kind in kinds}
    assert list(walls.values()) == [(1.5, 2.5), (3.5, 4.5), (5.5, 6.5), (7.5, 8.5)]
    assert seen["signal"] == report.model_dump(mode="json")
    assert seen["state"] == state.model_dump(mode="json")
    assert seen["command"] == command.model_dump(mode="json")
    samples = block.block.reshape(-1).tolist()
    assert seen["emg"] == {**block.model_dump(mode="json"), "samples": samples}
