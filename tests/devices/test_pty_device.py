"""The emulated serial device as a reader sees it, on real pseudo-terminals; no thread, so no waiting."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sim.emulator.byte_loss import ByteLoss
from sim.emulator.pty_device import PtyDevice
from sim.emulator.voices.efferent import EfferentVoice
from sim.errors import SimError
from tests.devices.port_reader import INFO, any_counts, reader_of


@pytest.fixture
def device() -> Iterator[PtyDevice]:
    made = PtyDevice(EfferentVoice(INFO, 1.0))
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
            assert (reader.blocks[-1].newest_ticks - before_us) % (1 << 32) <= after_us - before_us
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
    device = PtyDevice(EfferentVoice(INFO, 1.0), byte_loss=ByteLoss(0.02, seed=1))
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
    device = PtyDevice(EfferentVoice(INFO, 1.0), link)
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
    first, second = PtyDevice(EfferentVoice(INFO, 1.0), link), PtyDevice(EfferentVoice(INFO, 1.0), link)
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
        PtyDevice(EfferentVoice(INFO, 1.0), link).plug()
    with pytest.raises(SimError, match="choose a folder you may write"):
        PtyDevice(EfferentVoice(INFO, 1.0), tmp_path / "missing" / "emg").plug()
    assert link.read_text() == "precious"


def test_a_hosts_last_words_are_heard_and_not_left_to_the_next() -> None:
    device = PtyDevice(EfferentVoice(INFO, 1.0))
    device.plug()
    for hosts in (1, 2):
        port = os.open(device.address, os.O_RDWR | os.O_NOCTTY)
        device.attend(time.monotonic_ns())
        os.write(port, b"bye\n")
        os.close(port)
        device.attend(time.monotonic_ns())
        assert device.counters.unknown_commands == hosts
    device.unplug()


def test_a_device_with_a_buffer_keeps_what_the_pty_does_not_take_and_drops_whole_packets_beyond() -> None:
    device = PtyDevice(EfferentVoice(INFO, 1.0), buffer_bytes=30_000)
    device.plug()
    counts = any_counts(30_000)
    with reader_of(device.address) as reader:
        device.attend(0)
        for start in range(0, 30_000, 100):
            device.send(counts[start : start + 100], 10)
        while reader.read():
            device.attend(0)
        device.send(counts[:10], 10)
        reader.read_all()
        dropped = device.counters.dropped_packets
        assert reader.parser.health.lost_samples == 10 * dropped > 0
        assert reader.parser.health.bad_frames == 0
        assert len(reader.samples) == 30_010 - 10 * dropped
        assert len(reader.samples) > 30_000 / 10  # more than the pty alone holds
    device.unplug()
