"""BrainFlow's own clients read our emulated boards, and our driver reads them too: the same numbers, exactly scaled."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.serial_source import SerialSource
from sim.emulator.catalogue import make_voice
from sim.emulator.emulator import Emulator
from sim.emulator.pacing import Pacing
from sim.emulator.pty_device import PtyDevice
from sim.emulator.voice import DeviceVoice
from tests.rigs.known_counts import KnownCounts, known_counts

STREAM_S = 10.0
PATIENCE_S = 90.0
# Numbers of BrainFlow's boards: https://brainflow.readthedocs.io, BoardIds.
BOARDS = {"cyton": 0, "cyton_daisy": 2}
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Recorded:
    voice: DeviceVoice
    numbers: NDArray[np.float64]
    samples: NDArray[np.float64]


@contextlib.contextmanager
def emulated(name: str) -> Iterator[tuple[DeviceVoice, str]]:
    """Play known counts on a pty, from the moment at which a host starts the board."""
    voice = make_voice(name)
    device = PtyDevice(voice)
    feed = KnownCounts(voice.info, voice.uv_per_count)
    with Emulator(feed, [device], Pacing(voice.info.rate_hz), wait_for_reader=True):
        yield voice, device.address


@pytest.fixture(scope="module")
def brainflow_read(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Recorded]:
    """What BrainFlow reads from each board, both at the same time."""
    folder = tmp_path_factory.mktemp("brainflow")
    read = {}
    with contextlib.ExitStack() as stack:
        running = {}
        for name, board_id in BOARDS.items():
            voice, port = stack.enter_context(emulated(name))
            client = [sys.executable, "-m", "tests.rigs.brainflow_client"]
            arguments = [str(board_id), port, str(STREAM_S), str(folder / f"{name}.npz")]
            process = subprocess.Popen([*client, *arguments], cwd=ROOT, stderr=subprocess.PIPE, text=True)
            stack.callback(process.kill)
            running[name] = (voice, process)
        for name, (voice, process) in running.items():
            _, complaints = process.communicate(timeout=PATIENCE_S)
            assert process.returncode == 0, complaints
            saved = np.load(folder / f"{name}.npz")
            read[name] = Recorded(voice, saved["numbers"], saved["samples"])
    return read


def expected_uv(voice: DeviceVoice, n_samples: int) -> NDArray[np.float64]:
    """Return what the board sends from its start; the first half of a Daisy has no mean yet."""
    counts = known_counts(0, n_samples, voice.info.channel_count)
    counts[:1, 8:] = 0
    samples: NDArray[np.float64] = counts.astype(np.float64) * voice.uv_per_count
    return samples


@pytest.mark.parametrize("name", BOARDS)
def test_brainflow_reads_every_sample_of_the_emulated_board_exactly_scaled(
    name: str, brainflow_read: dict[str, Recorded]
) -> None:
    read = brainflow_read[name]
    step = 2 if name == "cyton_daisy" else 1
    assert len(read.samples) > 0.9 * STREAM_S * read.voice.info.rate_hz
    np.testing.assert_array_equal(read.numbers, step * np.arange(len(read.numbers)) % 256)
    np.testing.assert_allclose(read.samples, expected_uv(read.voice, len(read.samples)), rtol=1e-15, atol=0)


@pytest.mark.parametrize("name", BOARDS)
async def test_our_driver_reads_the_same_numbers(name: str, brainflow_read: dict[str, Recorded]) -> None:
    with emulated(name) as (voice, port):
        source = SerialSource(port, "cyton")
        info = await source.open()
        chunks = []
        async with asyncio.timeout(PATIENCE_S):
            async for chunk in source.chunks():
                chunks.append(chunk)
                if chunk.next_index >= info.rate_hz:
                    break
        await source.close()
        async with asyncio.timeout(PATIENCE_S):
            while voice.streaming:  # it was told to stop; a real board's battery would be empty in the morning
                await asyncio.sleep(0.01)
    samples = np.concatenate([chunk.samples for chunk in chunks])
    first = 1 if name == "cyton_daisy" else 0  # we leave out the sample of which half is not true; BrainFlow does not
    assert (info.channel_count, info.rate_hz) == (voice.info.channel_count, voice.info.rate_hz)
    assert [chunk.lost_before for chunk in chunks] == [0] * len(chunks)
    theirs = brainflow_read[name].samples[first : first + len(samples)]
    np.testing.assert_allclose(samples, theirs, rtol=1e-15, atol=0)
    np.testing.assert_array_equal(samples, expected_uv(voice, first + len(samples))[first:])
