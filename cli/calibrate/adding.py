"""`efferent calibrate --add`: a short session of today on top of a model."""

import argparse
import asyncio
import json
from pathlib import Path

from rich.console import Console

from cli.calibrate.scores import row_of, scores_for_scripts, show_scores
from cli.calibrate.session import PROMPTED_SETTLE_MS, WearerSession, scores_of
from cli.errors import UsageError
from cli.exit_codes import WELL
from controller.calibration.add_session import add_session
from controller.calibration.held_out import HeldOut, held_out_error
from controller.calibration.trials import without_trials
from controller.config_file import load_run
from controller.decoders.model_file import load_model, save_model
from controller.rest_class import REST
from drivers.recordings.load import load_recording
from drivers.recordings.recording import Recording


def add(options: argparse.Namespace, console: Console) -> int:
    """Record or read one short session, score it, add it, save, and say what it changed."""
    config = None if options.config is None else load_run(options.config)[0]
    place = options.model or (None if config is None else config.model)
    if place is None:
        raise UsageError("--add to a --recording needs --model FILE: which model shall it be added to?")
    model, out = load_model(place), options.out or place
    band, notch_hz = model.facts.band_pass_hz, model.facts.notch_hz
    if config is None:
        recording = load_recording(options.recording).select(options.session, options.repetitions)
        source, settle_ms, scored = options.recording.name, 1000.0, scores_of(recording, band, notch_hz)
    else:
        source, settle_ms = "prompted trials", PROMPTED_SETTLE_MS
        kept = options.save_recording or out.with_name(f"{out.stem}.added.npz")
        motions = [name for name in config.motions if name != REST and name in model.facts.class_names]
        session = WearerSession(options, config.device, kept, band, notch_hz, console)
        recording, scored = asyncio.run(session.run(motions, 1))
    recording = without_trials(recording, options.without)
    settle_ms = settle_ms if options.settle_ms is None else options.settle_ms
    training = _training(options, place)
    made = add_session(model, recording, settle_ms, source, training)
    try:
        save_model(made, out)
    except OSError as error:
        raise UsageError(f"cannot write the model to {out}: {error.strerror}") from error
    errors = held_out_error(
        recording, lambda seen: add_session(model, seen, settle_ms, source, training), model, settle_ms
    )
    if options.json:
        told = {
            "model": str(out),
            "classes": made.facts.class_names,
            "held_out_error_percent": errors.new_percent,
            "held_out_error_before_percent": errors.running_percent,
            "trials": scores_for_scripts(scored),
        }
        print(json.dumps(told))
        return WELL
    if options.recording:
        show_scores([row_of(trial) for trial in scored], console, options.plain)
    print(f"{out}: {source} added{_figures(errors)}")
    return WELL


def _training(options: argparse.Namespace, model: Path) -> Recording | None:
    beside = model.with_name(f"{model.stem}.recording.npz")
    if options.training is not None:
        return load_recording(options.training)
    return load_recording(beside) if beside.is_file() else None


def _figures(errors: HeldOut) -> str:
    before, after = errors.running_percent, errors.new_percent
    if before is None or after is None:
        return ""
    return f"; wrong on parts that were held out: {before:.1f} % before, {after:.1f} % with it"
