"""Record a wearer who follows prompts."""

import asyncio
import time
from collections.abc import Callable, Sequence

import numpy as np

from controller.calibration.prompts import Prompt
from controller.contract.calibration import TAKE_POSITION
from controller.errors import CalibrationError
from controller.rest_class import REST
from drivers.chunk import Chunk
from drivers.recordings.recording import Recording
from drivers.source import EmgSource, StreamInfo


async def record_prompted(
    source: EmgSource,
    info: StreamInfo,
    prompts: Sequence[Prompt],
    on_time: Callable[[float, Prompt], None],
) -> Recording:
    """Record from an open source while `prompts` run; `on_time` is told the time and prompt about every chunk.

    Each sample gets the class that was asked for when it was taken. Raises `SourceLostError` when the device goes.
    """
    chunks: list[Chunk] = []
    begin_ns = time.monotonic_ns()
    end_s = prompts[-1].end_s

    async def read() -> bool:
        position = 0
        async for chunk in source.chunks():
            chunks.append(chunk)
            now_s = (chunk.newest_t_ns - begin_ns) * 1e-9
            while position < len(prompts) - 1 and prompts[position].end_s <= now_s:
                position += 1
            on_time(now_s, prompts[position])
            if now_s >= end_s:
                return True
        return False

    try:
        complete = await asyncio.wait_for(read(), end_s + 5.0)
    except TimeoutError as error:
        raise CalibrationError(
            "the device stopped sending during the prompts; check its cable and begin again"
        ) from error
    if not complete:
        raise CalibrationError("the device's stream ended before the last prompt; nothing was fitted, begin again")
    return labelled(chunks, info, prompts, begin_ns)


def labelled(chunks: Sequence[Chunk], info: StreamInfo, prompts: Sequence[Prompt], begin_ns: int) -> Recording:
    """Return what was recorded from `begin_ns` on (monotonic clock); each sample gets what was asked for then.

    Samples that are no numbers, and those taken while the arm was brought into a position, are left out like lost ones.
    """
    samples = np.vstack([chunk.samples for chunk in chunks])
    taken_s = np.concatenate(
        [
            (chunk.newest_t_ns - begin_ns) * 1e-9 - np.arange(len(chunk.samples) - 1, -1, -1) / info.rate_hz
            for chunk in chunks
        ]
    )
    lost = np.concatenate([[chunk.lost_before] + [0] * (len(chunk.samples) - 1) for chunk in chunks])
    class_names = (REST, *dict.fromkeys(prompt.class_name for prompt in prompts if prompt.is_motion))
    which = np.searchsorted([prompt.end_s for prompt in prompts[:-1]], taken_s, side="right")
    # A sample that is no number is as good as lost: no window may reach over it.
    usable = np.array([prompt.class_name != TAKE_POSITION for prompt in prompts])[which]
    usable &= np.isfinite(samples).all(axis=1)
    lost[1:] += ~usable[:-1]
    within = (taken_s >= 0) & (taken_s < prompts[-1].end_s) & usable
    named = [prompt.class_name if prompt.is_motion else REST for prompt in prompts]
    return Recording(
        info,
        np.ascontiguousarray(samples[within]),
        class_names,
        np.array([class_names.index(name) for name in named])[which][within],
        np.array([prompt.repetition for prompt in prompts])[which][within],
        np.ones(int(within.sum()), dtype=np.int64),
        np.cumsum((lost > 0).astype(np.int64))[within],
    )
