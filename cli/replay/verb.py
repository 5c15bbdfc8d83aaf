"""`efferent replay`: play a recording of any kind as a device, let a model decide on it, or write it anew."""

import argparse
import asyncio
import contextlib
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from cli import emulate
from cli.errors import UsageError
from cli.exit_codes import WELL
from cli.finite import require_finite
from cli.ranges import numbers
from cli.replay.decisions import Agreement, decisions
from controller.decoders.model_file import load_model
from drivers.errors import RecordingError
from drivers.recordings.choice import Choice
from drivers.recordings.edf import save_bdf
from drivers.recordings.load import adapter_of, load_recording
from drivers.recordings.own_npz import save_recording
from drivers.recordings.recording import Recording
from drivers.recordings.xdf_save import save_xdf

# Left out after each prompt when decisions are compared with prompts: as `calibrate` does with recordings.
SETTLE_S = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    parser.add_argument("file", type=Path, help="XDF, EDF, BDF, CSV, or one of our own (.npz)")
    parser.add_argument("--stream", default="", metavar="NAME", help="of an XDF file: this stream")
    parser.add_argument(
        "--rate", type=float, default=0.0, metavar="HZ", help="of a CSV file that does not say its rate"
    )
    parser.add_argument("--session", type=numbers, default=(), metavar="N", help="only these sessions")
    parser.add_argument("--repetitions", type=numbers, default=(), metavar="N-M", help="only these repetitions")
    parser.add_argument("--json", action="store_true", help="with --info, --model and --to: JSON on stdout")
    what = parser.add_argument_group("what is done with it").add_mutually_exclusive_group()
    what.add_argument(
        "--as",
        dest="device",
        choices=("efferent", "lsl", "both"),
        help="offer it as this device (the default: efferent)",
    )
    what.add_argument("--info", action="store_true", help="only say what it holds")
    what.add_argument("--model", type=Path, metavar="FILE", help="print what this model decides on it")
    what.add_argument("--to", type=Path, metavar="OUT", help="write it as OUT, by its ending: .xdf, .bdf or .npz")
    device = parser.add_argument_group("as a device (efferent emulate has more)")
    device.add_argument("--loop", action="store_true", help="begin again at its end")
    device.add_argument("--link", type=Path, metavar="PATH", help="a symlink to the serial port")
    device.add_argument("--name", default="", help="of the stream")
    parser.add_argument("--no-adaptation", action="store_true", help="with --model: it learns nothing on the way")
    parser.add_argument("--overwrite", action="store_true", help="with --to: a file of that name is replaced")


def run(options: argparse.Namespace) -> int:
    """Read it, say what it holds, and do what is asked for."""
    require_finite(rate=options.rate)
    if options.rate < 0:
        raise UsageError(f"--rate takes a frequency above 0, got {options.rate:g}")
    if not options.file.is_file():
        raise UsageError(f"there is no recording {options.file.absolute()}")
    recording = load_recording(options.file, Choice(options.stream, options.rate))
    chosen = recording.select(options.session, options.repetitions)
    if len(chosen) == 0:
        raise RecordingError(f"{options.file} holds nothing of these sessions and repetitions")
    held = description(options.file, chosen)
    if options.info:
        print(json.dumps(held) if options.json else _words(held))
        return WELL
    print(_words(held), file=sys.stderr, flush=True)
    if options.model is not None:
        return asyncio.run(_decide(options, chosen))
    if options.to is not None:
        return _write(options, chosen)
    return _offer(options, chosen)


def description(path: Path, recording: Recording) -> dict[str, Any]:
    """Return what a recording holds, for people and for scripts."""
    info = recording.info
    return {
        "file": str(path),
        "kind": adapter_of(path).kind,
        "name": info.name,
        "channels": info.channel_count,
        "labels": list(info.labels),
        "rate_hz": info.rate_hz,
        "unit": info.unit.value,
        "samples": len(recording),
        "seconds": round(len(recording) / info.rate_hz, 3),
        "breaks": int(np.count_nonzero(np.diff(recording.segment))),
        "sessions": np.unique(recording.session).tolist(),
        "classes": list(recording.class_names),
    }


def _words(held: dict[str, Any]) -> str:
    classes = f", classes {', '.join(held['classes'])}" if held["classes"] else ""
    breaks = {0: "no break", 1: "1 break"}.get(held["breaks"], f"{held['breaks']} breaks")
    return (
        f"{held['file']} ({held['kind']}): '{held['name']}', {held['channels']} channels at {held['rate_hz']:g} Hz in "
        f"{held['unit']}, {held['seconds']:g} s, {breaks}{classes}"
    )


def _offer(options: argparse.Namespace, recording: Recording) -> int:
    parser = argparse.ArgumentParser()
    emulate.add_arguments(parser)
    emulated = parser.parse_args([options.device or "efferent", "--recording", str(options.file)])
    emulated.loop, emulated.link, emulated.name = options.loop, options.link, options.name
    return emulate.play(emulated, recording)


async def _decide(options: argparse.Namespace, recording: Recording) -> int:
    model, agreement = load_model(options.model), Agreement(recording, SETTLE_S)
    rate_hz, count, last = recording.info.rate_hz, 0, ""
    columns = (BarColumn(), TextColumn("{task.percentage:.0f} %"), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        shown = bar.add_task("", total=len(recording))
        found = decisions(model, recording, not options.no_adaptation, lambda row: bar.update(shown, completed=row))
        async with contextlib.aclosing(found):
            async for one in found:
                count += 1
                agreement.take(one)
                if options.json:
                    print(json.dumps({"t_s": round(one.row / rate_hz, 6), **asdict(one)}))
                elif one.decided != last:
                    last = one.decided
                    print(f"{one.row / rate_hz:10.3f} s  {one.decided}  {one.confidence:.2f}")
    if count == 0:
        raise UsageError(f"{options.file} is too short, or too often broken, for one window of the model")
    judged = (
        f"; {agreement.right / agreement.judged:.1%} of {agreement.judged} are what was asked for, from {SETTLE_S:g} s "
        "after each prompt on"
        if agreement.judged
        else ""
    )
    print(f"{count} decisions{judged}", file=sys.stderr)
    return WELL


def _write(options: argparse.Namespace, recording: Recording) -> int:
    out: Path = options.to
    writers = {".xdf": save_xdf, ".bdf": save_bdf, ".npz": _save_npz}
    if out.suffix.lower() not in writers:
        raise UsageError(f"--to takes a name that ends in {', '.join(writers)}, got {out}")
    if out.exists() and not options.overwrite:
        raise UsageError(f"{out} is there already; choose another name, or say --overwrite")
    if out.exists() and out.samefile(options.file):
        raise UsageError(f"{out} is the recording itself; choose another name")
    try:
        breaks = writers[out.suffix.lower()](recording, out)
    except OSError as error:
        raise UsageError(f"cannot write {out}: {error.strerror or error}") from error
    size = out.stat().st_size
    if options.json:
        print(json.dumps({"file": str(out), "bytes": size, "samples": len(recording), "breaks": breaks}))
    else:
        print(f"{out}: {len(recording)} samples, {size / 1e6:.2f} MB")
    if breaks and out.suffix.lower() != ".npz":
        how = "marked 'BAD boundary', without the time in between" if out.suffix.lower() == ".bdf" else "a second long"
        print(f"breaks: {breaks}, in the file {how}", file=sys.stderr)
    return WELL


def _save_npz(recording: Recording, path: Path) -> int:
    save_recording(recording, path)
    return int(np.count_nonzero(np.diff(recording.segment)))
