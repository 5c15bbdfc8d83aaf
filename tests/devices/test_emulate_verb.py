"""`efferent emulate` as another process, read by our own drivers."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.chunk import Chunk
from drivers.errors import SourceLostError
from drivers.lsl_source import LslSource
from drivers.recordings.own_npz import save_recording
from drivers.recordings.recording import Recording
from drivers.serial_source import SerialSource
from drivers.source import EmgSource, StreamInfo, Unit
from sim.emulator.catalogue import EMULATED
from tests.rigs.played import protocol_of

PATIENCE_S = 40.0
SIX_SITES = str(Path(__file__).resolve().parents[2] / "configs/wearers/transhumeral_six.toml")


class Verb:
    """A running `efferent emulate`."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def first_line(self) -> str:
        return self._lines(self.process.stdout).readline().rstrip("\n")

    def complaint(self) -> str:
        return self._lines(self.process.stderr).readline()

    def say(self, line: str) -> None:
        stdin = self._lines(self.process.stdin)
        stdin.write(line + "\n")
        stdin.flush()

    def ended(self) -> tuple[int, str]:
        """Wait for its end; return exit code and what it still had to say on stderr."""
        _rest, complaints = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, complaints

    @staticmethod
    def _lines(stream: IO[str] | None) -> IO[str]:
        assert stream is not None
        return stream


@contextlib.contextmanager
def emulate(*arguments: str) -> Iterator[Verb]:
    command = [sys.executable, "-W", "error", "-m", "cli.main", "emulate", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield Verb(process)
        finally:
            process.kill()


@pytest.fixture
def recording_file(tmp_path: Path) -> Path:
    """Two repetitions of 150 samples each, of whole numbers that tell their place."""
    samples = np.arange(300.0)[:, np.newaxis] * [1, -1]
    ones = np.ones(300, dtype=np.int64)
    recording = Recording(
        info=StreamInfo("armband", 2, 1000.0, Unit.ARBITRARY, ("left", "right"), "test"),
        samples=samples,
        class_names=("rest", "hand_close"),
        class_of_sample=ones,
        repetition=np.repeat([1, 2], 150),
        session=ones,
        segment=0 * ones,
    )
    path = tmp_path / "two.npz"
    save_recording(recording, path)
    return path


async def chunks_of(source: EmgSource, n_samples: int) -> list[Chunk]:
    chunks: list[Chunk] = []
    async with asyncio.timeout(PATIENCE_S):
        async for chunk in source.chunks():
            chunks.append(chunk)
            if sum(len(each.samples) for each in chunks) >= n_samples:
                break
    return chunks


def joined(chunks: list[Chunk]) -> NDArray[np.float64]:
    return np.concatenate([chunk.samples for chunk in chunks])


async def test_a_recording_reaches_our_driver_whole_and_the_verb_ends(recording_file: Path) -> None:
    with emulate("efferent", "--recording", str(recording_file), "--repetitions", "2", "--linger", "0.2") as verb:
        source = SerialSource(verb.first_line())
        info = await source.open()
        chunks = await chunks_of(source, 150)
        assert verb.ended() == (0, "")
        with pytest.raises(SourceLostError):
            await chunks_of(source, 1)
        await source.close()
    assert (info.name, info.labels, info.unit) == ("armband", ("left", "right"), Unit.ARBITRARY)
    assert chunks[0].first_index == 0
    np.testing.assert_array_equal(joined(chunks), np.arange(150, 300)[:, np.newaxis] * [1.0, -1.0])


async def test_a_looped_recording_reaches_our_lsl_driver(recording_file: Path) -> None:
    name = f"verb-test-{os.getpid()}"
    with emulate("lsl", "--recording", str(recording_file), "--loop", "--name", name, "--source-id", name) as verb:
        assert verb.first_line() == name
        source = LslSource(name, source_id=name)
        info = await source.open()
        left = joined(await chunks_of(source, 400))[:, 0]
        await source.close()
        verb.process.terminate()
        assert verb.ended() == (0, "")
    assert info.labels == ("left", "right")
    np.testing.assert_array_equal(np.diff(left) % 300, 1)


async def test_a_person_leads_it_by_lines_on_stdin(tmp_path: Path) -> None:
    link = tmp_path / "emg"
    with emulate("efferent", "--control", "--link", str(link), "--seed", "3", "--samples-per-packet", "5") as verb:
        assert verb.first_line() == str(link)
        source = SerialSource(str(link))
        await source.open()
        quiet_uv = np.abs(joined(await chunks_of(source, 300))).max()
        verb.say("dance")
        assert "'dance' is not understood; say one of: intent MOTION [EFFORT], unplug" in verb.complaint()
        verb.say("intent hand_close 3")
        assert "between 0 and 1, not 3" in verb.complaint()
        verb.say("intent hand_close 0.9")
        loud_uv = np.abs(joined(await chunks_of(source, 1000))[500:]).max()
        assert loud_uv > 10 * quiet_uv
        verb.say("lift 1")
        assert "this emulator plays no muscles; start it with --wearer FILE" in verb.complaint()
        verb.say("unplug")
        with pytest.raises(SourceLostError):
            await chunks_of(source, 10**6)
        assert not link.is_symlink()
        verb.say("plug")
        await until_there(link)
        await source.open()
        assert len(await chunks_of(source, 10)) > 0
        await source.close()
        verb.say("quit")
        assert verb.ended() == (0, "")
    assert not link.is_symlink()


async def test_the_muscles_of_a_wearers_file_reach_our_driver() -> None:
    with emulate("efferent", "--control", "--wearer", SIX_SITES, "--samples-per-packet", "5") as verb:
        source = SerialSource(verb.first_line())
        info = await source.open()
        assert info.channel_count == 6
        assert info.labels[4] == "brachialis"
        await chunks_of(source, 300)
        verb.say("intent pronation 0.9")
        rms_uv = joined(await chunks_of(source, 1500))[700:].std(axis=0)
        assert int(np.argmax(rms_uv)) == 4
        assert rms_uv[4] > 50.0
        verb.say("shift 0 0 7")
        assert "there is no site 7; there are 1 to 6" in verb.complaint()
        verb.say("lift 1")
        assert joined(await chunks_of(source, 1500))[700:, 0].std() > 200.0
        await source.close()
        verb.say("quit")
        assert verb.ended() == (0, "")


async def until_there(path: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        await asyncio.sleep(0.01)


def test_both_ways_out_are_named_path_first(tmp_path: Path) -> None:
    link = tmp_path / "emg"
    with emulate("both", "--link", str(link), "--name", "verb-both", "--control") as verb:
        assert [verb.first_line(), verb.first_line()] == [str(link), "verb-both"]
        assert verb.ended() == (0, ""), "the end of stdin ends it"


@pytest.mark.parametrize("device", [name for name in EMULATED if name != "efferent"])
async def test_every_device_is_emulated_under_its_name(device: str) -> None:
    with emulate(device) as verb:
        source = SerialSource(verb.first_line(), protocol_of(device))
        info = await source.open()
        samples = joined(await chunks_of(source, round(info.rate_hz / 4)))
        await source.close()
        verb.process.terminate()
        assert verb.ended() == (0, "")
    assert samples.shape[1] == info.channel_count
    assert np.all(np.abs(samples) <= info.full_scale)
    assert np.all(samples.std(axis=0) > 0), "every channel has a signal"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_quietly_and_takes_its_link_away(number: signal.Signals, tmp_path: Path) -> None:
    link = tmp_path / "emg"
    with emulate("--link", str(link)) as verb:
        assert verb.first_line() == str(link)
        assert link.exists()
        verb.process.send_signal(number)
        assert verb.ended() == (0, "")
    assert not link.is_symlink()


async def test_a_killed_emulator_is_a_lost_device() -> None:
    with emulate("--generator", "--channels", "2", "--rate", "2000") as verb:
        source = SerialSource(verb.first_line())
        info = await source.open()
        assert (info.channel_count, info.rate_hz, info.unit) == (2, 2000.0, Unit.MICROVOLT)
        await chunks_of(source, 10)
        verb.process.kill()
        with pytest.raises(SourceLostError):
            await chunks_of(source, 10**6)
        await source.close()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--recording", "/no/such/file.npz"], "/no/such/file.npz cannot be read"),
        (["--samples-per-packet", "0"], "1 to 255 samples, not 0"),
        (["--byte-loss", "2"], "below 1, not 2"),
        (["--channels", "0"], "at least one channel"),
        (["--linger", "-1"], "--linger takes 0 seconds or more"),
        (["--link", "/"], "exists and is no link"),
        (["--wearer", "/no/such/wearer.toml"], "expected a configuration file at /no/such/wearer.toml"),
        (["spikerbox", "--wearer", SIX_SITES], "needs 6 channels or more, one for each site, not 2"),
        (["--wearer", SIX_SITES, "--months", "-1"], "0 or more, not -1"),
        (["--months", "6"], "--months belongs to --wearer"),
        (["--sitting-still"], "--sitting-still belongs to --wearer"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(arguments: list[str], message: str) -> None:
    with emulate(*arguments) as verb:
        code, complaints = verb.ended()
    assert code == 2
    assert message in complaints
    assert complaints.startswith("efferent emulate: ")
    assert complaints.count("\n") == 1
