"""`efferent calibrate`: fit a decoder to a recording, or prompt a wearer, record and fit."""

import argparse
import asyncio
import json
from pathlib import Path

from rich.console import Console

from cli.broker_options import add_broker_arguments
from cli.calibrate.adding import add
from cli.calibrate.fitting import fit_with_progress
from cli.calibrate.live import live
from cli.calibrate.scores import row_of, scores_for_scripts, show_scores
from cli.calibrate.session import PROMPTED_SETTLE_MS, WearerSession, scores_of
from cli.calibrate.signal_options import add_signal_arguments, choose_signal
from cli.errors import UsageError
from cli.exit_codes import WELL
from cli.finite import require_finite
from cli.ranges import numbers
from controller.calibration.fit import AUTO, FitSettings
from controller.calibration.fits.kinds import FITS
from controller.calibration.session_score import ScoredTrial
from controller.calibration.training import Choices
from controller.calibration.trials import TrialName, trial_name, without_trials
from controller.config import FeaturesConfig
from controller.config_file import load_run
from controller.decoders.model import Model
from controller.decoders.model_file import save_model
from controller.motions import motions_of
from controller.rest_class import REST
from drivers.recordings.load import load_recording
from drivers.recordings.prompts import without_unprompted

DEFAULT_TRIALS = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--recording", type=Path, metavar="FILE", help="fit to this labelled recording")
    source.add_argument("--config", type=Path, metavar="FILE", help="prompt the wearer of this configuration's device")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where the model goes (default: the configuration's)")
    added = parser.add_argument_group("to restore a model")
    added.add_argument(
        "--add",
        action="store_true",
        help="add a short session of today to the model instead: one trial of each motion, after putting electrodes on",
    )
    added.add_argument("--model", type=Path, metavar="FILE", help="add to this model (default: the configuration's)")
    added.add_argument(
        "--training",
        type=Path,
        metavar="FILE",
        help="what the model was fitted to, for decoders that must be fitted anew (default: kept beside the model)",
    )
    running = parser.add_argument_group("through a running controller")
    running.add_argument(
        "--live",
        nargs="?",
        choices=("calibrate", "back", "cancel"),
        const="calibrate",
        help="the controller of --config runs and holds the device: prompt, fit and swap there; 'back' returns to the "
        "model before, 'cancel' ends what is under way",
    )
    running.add_argument("--yes", action="store_true", help="put the new model in force without asking")
    running.add_argument(
        "--watch", type=float, default=5.0, metavar="S", help="see it beside the running one for so long (default 5 s)"
    )
    add_broker_arguments(parser, "the configuration's")
    chosen = parser.add_argument_group("of a recording")
    chosen.add_argument("--session", type=numbers, default=(), metavar="N", help="use only these sessions")
    chosen.add_argument("--repetitions", type=numbers, default=(), metavar="N-M", help="use only these repetitions")
    chosen.add_argument(
        "--motions", type=Path, metavar="FILE", help="run configuration that says what the motions mean for the arm"
    )
    prompts = parser.add_argument_group("with prompts")
    prompts.add_argument("--trials", type=int, help=f"contractions per motion (default {DEFAULT_TRIALS}, with --add 1)")
    prompts.add_argument("--hold", type=float, default=3.0, metavar="S", help="length of a contraction (default 3 s)")
    prompts.add_argument("--rest", type=float, default=2.0, metavar="S", help="rest before each (default 2 s)")
    prompts.add_argument(
        "--save-recording", type=Path, metavar="FILE", help="where it is kept (default: beside the model)"
    )
    prompts.add_argument(
        "--redo",
        choices=("ask", "marked", "never"),
        default="ask",
        help="trials that went wrong: ask at a terminal (default), prompt those marked 'redo' again, or leave them",
    )
    trials = parser.add_argument_group("of single trials")
    trials.add_argument(
        "--without",
        type=_trial,
        action="append",
        default=[],
        metavar="MOTION:N",
        help="leave out this trial; may be given often (MOTION:N@S of session S)",
    )
    shown = trials.add_mutually_exclusive_group()
    shown.add_argument("--plain", action="store_true", help="scores as plain lines")
    shown.add_argument("--json", action="store_true", help="scores and model as one JSON object on stdout")
    fit = parser.add_argument_group("of the decoder")
    defaults = FitSettings()
    fit.add_argument(
        "--decoder", choices=(AUTO, *FITS), default=AUTO, help="auto: gaussian up to 16 channels, else lda"
    )
    fit.add_argument(
        "--ring", action="store_true", help="the electrodes are equally spaced around the limb, as on an armband"
    )
    fit.add_argument("--window-ms", type=float, default=defaults.window_ms, help="default 200")
    fit.add_argument("--hop-ms", type=float, default=defaults.hop_ms, help="time between decisions, default 10")
    add_signal_arguments(fit)
    fit.add_argument(
        "--settle-ms", type=float, help="left out after each prompt: people lag it (default 1000, with prompts 700)"
    )


def run(options: argparse.Namespace) -> int:
    """Record or read, score each trial, fit, save, and say what came out."""
    console = Console(stderr=True)
    _require_usable(options)
    configured = load_run(options.config)[0].features if options.config else FeaturesConfig()
    signal = choose_signal(options, configured)
    if options.live:
        return live(options, console)
    if options.add:
        return add(options, console)
    if options.recording:
        if options.out is None:
            raise UsageError("--recording needs --out FILE: where shall the model go?")
        choices = _choices(options.motions)
        recording = without_unprompted(load_recording(options.recording))
        recording = recording.select(options.session, options.repetitions)
        trained_on, out, settle_ms = options.recording.name, options.out, 1000.0
        scored = scores_of(recording, tuple(options.band), signal.notch_hz)
    else:
        config, _ = load_run(options.config)
        choices = _choices(options.motions or options.config)
        trained_on, out, settle_ms = "prompted trials", options.out or config.model, PROMPTED_SETTLE_MS
        kept = options.save_recording or out.with_name(f"{out.stem}.recording.npz")
        motions = [name for name in config.motions if name != REST]
        session = WearerSession(options, config.device, kept, tuple(options.band), signal.notch_hz, console)
        recording, scored = asyncio.run(session.run(motions, DEFAULT_TRIALS))
    recording = without_trials(recording, options.without)
    settings = FitSettings(
        decoder=options.decoder,
        feature_set=signal.feature_set,
        ring=options.ring,
        window_ms=options.window_ms,
        hop_ms=options.hop_ms,
        band_pass_hz=tuple(options.band),
        notch_hz=signal.notch_hz,
        speed_high_pass_hz=signal.speed_high_pass_hz,
        settle_ms=settle_ms if options.settle_ms is None else options.settle_ms,
        choices=choices,
    )
    model = fit_with_progress(recording, settings, trained_on, console)
    try:
        save_model(model, out)
    except OSError as error:
        raise UsageError(f"cannot write the model to {out}: {error.strerror}") from error
    if options.recording and not options.json:
        show_scores([row_of(trial) for trial in scored], console, options.plain)
    if not options.json:
        console.print(model.facts.mains, highlight=False, soft_wrap=True)
    vote = load_run(options.config)[0].shaping.vote if options.config else 1
    _tell(model, out, scored, model.facts.delay_with_vote_ms(vote), options.json)
    return WELL


def _choices(config_file: Path | None) -> Choices:
    """Return what a run configuration says for decoders whose fit depends on it."""
    if config_file is None:
        return Choices()
    config, arm = load_run(config_file)
    return Choices(motions_of(config, arm), config.direct, config.regression)


def _trial(text: str) -> TrialName:
    try:
        return trial_name(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _require_usable(options: argparse.Namespace) -> None:
    require_finite(
        window_ms=options.window_ms,
        hop_ms=options.hop_ms,
        settle_ms=options.settle_ms,
        hold=options.hold,
        rest=options.rest,
        watch=options.watch,
    )
    if min(options.window_ms, options.hop_ms) <= 0:
        raise UsageError("--window-ms and --hop-ms take numbers above zero")
    if not options.recording and min(1 if options.trials is None else options.trials, options.hold, options.rest) <= 0:
        raise UsageError("--trials, --hold and --rest must be above zero")


def _tell(model: Model, out: Path, scored: list[ScoredTrial], delay_ms: float, as_json: bool) -> None:
    facts = model.facts
    if as_json:
        told = {
            "model": str(out),
            "classes": facts.class_names,
            "windows": facts.training_windows,
            "feature_set": facts.feature_set,
            "notch_hz": facts.notch_hz,
            "mains": facts.mains,
            "delay_by_design_ms": delay_ms,
            "trials": scores_for_scripts(scored),
        }
        print(json.dumps(told))
        return
    print(f"{out}: {', '.join(facts.class_names)}; {sum(facts.training_windows)} windows, "
          f"{facts.feature_set} of {facts.channel_count} channels at {facts.rate_hz:g} Hz, "
          f"delay by design {delay_ms:g} ms")  # fmt: skip
