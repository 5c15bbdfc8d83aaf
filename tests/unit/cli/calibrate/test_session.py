"""A prompted session at a device that plays a whole session at once, stamped as if it had taken its time."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cli.calibrate import prompting
from cli.main import main
from controller.calibration.prompts import Prompt, prompt_schedule, redo_schedule
from controller.calibration.trials import trial_names
from controller.decoders.model_file import load_model
from drivers.chunk import Chunk
from drivers.errors import SourceLostError
from drivers.recordings.load import load_recording
from drivers.source import EmgSource, SourceHealth, StreamInfo

HOP, CHANNELS, RATE_HZ = 10, 4, 1000.0
MOTIONS = ("hand_close", "hand_open")
HOLD_S, REST_S = 2.0, 2.0
LOUD = {"hand_close": slice(0, 2), "hand_open": slice(2, 4)}


@dataclass
class Wearer:
    """`sessions`: what is prompted each time the device is opened; None: it is lost in the middle of the first.

    `idle`: nothing is done for these (motion, repetition), the first time.
    """

    sessions: list[Sequence[Prompt] | None]
    idle: set[tuple[str, int]] = field(default_factory=set)
    health: SourceHealth = field(default_factory=SourceHealth)
    opened: int = 0

    async def open(self) -> StreamInfo:
        self.opened += 1
        return StreamInfo("wearer", CHANNELS, RATE_HZ)

    async def chunks(self) -> AsyncIterator[Chunk]:
        session = self.sessions[self.opened - 1]
        begin_ns, noise = time.monotonic_ns(), np.random.default_rng(self.opened)
        for index in range(100_000):
            now_s = (index + 1) * HOP / RATE_HZ
            if session is None:
                if now_s > 1.0:
                    raise SourceLostError("unplugged")
                asked = Prompt("rest", 0.0, 9.0, 1)
            else:
                # Nobody begins before having read.
                asked = next((one for one in session if now_s - 0.3 < one.end_s), session[-1])
            gain = np.full(CHANNELS, 3.0)
            if asked.class_name in LOUD and (self.opened > 1 or (asked.class_name, asked.repetition) not in self.idle):
                gain[LOUD[asked.class_name]] = 60.0
            stamp_ns = begin_ns + round(now_s * 1e9)
            yield Chunk(noise.normal(0.0, 1.0, (HOP, CHANNELS)) * gain, stamp_ns, index * HOP)

    def rest(self, until_ns: int) -> None:
        """Go on."""

    async def close(self) -> None:
        """Nothing to free."""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "arm.toml").write_text(
        'name = "test"\n[[joints]]\nname = "hand"\nmin_rad = 0.0\nmax_rad = 1.0\n'
        "max_speed_rad_s = 1.0\nmax_acceleration_rad_s2 = 10.0\n"
    )
    (tmp_path / "run.toml").write_text(
        'arm = "arm.toml"\nmodel = "model.npz"\n[device]\nkind = "test"\n'
        "[motions]\nhand_close = { hand = 1.0 }\nhand_open = { hand = -1.0 }\n"
    )
    return tmp_path / "run.toml"


def calibrate(wearer: Wearer, config: Path, monkeypatch: pytest.MonkeyPatch, *more: str) -> int:
    def make(kind: str, settings: Mapping[str, Any]) -> EmgSource:
        return wearer

    monkeypatch.setattr(prompting, "make_source", make)
    timing = ["--hold", str(HOLD_S), "--rest", str(REST_S), "--plain"]
    return main(["calibrate", "--config", str(config), "--trials", "2", *timing, *more])


def first() -> Sequence[Prompt]:
    return prompt_schedule(MOTIONS, 2, HOLD_S, REST_S)


def test_a_trial_that_went_wrong_is_prompted_again_alone(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wearer = Wearer([first(), redo_schedule([("hand_open", 2)], HOLD_S, REST_S)], {("hand_open", 2)})
    assert calibrate(wearer, config, monkeypatch, "--redo", "marked") == 0
    said = capsys.readouterr().err.splitlines()
    (marked,) = (line for line in said if line.startswith("redo "))
    assert marked.startswith("redo   hand_open:2: ")
    assert wearer.opened == 2
    kept = load_recording(config.with_name("model.recording.npz"))
    assert {str(name) for name in trial_names(kept)} == {
        f"{motion}:{number}" for motion in ("rest", *MOTIONS) for number in (1, 2)
    }
    assert load_model(config.with_name("model.npz")).facts.class_names == ("rest", *MOTIONS)


def test_a_device_that_goes_in_a_redo_leaves_what_was_recorded_and_it_is_fitted(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wearer = Wearer([first(), None], {("hand_open", 2)})
    assert calibrate(wearer, config, monkeypatch, "--redo", "marked") == 0
    assert "not done again: unplugged; what was recorded before stands" in capsys.readouterr().err
    kept = load_recording(config.with_name("model.recording.npz"))
    assert len(trial_names(kept)) == 6
    assert len(np.unique(kept.segment)) == 1
    assert load_model(config.with_name("model.npz")).facts.decoder == "gaussian"


def test_without_a_terminal_nothing_is_asked_and_the_recording_of_before_is_kept(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = config.with_name("model.recording.npz")
    assert calibrate(Wearer([first()]), config, monkeypatch) == 0
    before = kept.read_bytes()
    wearer = Wearer([first()], {("hand_open", 2)})
    assert calibrate(wearer, config, monkeypatch) == 0
    assert wearer.opened == 1
    assert kept.with_name(kept.name + ".previous").read_bytes() == before


def test_one_trial_of_each_motion_is_added_to_the_configurations_model(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert calibrate(Wearer([first()]), config, monkeypatch) == 0
    capsys.readouterr()
    short = Wearer([prompt_schedule(MOTIONS, 1, HOLD_S, REST_S)])
    assert calibrate(short, config, monkeypatch, "--add", "--trials", "1") == 0
    assert "prompted trials added; wrong on parts that were held out" in capsys.readouterr().out
    assert "added" in load_model(config.with_name("model.npz")).facts.trained_on
    assert config.with_name("model.added.npz").exists()
