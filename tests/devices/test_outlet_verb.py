"""`efferent outlet` as another process: what an emulated device sent, read back by an inlet that is not ours."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.lsl_library import ClockMap
from drivers.recordings.own_npz import save_recording
from drivers.recordings.recording import Recording
from drivers.source import StreamInfo, Unit
from sim.emulator.emulator import Emulator
from sim.emulator.pacing import Pacing
from sim.emulator.pty_device import PtyDevice
from sim.emulator.voices.efferent import EfferentVoice
from sim.errors import SimError

PATIENCE_S = 40.0
RATE_HZ = 1000.0
# A power of two, so that 24 bits of it are exact in float32.
UV_PER_COUNT = 2.0**-6


@dataclass
class Numbers:
    """A feed of counts that tell which sample they are."""

    info: StreamInfo
    scale: float = UV_PER_COUNT
    _next: int = 0

    def next_counts(self, n_samples: int) -> NDArray[np.int32]:
        numbers = np.arange(self._next, self._next + n_samples, dtype=np.int32)
        self._next += n_samples
        return np.stack([numbers, -3 * numbers, numbers % 7], axis=1)

    def set_intent(self, motion: str, effort: float) -> None:
        raise SimError(f"numbers mean nothing, not {motion} with {effort}")


@contextlib.contextmanager
def outlet(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-W", "error", "-m", "cli.main", "outlet", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


def resolve(pylsl: Any, name: str) -> Any:
    (found,) = pylsl.resolve_byprop("name", name, minimum=1, timeout=PATIENCE_S)
    return found


def test_what_a_serial_device_sends_is_read_back_exactly_with_the_times_at_which_it_was_taken(pylsl: Any) -> None:
    name = f"outlet-{os.getpid()}"
    info = StreamInfo("bench", 3, RATE_HZ, Unit.MICROVOLT, ("biceps", "triceps", "flexor"), "unit 7")
    device = PtyDevice(EfferentVoice(info, UV_PER_COUNT))
    written = np.zeros((20_000, 2), dtype=np.int64)
    with (
        Emulator(Numbers(info), [device], Pacing(RATE_HZ, 10), True, written) as emulator,
        outlet("--serial", device.address, "--name", name, "--source-id", name) as process,
    ):
        assert line(process) == name
        inlet = pylsl.StreamInlet(resolve(pylsl, name), recover=False)
        described = inlet.info(timeout=PATIENCE_S)
        inlet.open_stream(timeout=PATIENCE_S)
        parts: list[NDArray[np.float32]] = []
        stamps: list[NDArray[np.float64]] = []
        while sum(len(part) for part in parts) < 1500:
            samples, stamped = inlet.pull_chunk(timeout=1.0, max_samples=500, min_samples=1, as_numpy=True)
            parts.append(samples)
            stamps.append(stamped)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0
        log = written[: emulator.logged_packets].copy()
    received = np.concatenate(parts)
    first = round(received[0, 0] / UV_PER_COUNT)
    expected = np.arange(first, first + len(received))
    counts = np.stack([expected, -3 * expected, expected % 7], axis=1)
    np.testing.assert_array_equal(received, (counts * UV_PER_COUNT).astype(np.float32))
    check_times(ClockMap(pylsl.local_clock), log, expected, np.concatenate(stamps))
    check_description(described, name)
    assert "bench, 3 channels at 1000 Hz" in said


def check_times(clock: ClockMap, log: NDArray[np.int64], numbers: NDArray[Any], stamps: NDArray[np.float64]) -> None:
    # Numbers are paced; one that the machine let out late was due before. None was let out before it was due.
    due_ns = log[:, 1] - log[:, 0] * 1e9 / RATE_HZ
    taken_ns = {int(number): due_ns.min() + number * 1e9 / RATE_HZ for number in log[:, 0]}
    behind_ms = [
        (clock.monotonic_ns(stamp) - taken_ns[int(number)]) / 1e6
        for number, stamp in zip(numbers, stamps, strict=True)
        if int(number) in taken_ns
    ]
    assert len(behind_ms) > 100
    # Never before it was due, but for the little by which the line through the arrivals may lie too low.
    assert min(behind_ms) > -2.0
    # Nor behind, where the machine did not keep them waiting.
    assert np.percentile(behind_ms, 10) < 5.0
    assert np.all(np.diff(stamps) >= 0)


def check_description(info: Any, name: str) -> None:
    """The names and places of the XDF wiki, by a reader of XML that is not ours."""
    assert (info.type(), info.nominal_srate(), info.source_id(), info.channel_format()) == ("EMG", RATE_HZ, name, 1)
    description = ElementTree.fromstring(info.as_xml()).find("desc")  # noqa: S314 - our own
    assert description is not None
    channels = description.findall("channels/channel")
    assert [channel.findtext("label") for channel in channels] == ["biceps", "triceps", "flexor"]
    assert {channel.findtext("unit") for channel in channels} == {"microvolts"}
    assert {channel.findtext("type") for channel in channels} == {"EMG"}
    assert description.findtext("acquisition/model") == "bench"
    assert description.findtext("acquisition/serial_number") == "unit 7"


def test_a_device_table_is_enough_and_a_recording_ends_it(pylsl: Any, tmp_path: Path) -> None:
    file, ones = tmp_path / "device.toml", np.ones(300, dtype=np.int64)
    recording = Recording(
        info=StreamInfo("armband", 1, RATE_HZ, Unit.ARBITRARY),
        samples=np.arange(300.0)[:, np.newaxis],
        class_names=("rest", "hand_close"),
        class_of_sample=ones,
        repetition=ones,
        session=ones,
        segment=0 * ones,
    )
    save_recording(recording, tmp_path / "two.npz")
    file.write_text(f'[device]\nkind = "replay"\nsettings = {{ path = "{tmp_path / "two.npz"}" }}\n')
    with outlet("--config", str(file), "--source-id", f"replayed-{os.getpid()}") as process:
        assert line(process) == "armband"
        _, said = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0
    assert "the recording has ended" in said
    assert said.endswith("300 sent, 0 lost, 0 dropped\n")


def test_a_device_that_goes_is_opened_again_and_the_stream_stays(pylsl: Any, tmp_path: Path) -> None:
    name, link = f"outlet-again-{os.getpid()}", tmp_path / "port"
    info = StreamInfo("bench", 3, RATE_HZ, Unit.MICROVOLT, (), "unit 7")
    device = PtyDevice(EfferentVoice(info, UV_PER_COUNT), link)
    with (
        Emulator(Numbers(info), [device], Pacing(RATE_HZ, 10)) as emulator,
        outlet("--serial", str(link), "--name", name, "--source-id", name) as process,
    ):
        assert line(process) == name
        inlet = pylsl.StreamInlet(resolve(pylsl, name), recover=False)
        inlet.open_stream(timeout=PATIENCE_S)
        inlet.pull_sample(timeout=PATIENCE_S)
        emulator.unplug()
        time.sleep(0.2)
        emulator.plug()
        inlet.flush()
        gone_at = pylsl.local_clock()
        stamp = 0.0
        while stamp < gone_at:
            _, stamp = inlet.pull_sample(timeout=PATIENCE_S)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--serial", "/dev/nothing-here"], "nothing-here"),
        (["--serial", "/dev/null", "--protocol", "sundial"], "sundial"),
        (["--config", "/nowhere.toml"], "nowhere.toml"),
        (["--serial", "/dev/null", "--duration", "0"], "above 0"),
        (["--config", "/nowhere.toml", "--baud", "9600"], "belong to a port"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(arguments: list[str], words: str) -> None:
    with outlet(*arguments) as process:
        _, said = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 2
    assert words in said
    assert "Traceback" not in said
