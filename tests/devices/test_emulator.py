"""The emulator with its thread: a real pseudo-terminal and a real LSL outlet, one feed."""

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.lsl_library import load_pylsl
from drivers.recordings.recording import Recording
from sim.emg.generator import WearerSignal
from sim.emulator.emulator import Emulator
from sim.emulator.feed import RecordingFeed, WearerFeed
from sim.emulator.lsl_device import LslDevice
from sim.emulator.pacing import Pacing
from sim.emulator.pty_device import PtyDevice
from sim.emulator.voices.efferent import EfferentVoice
from sim.errors import SimError
from tests.devices.port_reader import INFO, PATIENCE_S, any_counts, reader_of


def recording_of(counts: NDArray[np.int32]) -> Recording:
    nothing = np.zeros(len(counts), dtype=np.int64)
    return Recording(INFO, counts.astype(np.float64), ("rest",), nothing, nothing, nothing, nothing)


def test_a_recording_waits_for_its_reader_and_arrives_whole() -> None:
    counts = any_counts(305)
    feed = RecordingFeed(recording_of(counts))
    device = PtyDevice(EfferentVoice(feed.info, feed.scale))
    log = np.zeros((1000, 2), dtype=np.int64)
    pacing = Pacing(2000.0, samples_per_packet=10)
    with Emulator(feed, [device], pacing, wait_for_reader=True, write_log=log) as emulator:
        assert not emulator.wait_ended(0.1)
        with reader_of(device.address) as reader:
            reader.say(b"describe\n")
            reader.read_until_samples(305)
            arrived_ns = time.monotonic_ns()
            assert emulator.wait_ended(PATIENCE_S)
    assert emulator.samples_taken == 305
    assert reader.blocks[0].first_index == 0
    np.testing.assert_array_equal(reader.samples, counts)
    log = log[: emulator.logged_packets]
    assert log[:, 0].tolist() == [*range(9, 300, 10), 304]
    assert np.diff(log[:, 1]).min() >= 0
    assert log[-1, 1] < arrived_ns
    device_time_ns = reader.blocks[-1].newest_ticks * 1000
    assert 0 <= (log[-1, 1] - device_time_ns) % (1000 << 32) < PATIENCE_S * 1e9


def test_unplugging_hangs_up_and_plugging_in_starts_anew(tmp_path: Path) -> None:
    feed = WearerFeed(WearerSignal(3, 2000.0))
    device = PtyDevice(EfferentVoice(feed.info, feed.scale), tmp_path / "emg")
    with Emulator(feed, [device], Pacing(2000.0, 10)) as emulator:
        with reader_of(device.address) as reader:
            reader.read_until_samples(100)
            emulator.unplug()
            reader.wait_for_hang_up()
        emulator.unplug()
        emulator.plug()
        with reader_of(device.address) as again:
            again.read_until_samples(100)
    assert again.descriptions[0].info == reader.descriptions[0].info
    assert again.descriptions[0].boot == (reader.descriptions[0].boot + 1) % 256
    assert not (tmp_path / "emg").is_symlink()


def test_serial_and_lsl_carry_the_same_samples_from_the_first_on() -> None:
    pylsl = load_pylsl("machine")
    counts = any_counts(600)
    feed = RecordingFeed(recording_of(counts), name="emulator-test", source_id=f"emulator-test-{os.getpid()}")
    serial, lsl = PtyDevice(EfferentVoice(feed.info, feed.scale)), LslDevice(feed.info, feed.scale)
    with Emulator(feed, [serial, lsl], Pacing(2000.0, 10), wait_for_reader=True) as emulator:
        with reader_of(serial.address) as reader:
            reader.say(b"describe\n")
            inlet = open_inlet(pylsl, feed.info.source_id)
            info = inlet.info()
            reader.read_until_samples(600)
            samples, stamps = pull(inlet, 600)
        assert emulator.wait_ended(PATIENCE_S)
    assert (info.name(), info.type(), info.nominal_srate()) == ("emulator-test", "EMG", 2000.0)
    assert info.get_channel_labels() == ["a", "b", "c"]
    assert info.get_channel_units() == ["arbitrary"] * 3
    np.testing.assert_array_equal(samples, counts)
    np.testing.assert_array_equal(reader.samples, counts)
    assert np.diff(stamps[9::10]).min() > 0, "packets are stamped in their order"
    assert 0 <= pylsl.local_clock() - stamps[-1] < PATIENCE_S


def open_inlet(pylsl: Any, source_id: str) -> Any:
    [found] = pylsl.resolve_byprop("source_id", source_id, timeout=PATIENCE_S)
    inlet = pylsl.StreamInlet(found, recover=False)
    inlet.open_stream(PATIENCE_S)
    return inlet


def pull(inlet: Any, n_samples: int) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    parts: list[Any] = []
    stamps: list[float] = []
    deadline = time.monotonic() + PATIENCE_S
    while len(stamps) < n_samples and time.monotonic() < deadline:
        part, times = inlet.pull_chunk(timeout=0.2, max_samples=n_samples, min_samples=1, as_numpy=True)
        parts.append(np.array(part))
        stamps.extend(times)
    return np.concatenate(parts), np.array(stamps)


def test_an_unplugged_stream_is_lost_to_its_inlet() -> None:
    pylsl = load_pylsl("machine")
    feed = WearerFeed(WearerSignal(3), source_id=f"emulator-lost-{os.getpid()}")
    device = LslDevice(feed.info, feed.scale)
    with Emulator(feed, [device], Pacing(1000.0, 10)) as emulator:
        inlet = open_inlet(pylsl, feed.info.source_id)
        assert len(pull(inlet, 10)[0]) >= 10
        emulator.unplug()
        with pytest.raises(pylsl.util.LostError):
            pull(inlet, 10**6)
        emulator.plug()
        assert len(pull(open_inlet(pylsl, feed.info.source_id), 10)[0]) >= 10


def test_orders_are_done_before_the_call_returns_and_refusals_reach_the_caller() -> None:
    feed = WearerFeed(WearerSignal(3))
    with Emulator(feed, [PtyDevice(EfferentVoice(feed.info, feed.scale))], Pacing(1000.0)) as emulator:
        emulator.set_lumps(20.0)
        assert emulator.pacing.lump_ms == 20.0
        emulator.set_intent("hand_close", 0.5)
        with pytest.raises(SimError, match="no motion 'fist'"):
            emulator.set_intent("fist")
        with pytest.raises(SimError, match="0 to 10000 ms"):
            emulator.set_lumps(-1.0)
        emulator.finish()
        assert emulator.wait_ended(0)
    emulator.stop()
    with pytest.raises(SimError, match="not running; start it first"):
        emulator.set_lumps(0.0)


class BrokenFeed(WearerFeed):
    def next_counts(self, n_samples: int) -> NDArray[np.int32]:
        raise OSError(f"no {n_samples} samples today")


def test_a_failure_unplugs_the_device_and_is_raised_by_stop() -> None:
    feed = BrokenFeed(WearerSignal(3))
    device = PtyDevice(EfferentVoice(feed.info, feed.scale))
    emulator = Emulator(feed, [device], Pacing(1000.0), wait_for_reader=True)
    emulator.start()
    with reader_of(device.address) as reader:
        reader.say(b"describe\n")
        assert emulator.wait_ended(PATIENCE_S)
        reader.wait_for_hang_up()
    with pytest.raises(OSError, match=r"no \d+ samples today"):
        emulator.stop()
    emulator.stop()


def test_a_device_that_cannot_appear_takes_the_others_back(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    feed = WearerFeed(WearerSignal(3))
    devices = [
        PtyDevice(EfferentVoice(feed.info, feed.scale), tmp_path / "emg"),
        PtyDevice(EfferentVoice(feed.info, feed.scale), blocked),
    ]
    emulator = Emulator(feed, devices, Pacing(1000.0))
    with pytest.raises(SimError, match="exists and is no link"):
        emulator.start()
    assert not (tmp_path / "emg").is_symlink()
    emulator.stop()
