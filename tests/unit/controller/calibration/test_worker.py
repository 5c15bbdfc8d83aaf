"""The process that scores and fits, as a real process."""

import asyncio
import dataclasses
import os
import signal
from collections.abc import AsyncIterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from controller.calibration.fit import FitSettings, fit_model
from controller.calibration.job import MADE, RUNNING, SAMPLES, SESSION, Job, read_chunks, read_job
from controller.calibration.prompts import prompt_schedule
from controller.calibration.worker import Worker
from controller.contract.calibration_result import CalibrationResult
from controller.decoders.model import Model
from controller.decoders.model_file import load_model, save_model
from controller.errors import CalibrationError
from drivers.chunk import Chunk
from drivers.recordings.load import load_recording
from drivers.recordings.recording import Recording
from tests.unit.controller.streams import labelled_noise

PROMPTS = tuple(prompt_schedule(["hand_close", "hand_open"], 1, 1.5, 1.5))


@pytest.fixture(scope="module")
def model() -> Model:
    return fit_model(labelled_noise(), FitSettings(settle_ms=250.0), "noise")


@pytest.fixture
def folder(tmp_path: Path, model: Model) -> Path:
    save_model(model, tmp_path / RUNNING)
    return tmp_path


@pytest.fixture
async def worker(folder: Path) -> AsyncIterator[Worker]:
    one = Worker(folder)
    yield one
    await one.close()


def chunks_of(recording: Recording, rows: int = 100) -> list[Chunk]:
    """Return a session of the recording's trials, which last as long as the prompts, a last rest behind."""
    samples = np.vstack((recording.samples, recording.samples[:1500]))
    return [
        Chunk(samples[first : first + rows], round((first + rows - 1) * 1e6), first)
        for first in range(0, len(samples), rows)
    ]


def score(folder: Path, **more: object) -> Job:
    recording = labelled_noise(trials=1, seed=4)
    job = Job("score", recording.info, PROMPTS, kept=str(folder / "kept.npz"))
    return dataclasses.replace(job, **more)  # type: ignore[arg-type]


async def test_a_job_is_scored_then_fitted_elsewhere(folder: Path, worker: Worker) -> None:
    told = list[float]()
    score(folder).write(folder, chunks_of(labelled_noise(trials=1, seed=4)))
    scored = await worker.run(told.append)
    assert scored["pid"] != os.getpid()
    assert [trial["trial"] for trial in scored["trials"]] == ["rest:1", "hand_close:1", "hand_open:1"]
    assert (folder / "kept.npz").exists()
    assert told
    assert max(told) <= 1.0
    Job("fit", labelled_noise().info, adds=True, settle_ms=250.0).write(folder)
    fitted = await worker.run(told.append)
    assert fitted["fit"]["error_percent"] < 5.0
    assert "added" in load_model(folder / MADE).facts.trained_on
    assert worker.pid is None
    assert fitted["pid"] == scored["pid"]  # what it has loaded serves again
    found = CalibrationResult.model_validate({"session": "0" * 16, **fitted["result"]})
    assert found.classes == ("rest", "hand_close", "hand_open")
    assert [row.index(max(row)) for row in found.confusion] == [0, 1, 2]
    assert all(sum(row) == pytest.approx(100.0, abs=0.3) for row in found.confusion)
    apart = [np.hypot(*np.subtract(one.centre, other.centre)) for one, other in combinations(found.clouds, 2)]
    assert min(apart) > 3.0  # spreads
    assert found.closest is not None
    assert found.closest.spreads >= min(apart) - 0.1  # the map can only bring them nearer
    assert len(found.levels) == 3
    assert len(found.correlation) == 4


async def test_a_trial_is_looked_at_while_the_next_ones_are_recorded(folder: Path, worker: Worker) -> None:
    chunks = chunks_of(labelled_noise(trials=1, seed=4))
    first = dataclasses.replace(score(folder), task="look", prompts=PROMPTS[:2])
    answer = await worker.run(lambda _: None, lambda: first.write(folder, chunks[:31]))
    assert [trial["trial"] for trial in answer["trials"]] == ["rest:1", "hand_close:1"]
    assert not (folder / "kept.npz").exists()
    assert not (folder / SESSION).exists()
    with (folder / SAMPLES).open("ab") as file:
        file.write(b"what a full disk left of a first attempt")
    whole = dataclasses.replace(first, prompts=PROMPTS)
    answer = await worker.run(lambda _: None, lambda: whole.write(folder, chunks, there=31))
    looked_at = answer["trials"]
    answer = await worker.run(lambda _: None, lambda: score(folder).write(folder, chunks))
    assert answer["trials"] == looked_at  # appended or written anew: the same samples


async def test_what_is_recorded_while_the_arm_takes_a_position_teaches_nothing(folder: Path, worker: Worker) -> None:
    prompts = prompt_schedule(["hand_close"], 1, 1.5, 1.5, ("down", "up"))
    assert [prompt.class_name for prompt in prompts] == [
        "take position", "rest", "hand_close", "take position", "rest", "hand_close", "rest"
    ]  # fmt: skip
    stream = labelled_noise(trials=1, seed=4)
    parts = {"take position": np.full((3000, 4), 1e3), "rest": stream.samples[:1500]}
    parts["hand_close"] = stream.samples[1500:3000]
    samples = np.vstack([parts[prompt.class_name] for prompt in prompts])
    chunk = Chunk(samples, round((len(samples) - 1) * 1e6), 0)
    job = dataclasses.replace(score(folder), prompts=tuple(prompts))
    answer = await worker.run(lambda _: None, lambda: job.write(folder, [chunk]))
    assert [trial["trial"] for trial in answer["trials"]] == ["rest:1", "hand_close:1", "rest:2", "hand_close:2"]
    assert all(trial["verdict"] != "redo" for trial in answer["trials"])
    kept = load_recording(folder / SESSION)
    assert kept.class_names == ("rest", "hand_close")
    assert np.abs(kept.samples).max() < 1e3
    assert len(np.unique(kept.segment)) == 2


async def test_a_redone_trial_takes_its_place(folder: Path, worker: Worker) -> None:
    recording = labelled_noise(trials=1, seed=4)
    nothing = recording.samples.copy()
    nothing[1500:3000] = nothing[:1500]
    score(folder).write(folder, chunks_of(dataclasses.replace(recording, samples=nothing)))
    verdicts = {one["trial"]: one["verdict"] for one in (await worker.run(lambda _: None))["trials"]}
    assert verdicts["hand_close:1"] == "redo"
    score(folder, redone=("hand_close:1",)).write(folder, chunks_of(recording))
    verdicts = {one["trial"]: one["verdict"] for one in (await worker.run(lambda _: None))["trials"]}
    assert verdicts["hand_close:1"] != "redo"


async def test_what_cannot_be_fitted_is_one_sentence(folder: Path, worker: Worker) -> None:
    score(folder).write(folder)
    with pytest.raises(CalibrationError, match="nothing was recorded"):
        await worker.run(lambda _: None)
    flat = labelled_noise(trials=1, seed=4)
    flat.samples[:, 2] = 1.0
    score(folder).write(folder, chunks_of(flat))
    await worker.run(lambda _: None)
    Job("fit", flat.info, settle_ms=250.0).write(folder)
    with pytest.raises(CalibrationError, match="channel 3 never changes"):
        await worker.run(lambda _: None)
    Job("fit", flat.info, settle_ms=250.0, without=("hand_close:1", "hand_open:1")).write(folder)
    with pytest.raises(CalibrationError, match="only 'rest'"):
        await worker.run(lambda _: None)
    (folder / SESSION).write_bytes(b"PK")
    with pytest.raises(CalibrationError, match=r"session\.npz"):
        await worker.run(lambda _: None)


async def test_samples_that_are_no_numbers_and_a_recording_that_cannot_be_kept_leave_the_trials(
    folder: Path, worker: Worker
) -> None:
    recording = labelled_noise(trials=1, seed=4)
    recording.samples[2000:2040] = np.nan
    score(folder, kept="/proc/kept.npz").write(folder, chunks_of(recording))
    answer = await worker.run(lambda _: None)
    assert "could not be kept in /proc/kept.npz" in answer["not_kept"]
    assert len(answer["trials"]) == 3
    Job("fit", recording.info, adds=True, settle_ms=250.0).write(folder)
    assert (await worker.run(lambda _: None))["fit"]["error_percent"] < 5.0


async def test_killed_or_hanging_it_is_one_sentence_and_leaves_no_process(folder: Path, worker: Worker) -> None:
    score(folder).write(folder, chunks_of(labelled_noise(trials=1, seed=4)))
    task = asyncio.create_task(worker.run(lambda _: None))
    while worker.pid is None:
        await asyncio.sleep(0.01)
    pid = worker.pid
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(CalibrationError, match="ended before its answer"):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(CalibrationError, match="took longer than 0 s and was ended"):
        await Worker(folder, within_s=0.0).run(lambda _: None)


async def test_cancelled_it_kills_its_process(folder: Path, worker: Worker) -> None:
    score(folder).write(folder, chunks_of(labelled_noise(trials=1, seed=4)))
    task = asyncio.create_task(worker.run(lambda _: None))
    while worker.pid is None:
        await asyncio.sleep(0.01)
    pid = worker.pid
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_job_reads_as_it_was_written(tmp_path: Path) -> None:
    recording = labelled_noise(trials=1)
    job = dataclasses.replace(score(tmp_path), redone=("a:1",), without=("b:2",), adds=True, training="x")
    chunks = chunks_of(recording, 37)
    job.write(tmp_path, chunks)
    assert read_job(tmp_path) == job
    read = read_chunks(tmp_path, 4)
    assert all((one.samples == other.samples).all() for one, other in zip(read, chunks, strict=True))
    assert [(one.newest_t_ns, one.first_index) for one in read] == [
        (one.newest_t_ns, one.first_index) for one in chunks
    ]
