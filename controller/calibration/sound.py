"""How the motions of a recording sound, measured with the statistics that run live."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from controller.calibration.batch import hops_of
from controller.emg.channel_statistics import ChannelStatistics
from controller.emg.muscle_sound import FEWEST_STRONG, LEAST_HEARD, LEAST_STRONG, MuscleSound, hear
from controller.emg.rest_baseline import RestBaseline
from drivers.recordings.recording import Recording


def measure_sound(
    recording: Recording, wanted: NDArray[np.bool_], rest: RestBaseline, hop_samples: int, window_hops: int
) -> MuscleSound | None:
    """Measure the windows that end on a row of `wanted` [n]; None where no channel stands out of its noise in any.

    Windows with a sample that is no number are left out.
    """
    info = recording.info
    statistics = ChannelStatistics(info.channel_count, info.rate_hz, hop_samples, window_hops, info.full_scale)
    noise_power, bad = np.ascontiguousarray(rest.noise_rms**2), np.zeros(info.channel_count, dtype=np.bool_)
    heard, numbers, found = np.zeros(info.channel_count), np.zeros(5), []
    edges = [0, *(np.flatnonzero(np.diff(recording.segment)) + 1).tolist(), len(recording)]
    for start, end in pairwise(edges):
        statistics.reset()
        for hop in hops_of(recording, start, end, hop_samples):
            if not np.isfinite(hop.block).all():
                statistics.reset()
                continue
            statistics.update(hop.block)
            if statistics.ready and wanted[hop.newest_index]:
                hear(statistics, noise_power, bad, heard, numbers)
                if numbers[1] > LEAST_HEARD:
                    found.append(numbers.copy())
    if not found:
        return None
    seen = np.array(found)
    strong = seen[seen[:, 3] > LEAST_STRONG, 2]
    ratio = float(seen[:, 0].mean())
    return MuscleSound(
        ratio,
        float(seen[:, 0].std()),
        float(strong.mean()) if len(strong) >= FEWEST_STRONG else ratio,
        float(seen[:, 4].mean()),
        float(seen[:, 4].std()),
    )
