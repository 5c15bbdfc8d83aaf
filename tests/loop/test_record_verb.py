"""`efferent record` as a process of its own: emulated devices, a real broker, a real controller, a real kill."""

import asyncio
import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cli.demo.stage import STREAM
from cli.main import main
from drivers.recordings.load import load_recording
from drivers.recordings.own_npz import save_recording
from drivers.recordings.recording import Recording
from drivers.recordings.xdf_chunks import whole_chunks
from drivers.source import StreamInfo, Unit
from sim.broker import start_broker
from tests.rigs.loopback import engaged_rig

PATIENCE_S = 40.0
SAMPLES = 4000


@contextlib.contextmanager
def verb(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-W", "error", "-m", "cli.main", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def device(tmp_path: Path) -> Iterator[str]:
    """A serial device that plays four seconds of samples that tell their place, again and again."""
    zeros = np.zeros(SAMPLES, dtype=np.int64)
    samples = np.arange(float(SAMPLES))[:, np.newaxis] * [1, -1]
    info = StreamInfo("cuff", 2, 1000.0, Unit.MICROVOLT, ("flexor", "extensor"), "unit 3")
    save_recording(Recording(info, samples, (), zeros, zeros, zeros, zeros), tmp_path / "play.npz")
    with verb(
        "emulate", "--recording", str(tmp_path / "play.npz"), "--loop", "--link", str(tmp_path / "port")
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()


def grows_to(path: Path, size: int) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not path.exists() or path.stat().st_size < size:
        assert time.monotonic() < end_s, "the recording does not grow"
        time.sleep(0.05)


def in_order(recording: Recording) -> None:
    """Samples follow each other, modulo the recording's length, but for where a segment ends."""
    steps = np.diff(recording.samples[:, 0]) % SAMPLES
    assert (steps[np.diff(recording.segment) == 0] == 1).all()
    assert np.array_equal(recording.samples[:, 1], -recording.samples[:, 0])


def test_a_serial_device_is_recorded_until_the_end_is_asked_for(tmp_path: Path, device: str) -> None:
    path = tmp_path / "r.xdf"
    with verb("record", str(path), "--serial", device) as process:
        grows_to(path, 30_000)
        process.send_signal(signal.SIGINT)
        out, complaints = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, complaints
    recording = load_recording(path)
    assert f"{len(recording)} samples, 0 lost" in out
    assert recording.info == StreamInfo("cuff", 2, 1000.0, Unit.MICROVOLT, ("flexor", "extensor"), "unit 3")
    assert recording.segment.max() == 0
    in_order(recording)
    assert path.stat().st_mode & 0o777 == 0o600
    assert whole_chunks(path.read_bytes()).left_out == 0
    again = ["record", str(path), "--serial", device, "--duration", "1"]
    before = path.read_bytes()
    assert main(again) == 2
    assert path.read_bytes() == before


def test_what_was_recorded_stays_when_the_recorder_is_killed(tmp_path: Path, device: str) -> None:
    path = tmp_path / "r.xdf"
    with verb("record", str(path), "--serial", device) as process:
        grows_to(path, 20_000)
        process.kill()
        process.wait(PATIENCE_S)
    recording = load_recording(path)
    assert len(recording) >= 1000
    in_order(recording)


def test_a_full_disk_is_a_sentence_and_what_was_written_stays(tmp_path: Path, device: str) -> None:
    path, room = tmp_path / "r.xdf", 20_000
    with verb("record", str(path), "--serial", device) as process:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (room, room))
        _, complaints = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert "the disk refuses more" in complaints
    assert "Traceback" not in complaints
    assert room / 2 < path.stat().st_size <= room
    recording = load_recording(path)
    in_order(recording)
    assert whole_chunks(path.read_bytes()).left_out == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "nothing to record"),
        (["--serial", "/dev/nowhere"], "/dev/nowhere"),
        (["--serial", "/dev/nowhere", "--lsl", "x"], "not allowed with"),
        (["--protocol", "cyton", "--lsl", "x"], "belong to a port"),
        (["--arm", "No Name"], "an arm's name"),
        (["--arm", "demo", "--device-only"], "the opposite"),
        (["--broker", "mqtt://127.0.0.1:1"], "needs --arm"),
        (["--arm", "demo", "--broker", "mqtt://127.0.0.1:1"], "127.0.0.1:1"),
        (["--lsl", "x", "--duration", "-1"], "above 0"),
    ],
)
def test_what_cannot_be_recorded_is_a_sentence_and_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    try:
        code = main(["record", str(tmp_path / "r.xdf"), *arguments])
    except SystemExit as end:
        code = int(str(end.code))
    assert code == 2
    assert sentence in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


async def test_decisions_commands_and_samples_are_on_one_time_axis(tmp_path: Path) -> None:
    """The demo's own system over LSL, with the recorder as one more reader of each."""
    import pyxdf  # noqa: PLC0415

    path = tmp_path / "r.xdf"
    async with engaged_rig(device="lsl") as rig:
        stage = rig.stage
        arguments = ["--lsl", STREAM, "--arm", stage.arm.name, "--broker", stage.address.url, "--json"]
        with verb("record", str(path), *arguments) as process:
            await asyncio.to_thread(grows_to, path, 100_000)
            await rig.contract("supination")
            await asyncio.sleep(2.0)
            stage.tell_emulator("intent rest")
            await asyncio.sleep(1.0)
            process.send_signal(signal.SIGINT)
            out, complaints = await asyncio.to_thread(process.communicate, timeout=PATIENCE_S)
    assert process.returncode == 0, complaints + out
    streams = {stream["info"]["name"][0].split(" ", 1)[-1]: stream for stream in pyxdf.load_xdf(path)[0]}
    emg = next(stream for stream in streams.values() if stream["info"]["type"] == ["EMG"])
    decided = [row[0] for row in streams["decisions"]["time_series"]]
    assert "supination" in decided
    for name in ("commands", "intents"):
        stamps = streams[name]["time_stamps"]
        assert len(stamps) > 30
        # Within the recording, to a second: the messages come before the device is open, and a little after it closed.
        assert stamps[0] > emg["time_stamps"][0] - 5
        assert stamps[-1] < emg["time_stamps"][-1] + 1
    at = decided.index("supination")
    told_s = streams["decisions"]["time_stamps"][at]
    before = emg["time_series"][(emg["time_stamps"] > told_s - 1.2) & (emg["time_stamps"] < told_s - 0.7)]
    after = emg["time_series"][(emg["time_stamps"] > told_s) & (emg["time_stamps"] < told_s + 0.5)]
    assert np.abs(after - after.mean(0)).mean() > 1.3 * np.abs(before - before.mean(0)).mean()
    assert any(row[0].startswith("engaged") for row in streams["states"]["time_series"])
    assert load_recording(path).class_names == ()  # our own decisions are no prompts
    assert os.path.getsize(path) > 100_000  # noqa: PTH202


def test_what_is_replayed_as_a_device_is_recorded_sample_by_sample(tmp_path: Path) -> None:
    """A CSV file, played as a serial device, recorded, and read again; then the recorder's device is gone."""
    rows = "".join(f"{k / 1000:.3f},{k},{-k}\n" for k in range(1500))
    (tmp_path / "r.csv").write_text("time,left (uV),right (uV)\n" + rows, encoding="utf-8")
    with verb("replay", str(tmp_path / "r.csv"), "--name", "bench") as player:
        assert player.stdout is not None
        port = player.stdout.readline().strip()
        with verb("record", str(tmp_path / "r.xdf"), "--serial", port, "--duration", "4") as recorder:
            _, complaints = recorder.communicate(timeout=PATIENCE_S)
        _, said = player.communicate(timeout=PATIENCE_S)
    assert (player.returncode, recorder.returncode) == (0, 0), said + complaints
    assert "2 channels at 1000 Hz in uV, 1.5 s, no break" in said
    assert "device lost" in complaints
    recording = load_recording(tmp_path / "r.xdf")
    assert recording.samples[:, 0].tolist() == [float(k) for k in range(1500)]
    assert (recording.info.name, recording.info.labels) == ("bench", ("left", "right"))


def test_without_a_device_what_is_said_is_recorded_and_silence_is_told(tmp_path: Path) -> None:
    path = tmp_path / "r.xdf"
    with (
        start_broker("embedded") as broker,
        verb("record", str(path), "--arm", "nobody", "--broker", broker.url, "--duration", "0.5") as process,
    ):
        out, complaints = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, complaints
    assert "0 samples, 0 lost, 0 messages" in out
    assert "nothing was heard of arm 'nobody'" in complaints
    assert whole_chunks(path.read_bytes()).left_out == 0
