"""Every source keeps what the conformance suite asks, with a device that really is there."""

import contextlib
import itertools
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from drivers.conformance import EmgSourceConformance, PlayedDevice
from drivers.lsl_merged_source import LslMergedSource
from drivers.lsl_source import LslSource
from drivers.plug_ins import plug_ins
from drivers.protocols.catalogue import PROTOCOLS
from drivers.recordings.own_npz import save_recording
from drivers.recordings.recording import Recording
from drivers.registry import GROUP
from drivers.replay_source import ReplaySource
from drivers.serial_source import SerialSource
from drivers.source import EmgSource, StreamInfo
from tests.rigs.played import played_lsl, played_lsl_pair, played_serial

NUMBERS = itertools.count()
# Sensors that are named need not be listened for, a second at each of many openings.
OPTIONS = {"umyo": {"sensors": [f"{0x5A0C11E0 + place:08x}" for place in range(4)]}}


def test_every_driver_of_ours_is_tried_below() -> None:
    ours = {plug_in.name for plug_in in plug_ins(GROUP) if plug_in.package == "efferent"}
    assert ours == {"serial", "lsl", "lsl_merged", "replay"}


class TestEverySerialDevice(EmgSourceConformance):
    @pytest.fixture(autouse=True, params=PROTOCOLS)
    def _choose(self, request: pytest.FixtureRequest) -> None:
        self.name: str = request.param

    def device(self) -> AbstractContextManager[PlayedDevice]:
        options = OPTIONS.get(self.name, {})
        return played_serial(self.name, lambda port: SerialSource(port, self.name, options=options))


class TestLsl(EmgSourceConformance):
    def device(self) -> AbstractContextManager[PlayedDevice]:
        name = f"conformance-{os.getpid()}-{next(NUMBERS)}"
        return played_lsl(name, lambda found: LslSource(found, source_id=name, resolve_timeout_s=2.0))


class TestMergedLsl(EmgSourceConformance):
    def device(self) -> AbstractContextManager[PlayedDevice]:
        names = (f"conformance-{os.getpid()}-{next(NUMBERS)}", f"conformance-{os.getpid()}-{next(NUMBERS)}")
        streams = [{"name": name} for name in names]
        return played_lsl_pair(names, lambda _: LslMergedSource(streams, resolve_timeout_s=2.0))


@dataclass(slots=True)
class PlayedFile:
    path: Path

    def source(self) -> EmgSource:
        return ReplaySource(self.path)

    def unplug(self) -> None:
        raise AssertionError("a file cannot be unplugged")

    plug = unplug


class TestReplay(EmgSourceConformance):
    can_be_unplugged = False

    @pytest.fixture(autouse=True)
    def _record(self, tmp_path: Path) -> None:
        ones = np.ones(20_000, dtype=np.int64)
        samples = np.arange(20_000.0)[:, np.newaxis] * [1, -1]
        self.path = tmp_path / "twenty_seconds.npz"
        info = StreamInfo("armband", 2, 1000.0)
        recording = Recording(
            info=info,
            samples=samples,
            class_names=("rest", "hand_close"),
            class_of_sample=ones,
            repetition=ones,
            session=ones,
            segment=0 * ones,
        )
        save_recording(recording, self.path)

    @contextlib.contextmanager
    def device(self) -> Iterator[PlayedDevice]:
        yield PlayedFile(self.path)
