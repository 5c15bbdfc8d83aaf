"""Scores and fits in a process of its own: `python -m controller.calibration.fit_process FOLDER`.

A line on stdin: do the job that is in the folder. One line of JSON on stdout for each thing to know: `progress` (0 to
1), at the end `trials`, `fit` or `error`. It ends when its stdin does, so that it never outlives the controller.
"""

import contextlib
import json
import os
import queue
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from controller.calibration.add_session import add_session, settings_of
from controller.calibration.fit import fit_model
from controller.calibration.found import found_in
from controller.calibration.held_out import held_out_error
from controller.calibration.job import MADE, RUNNING, SESSION, Job, read_chunks, read_job
from controller.calibration.prompted import labelled
from controller.calibration.session_score import score_recording
from controller.calibration.trials import trial_name, with_redone, without_trials
from controller.decoders.model import Model
from controller.decoders.model_file import load_model, save_model
from controller.errors import CalibrationError, ControllerError
from drivers.errors import DriverError
from drivers.recordings.load import load_recording
from drivers.recordings.own_npz import save_recording
from drivers.recordings.recording import Recording

TRAINED_ON = "prompted trials, controller running"
# The controller comes first, on whatever core it runs.
NICENESS = 10


def main() -> int:
    """Do what is in the folder that is named, as often as asked to; ends with stdin."""
    folder = Path(sys.argv[1])
    asked = queue.SimpleQueue[bytes]()
    threading.Thread(target=_hear, args=(asked,), name="parent watch", daemon=True).start()
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
    while asked.get():
        _do(folder)
    return 0


def _do(folder: Path) -> None:
    try:
        job = read_job(folder)
        _say(**(_fit if job.task == "fit" else _score)(job, folder), pid=os.getpid())
    except (ControllerError, DriverError) as error:
        _say(error=str(error))
    except OSError as error:
        _say(error=f"cannot read or write {error.filename}: {error.strerror}")


def _score(job: Job, folder: Path) -> dict[str, Any]:
    chunks = read_chunks(folder, job.info.channel_count)
    if not chunks:
        raise CalibrationError("nothing was recorded; check the device and begin again")
    recording = labelled(chunks, job.info, job.prompts, job.begin_ns)
    if job.redone:
        recording = with_redone(load_recording(folder / SESSION), recording, [trial_name(one) for one in job.redone])
    not_kept = _keep(job, folder, recording) if job.task == "score" else ""
    running = load_model(folder / RUNNING)
    scored = score_recording(recording, running.facts.band_pass_hz, running.facts.notch_hz, _progress(len(recording)))
    trials = [
        {
            "trial": f"{trial.name.class_name}:{trial.name.repetition}",
            "verdict": trial.score.verdict.value,
            "sentence": trial.score.sentence[:300],
            "why": trial.score.remark.why,
            "value": _rounded(trial.score.remark.value),
            "like": trial.score.remark.like,
            "onset_s": _rounded(trial.measures.onset_s),
            "signal_to_noise_db": _rounded(trial.measures.signal_to_noise_db),
            "effort_range": _rounded(trial.measures.effort_range),
            "recognised": _rounded(trial.measures.recognised),
        }
        for trial in scored
    ]
    return {"trials": trials, "not_kept": not_kept}


def _keep(job: Job, folder: Path, recording: Recording) -> str:
    save_recording(recording, folder / SESSION)
    try:
        save_recording(recording, Path(job.kept))
    except OSError as error:
        return f"the recording could not be kept in {job.kept}: {error.strerror}"
    return ""


def _fit(job: Job, folder: Path) -> dict[str, Any]:
    running = load_model(folder / RUNNING)
    recording = without_trials(load_recording(folder / SESSION), [trial_name(one) for one in job.without])
    training = load_recording(job.training) if job.training else None

    def make(seen: Recording, progress: Callable[[int], None] = lambda _: None) -> Model:
        if job.adds:
            return add_session(running, seen, job.settle_ms, TRAINED_ON, training, progress)
        return fit_model(seen, settings_of(running, job.settle_ms), TRAINED_ON, progress)

    made = make(recording, _progress(len(recording)))
    save_model(made, folder / MADE)
    errors = held_out_error(recording, make, running, job.settle_ms)
    return {
        "fit": {
            "classes": made.facts.class_names,
            "windows": sum(made.facts.training_windows),
            "error_percent": errors.new_percent,
            "running_error_percent": errors.running_percent,
        },
        "result": found_in(made, recording, job.settle_ms, errors.confusion),
    }


def _rounded(value: float | None) -> float | None:
    """Return what a message carries: a hundred trials are sent each second."""
    return None if value is None else round(value, 3)


def _progress(rows: int) -> Callable[[int], None]:
    return lambda done: _say(progress=min(done / max(rows, 1), 1.0))


def _say(**what: object) -> None:
    print(json.dumps(what), flush=True)  # noqa: T201 - this is the answer


def _hear(asked: queue.SimpleQueue[bytes]) -> None:
    for line in sys.stdin.buffer:
        asked.put(line)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
