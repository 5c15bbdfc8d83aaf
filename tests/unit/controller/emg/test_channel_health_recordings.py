from pathlib import Path

import numpy as np
import pytest

from controller.emg.channel_fault import ChannelFault
from controller.emg.channel_health import HealthMonitor
from controller.emg.rest_baseline import measure_rest
from drivers.recordings.load import load_recording

HOP, HOPS = 2, 20
# Share of hops per channel with a fault that makes it bad. Measured: at most 0.0005 (real hum and real movements).
FALSE_ALARMS = 0.001


@pytest.mark.recordings
@pytest.mark.parametrize("person", ["P01", "P02", "P03", "P04", "P05", "P06"])
def test_real_rests_and_motions_on_eight_bits_are_good(recordings_dir: Path, person: str) -> None:
    recording = load_recording(recordings_dir / "myo_readings" / f"{person}.npz").select(sessions=(2,))
    rest = recording.samples[recording.segment == recording.segment[0]]
    monitor = HealthMonitor(measure_rest(rest, 200.0, 127.0, 1.0), 200.0, HOP, HOPS)
    channel_hops = bad = 0
    seen = ChannelFault.GOOD
    for segment in np.unique(recording.segment):
        monitor.reset()
        samples = recording.samples[recording.segment == segment]
        for first in range(0, len(samples) - HOP + 1, HOP):
            bad += monitor.observe(samples[first : first + HOP])
            channel_hops += recording.info.channel_count
            seen |= ChannelFault(int(np.bitwise_or.reduce(monitor.faults)))
    assert bad <= FALSE_ALARMS * channel_hops
    assert not seen & (ChannelFault.FLAT | ChannelFault.RAILED | ChannelFault.LIFTED | ChannelFault.BRIDGED)
