"""`efferent calibrate`: fit a decoder to a recording, or prompt a wearer, record and fit."""

import argparse
import asyncio
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cli.errors import UsageError
from cli.exit_codes import WELL
from cli.finite import require_finite
from cli.ranges import numbers
from controller.calibration.fit import AUTO, FitSettings, fit_model
from controller.calibration.fits.kinds import FITS
from controller.calibration.prompted import record_prompted
from controller.calibration.prompts import Prompt, prompt_schedule
from controller.config import load_run
from controller.decoders.model import Model
from controller.decoders.model_file import save_model
from drivers.recordings.load import load_recording
from drivers.recordings.own_npz import save_recording
from drivers.recordings.recording import Recording
from drivers.registry import make_source


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--recording", type=Path, metavar="FILE", help="fit to this labelled recording")
    source.add_argument("--config", type=Path, metavar="FILE", help="prompt the wearer of this configuration's device")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where the model goes (default: the configuration's)")
    chosen = parser.add_argument_group("of a recording")
    chosen.add_argument("--session", type=numbers, default=(), metavar="N", help="use only these sessions")
    chosen.add_argument("--repetitions", type=numbers, default=(), metavar="N-M", help="use only these repetitions")
    prompts = parser.add_argument_group("with prompts")
    prompts.add_argument("--trials", type=int, default=3, help="contractions per motion (default 3)")
    prompts.add_argument("--hold", type=float, default=3.0, metavar="S", help="length of a contraction (default 3 s)")
    prompts.add_argument("--rest", type=float, default=2.0, metavar="S", help="rest before each (default 2 s)")
    prompts.add_argument("--save-recording", type=Path, metavar="FILE", help="keep what was recorded")
    fit = parser.add_argument_group("of the decoder")
    defaults = FitSettings()
    fit.add_argument("--decoder", choices=(AUTO, *FITS), default=AUTO, help="auto: gaussian up to 16 channels")
    fit.add_argument(
        "--ring", action="store_true", help="the electrodes are equally spaced around the limb, as on an armband"
    )
    fit.add_argument("--window-ms", type=float, default=defaults.window_ms, help="default 200")
    fit.add_argument("--hop-ms", type=float, default=defaults.hop_ms, help="time between decisions, default 10")
    fit.add_argument("--band", type=float, nargs=2, default=defaults.band_pass_hz, metavar=("LOW", "HIGH"), help="Hz")
    fit.add_argument("--notch-hz", type=float, help="take out mains hum of this frequency and its harmonics")
    fit.add_argument(
        "--settle-ms", type=float, help="left out after each prompt: people lag it (default 1000, with prompts 700)"
    )


def run(options: argparse.Namespace) -> int:
    """Fit, save, and say what came out."""
    console = Console(stderr=True)
    require_finite(
        window_ms=options.window_ms,
        hop_ms=options.hop_ms,
        notch_hz=options.notch_hz,
        settle_ms=options.settle_ms,
        hold=options.hold,
        rest=options.rest,
        band=sum(options.band),
    )
    if (
        min(options.window_ms, options.hop_ms, *options.band, 1.0 if options.notch_hz is None else options.notch_hz)
        <= 0
    ):
        raise UsageError("--window-ms, --hop-ms, --band and --notch-hz take numbers above zero")
    if options.recording:
        if options.out is None:
            raise UsageError("--recording needs --out FILE: where shall the model go?")
        recording = load_recording(options.recording).select(options.session, options.repetitions)
        trained_on, out, settle_ms = options.recording.name, options.out, 1000.0
    else:
        if min(options.trials, options.hold, options.rest) <= 0:
            raise UsageError("--trials, --hold and --rest must be above zero")
        config, _ = load_run(options.config)
        recording = asyncio.run(_prompt(options, console))
        trained_on, out, settle_ms = "prompted trials", options.out or config.model, 700.0
        if options.save_recording:
            try:
                save_recording(recording, options.save_recording)
            except OSError as error:
                file = options.save_recording
                raise UsageError(f"cannot write the recording to {file}: {error.strerror}") from error
    settings = FitSettings(
        decoder=options.decoder,
        ring=options.ring,
        window_ms=options.window_ms,
        hop_ms=options.hop_ms,
        band_pass_hz=tuple(options.band),
        notch_hz=options.notch_hz,
        settle_ms=settle_ms if options.settle_ms is None else options.settle_ms,
    )
    model = fit_with_progress(recording, settings, trained_on, console)
    try:
        save_model(model, out)
    except OSError as error:
        raise UsageError(f"cannot write the model to {out}: {error.strerror}") from error
    print(f"{out}: {', '.join(model.facts.class_names)}; {sum(model.facts.training_windows)} windows, "
          f"{model.facts.channel_count} channels at {model.facts.rate_hz:g} Hz, "
          f"delay by design {model.facts.delay_by_design_ms:g} ms")  # fmt: skip
    return WELL


def fit_with_progress(recording: Recording, settings: FitSettings, trained_on: str, console: Console) -> Model:
    """Fit with a bar that fills as the recording is worked through."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("fitting the decoder", total=len(recording))
        return fit_model(recording, settings, trained_on, lambda rows: bar.update(task, completed=rows))


async def _prompt(options: argparse.Namespace, console: Console) -> Recording:
    """Show each prompt with a bar that fills while it lasts."""
    config, _ = load_run(options.config)
    motions = [name for name in config.motions if name != "rest"]
    schedule = prompt_schedule(motions, options.trials, options.hold, options.rest)
    source = make_source(config.device.kind, config.device.settings)
    info = await source.open()
    quiet = not console.is_terminal
    try:
        with Progress(
            TextColumn("{task.description:<24}"),
            BarColumn(),
            TextColumn("{task.fields[note]}"),
            console=console,
            disable=quiet,
        ) as bar:
            whole = bar.add_task("whole session", total=schedule[-1].end_s, note="")
            shown = bar.add_task("get ready", total=1.0, note="")

            def on_time(now_s: float, prompt: Prompt) -> None:
                following = schedule[min(schedule.index(prompt) + 1, len(schedule) - 1)]
                bar.update(whole, completed=max(now_s, 0.0))
                bar.update(
                    shown,
                    description=prompt.class_name.replace("_", " ").upper(),
                    total=prompt.end_s - prompt.start_s,
                    completed=max(now_s - prompt.start_s, 0.0),
                    note=f"next: {following.class_name.replace('_', ' ')}",
                )

            return await record_prompted(source, info, schedule, on_time)
    finally:
        await source.close()
