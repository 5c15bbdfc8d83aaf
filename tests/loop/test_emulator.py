"""The emulated device as a reader sees it: real pseudo-terminals, a real LSL outlet."""

import contextlib
import os
import select
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.lsl_library import load_pylsl
from drivers.protocols.efferent_frame import DataBlock, EfferentParser
from drivers.protocols.efferent_packet import Description
from drivers.recordings.recording import Recording
from drivers.source import StreamInfo, Unit
from sim.emg.generator import WearerSignal
from sim.emulator.byte_loss import ByteLoss
from sim.emulator.emulator import Emulator
from sim.emulator.feed import RecordingFeed, WearerFeed
from sim.emulator.lsl_device import LslDevice
from sim.emulator.pacing import Pacing
from sim.emulator.pty_device import PtyDevice
from sim.errors import SimError

INFO = StreamInfo("armband", 3, 2000.0, Unit.ARBITRARY, ("a", "b", "c"), "test-1")
PATIENCE_S = 5.0


def any_counts(n_samples: int, seed: int = 0) -> NDArray[np.int32]:
    """All of the 24-bit range, so that every byte value crosses the line."""
    return np.random.default_rng(seed).integers(-(1 << 23) + 1, 1 << 23, (n_samples, 3), dtype=np.int32)


def recording_of(counts: NDArray[np.int32]) -> Recording:
    nothing = np.zeros(len(counts), dtype=np.int64)
    return Recording(INFO, counts.astype(np.float64), ("rest",), nothing, nothing, nothing, nothing)


class PortReader:
    """Reads a port as a plain program would: opens the path, sets nothing, decodes with our parser."""

    def __init__(self, path: str) -> None:
        self.parser = EfferentParser()
        self.descriptions: list[Description] = []
        self.blocks: list[DataBlock] = []
        self.hung_up = False
        self._port = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)

    def say(self, words: bytes) -> None:
        os.write(self._port, words)

    def read(self) -> bool:
        """Take what is there; False when nothing is."""
        try:
            data = os.read(self._port, 1 << 16)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        self.hung_up = self.hung_up or data == b""
        for event in self.parser.feed(data):
            if isinstance(event, Description):
                self.descriptions.append(event)
            elif isinstance(event, DataBlock):
                self.blocks.append(event)
        return data != b""

    def read_all(self) -> None:
        """Take everything that was written before, all of which the pty delivers within some milliseconds."""
        while select.select([self._port], [], [], 0.05)[0] and self.read():
            pass

    def read_until_samples(self, n_samples: int) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while len(self.samples) < n_samples:
            assert time.monotonic() < deadline, f"{len(self.samples)} of {n_samples} samples came"
            if select.select([self._port], [], [], 0.1)[0]:
                self.read()

    def wait_for_hang_up(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not self.hung_up:
            assert time.monotonic() < deadline, "no hang-up"
            select.select([self._port], [], [], 0.1)
            self.read()

    @property
    def samples(self) -> NDArray[np.float64]:
        return np.concatenate([np.empty((0, 3)), *(block.samples for block in self.blocks)])

    def close(self) -> None:
        os.close(self._port)


@contextlib.contextmanager
def reader_of(path: str) -> Iterator[PortReader]:
    reader = PortReader(path)
    try:
        yield reader
    finally:
        reader.close()


@pytest.fixture
def device() -> Iterator[PtyDevice]:
    made = PtyDevice(INFO, 1.0)
    made.plug()
    yield made
    made.unplug()


def test_what_is_sent_arrives_bit_by_bit(device: PtyDevice) -> None:
    counts = any_counts(700)
    with reader_of(device.address) as reader:
        device.attend(0)
        for start in range(0, 700, 350):
            before_us = time.monotonic_ns() // 1000
            device.send(counts[start : start + 350], 10)
            after_us = time.monotonic_ns() // 1000
            reader.read_all()
            assert (reader.blocks[-1].device_time_us - before_us) % (1 << 32) <= after_us - before_us
    assert reader.descriptions[0].info == INFO
    assert reader.blocks[0].first_index == 0
    np.testing.assert_array_equal(reader.samples, counts)
    assert (reader.parser.health.bad_frames, reader.parser.health.lost_samples) == (0, 0)


def test_describes_itself_when_opened_when_asked_and_every_second(device: PtyDevice) -> None:
    second_ns = 1_000_000_000
    with reader_of(device.address) as reader:
        now_ns = time.monotonic_ns()
        device.attend(now_ns)
        device.attend(now_ns + second_ns - 1)
        assert device.counters.descriptions == 1
        device.attend(now_ns + second_ns)
        assert device.counters.descriptions == 2
        reader.say(b"descr")
        device.attend(now_ns + second_ns + 1)
        heard_half = device.has_reader
        reader.say(b"ibe\nplease\n")
        device.attend(now_ns + second_ns + 2)
        assert (heard_half, device.has_reader) == (False, True)
        assert (device.counters.descriptions, device.counters.unknown_commands) == (3, 1)


def test_nobody_listening_costs_nothing_and_the_index_goes_on(device: PtyDevice) -> None:
    counts = any_counts(60)
    device.attend(0)
    device.send(counts[:50], 10)
    assert device.counters.unheard_samples == 50
    with reader_of(device.address) as reader:
        device.attend(0)
        device.send(counts[50:], 10)
        reader.read_all()
    assert reader.blocks[0].first_index == 50
    np.testing.assert_array_equal(reader.samples, counts[50:])


def test_a_reader_that_does_not_read_loses_whole_packets(device: PtyDevice) -> None:
    with reader_of(device.address) as reader:
        device.attend(0)
        sent = 0
        while device.counters.dropped_packets < 20:
            device.send(any_counts(1, seed=sent), 1)
            sent += 1
            assert sent < 100_000
        reader.read_all()
        device.send(any_counts(1, seed=sent), 1)
        reader.read_all()
        assert reader.parser.health.bad_frames == 0
        assert reader.parser.health.lost_samples == device.counters.dropped_packets
        kept = np.concatenate([any_counts(1, seed=k) for k in (*range(sent - 20), sent)])
        np.testing.assert_array_equal(reader.samples, kept)


def test_what_one_reader_left_the_next_does_not_get(device: PtyDevice) -> None:
    with reader_of(device.address):
        device.attend(0)
        while not device.counters.dropped_packets:
            device.send(any_counts(10), 10)
    device.attend(0)
    with reader_of(device.address) as reader:
        device.attend(0)
        device.send(any_counts(10), 10)
        reader.read_all()
    assert len(reader.samples) == 10
    assert reader.parser.health.discarded_bytes == 0


def test_every_run_counts_from_zero_under_its_own_number(device: PtyDevice) -> None:
    boots = []
    for _ in range(3):
        with reader_of(device.address) as reader:
            device.attend(0)
            device.send(any_counts(10), 10)
            reader.read_all()
        assert [block.first_index for block in reader.blocks] == [0]
        boots.append(reader.descriptions[0].boot)
        device.unplug()
        device.plug()
    assert boots == [(boots[0] + k) % 256 for k in range(3)]


def test_a_bad_line_loses_bytes_and_says_how_many() -> None:
    device = PtyDevice(INFO, 1.0, byte_loss=ByteLoss(0.02, seed=1))
    device.plug()
    with reader_of(device.address) as reader:
        device.attend(0)
        for _ in range(4):
            device.send(any_counts(50), 5)
            device.attend(time.monotonic_ns() + 10**10)
            reader.read_all()
    device.unplug()
    assert device.counters.lost_bytes > 20
    assert reader.parser.health.bad_frames > 5
    assert reader.parser.health.lost_samples > 0


def test_a_link_follows_the_device_and_goes_with_it(tmp_path: Path) -> None:
    link = tmp_path / "emg"
    device = PtyDevice(INFO, 1.0, link)
    device.plug()
    assert device.address == str(link)
    first = link.readlink()
    held = os.open(first, os.O_RDWR | os.O_NOCTTY)  # so that its name is not given away again
    device.unplug()
    assert not link.is_symlink()
    device.plug()
    os.close(held)
    assert link.readlink() != first
    assert link.resolve().is_char_device()
    device.unplug()
    assert list(tmp_path.iterdir()) == []


def test_a_link_that_someone_else_took_over_is_left_alone(tmp_path: Path) -> None:
    link = tmp_path / "emg"
    first, second = PtyDevice(INFO, 1.0, link), PtyDevice(INFO, 1.0, link)
    first.plug()
    second.plug()
    first.unplug()
    assert link.resolve().is_char_device()
    second.unplug()
    assert not link.is_symlink()


def test_a_link_never_replaces_a_file(tmp_path: Path) -> None:
    link = tmp_path / "emg"
    link.write_text("precious")
    with pytest.raises(SimError, match="exists and is no link"):
        PtyDevice(INFO, 1.0, link).plug()
    with pytest.raises(SimError, match="choose a folder you may write"):
        PtyDevice(INFO, 1.0, tmp_path / "missing" / "emg").plug()
    assert link.read_text() == "precious"


def test_a_recording_waits_for_its_reader_and_arrives_whole() -> None:
    counts = any_counts(305)
    feed = RecordingFeed(recording_of(counts))
    device = PtyDevice(feed.info, feed.scale)
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
    device_time_ns = reader.blocks[-1].device_time_us * 1000
    assert 0 <= (log[-1, 1] - device_time_ns) % (1000 << 32) < PATIENCE_S * 1e9


def test_unplugging_hangs_up_and_plugging_in_starts_anew(tmp_path: Path) -> None:
    feed = WearerFeed(WearerSignal(3, 2000.0))
    device = PtyDevice(feed.info, feed.scale, tmp_path / "emg")
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
    serial, lsl = PtyDevice(feed.info, feed.scale), LslDevice(feed.info, feed.scale)
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
    with Emulator(feed, [PtyDevice(feed.info, feed.scale)], Pacing(1000.0)) as emulator:
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
    device = PtyDevice(feed.info, feed.scale)
    emulator = Emulator(feed, [device], Pacing(1000.0))
    emulator.start()
    with reader_of(device.address) as reader:
        assert emulator.wait_ended(PATIENCE_S)
        reader.wait_for_hang_up()
    with pytest.raises(OSError, match="no 1 samples today"):
        emulator.stop()
    emulator.stop()


def test_a_device_that_cannot_appear_takes_the_others_back(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    feed = WearerFeed(WearerSignal(3))
    devices = [PtyDevice(feed.info, feed.scale, tmp_path / "emg"), PtyDevice(feed.info, feed.scale, blocked)]
    emulator = Emulator(feed, devices, Pacing(1000.0))
    with pytest.raises(SimError, match="exists and is no link"):
        emulator.start()
    assert not (tmp_path / "emg").is_symlink()
    emulator.stop()
