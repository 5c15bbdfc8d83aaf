"""What the controller hands to the process that scores and fits: one folder, with everything in it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from controller.calibration.prompts import Prompt
from drivers.chunk import Chunk
from drivers.source import StreamInfo, Unit

JOB, SAMPLES, STAMPS = "job.json", "samples.raw", "stamps.npy"
SESSION, RUNNING, MADE = "session.npz", "running.npz", "made.npz"


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done in a folder.

    `score`: label what is in `SAMPLES` and `STAMPS` by `prompts`, put it in the place of the trials `redone` of
    `SESSION` if there are any, keep it as `SESSION` and as `kept`, score each trial. `look`: the same in the middle of
    a recording, and keep nothing. `fit`: fit a model to `SESSION`
    without the trials `without`; `adds`: add that to the model in `RUNNING` instead (with the recording `training`, if
    its decoder needs it). The model goes to `MADE`.
    """

    task: Literal["score", "look", "fit"]
    info: StreamInfo
    prompts: tuple[Prompt, ...] = ()
    begin_ns: int = 0
    redone: tuple[str, ...] = ()
    kept: str = ""
    without: tuple[str, ...] = ()
    adds: bool = False
    settle_ms: float = 0.0
    training: str = ""

    def write(self, folder: Path, chunks: Sequence[Chunk] = (), there: int = 0) -> None:
        """Put the job and its samples there. Chunk by chunk, so that a thread that does so never holds others up.

        `there`: so many of the chunks are there already; what a failed attempt has left behind them goes.
        """
        whole = sum(chunk.samples.size for chunk in chunks[:there]) * np.dtype(np.float64).itemsize
        with (folder / SAMPLES).open("r+b" if there else "wb") as file:
            file.truncate(whole)
            file.seek(whole)
            for chunk in chunks[there:]:
                file.write(np.ascontiguousarray(chunk.samples).data)
        stamps = [(chunk.newest_t_ns, chunk.first_index, chunk.lost_before, len(chunk.samples)) for chunk in chunks]
        np.save(folder / STAMPS, np.array(stamps, dtype=np.int64).reshape(-1, 4), allow_pickle=False)
        (folder / JOB).write_text(json.dumps(asdict(self)), encoding="utf-8")


def read_job(folder: Path) -> Job:
    """Return the job that was put there."""
    values: dict[str, Any] = json.loads((folder / JOB).read_text(encoding="utf-8"))
    info = values.pop("info")
    info |= {"unit": Unit(info["unit"]), "labels": tuple(info["labels"])}
    values |= {name: tuple(values[name]) for name in ("redone", "without")}
    prompts = tuple(Prompt(**prompt) for prompt in values.pop("prompts"))
    return Job(info=StreamInfo(**info), prompts=prompts, **values)


def read_chunks(folder: Path, channel_count: int) -> list[Chunk]:
    """Return the samples that were put there, as they came."""
    samples = np.fromfile(folder / SAMPLES).reshape(-1, channel_count)
    chunks, first = [], 0
    for newest_t_ns, first_index, lost_before, rows in np.load(folder / STAMPS, allow_pickle=False).tolist():
        chunks.append(Chunk(samples[first : first + rows], newest_t_ns, first_index, lost_before))
        first += rows
    return chunks
