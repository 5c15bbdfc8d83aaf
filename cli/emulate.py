"""`efferent emulate`: an EMG device that is not there, on a serial line, as an LSL stream, or both."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from cli.exit_codes import WELL
from cli.finite import require_finite
from cli.ranges import numbers
from controller.garbage import settle_garbage
from drivers.recordings.load import load_recording
from drivers.recordings.recording import Recording
from sim.emg.generator import WearerSignal
from sim.emulator.byte_loss import ByteLoss
from sim.emulator.catalogue import EMULATED, make_voice
from sim.emulator.control import Plug, Quit, parse_control
from sim.emulator.device import Device
from sim.emulator.emulator import Emulator
from sim.emulator.feed import Feed, RecordingFeed, WearerFeed
from sim.emulator.lsl_device import LslDevice
from sim.emulator.obey import obey
from sim.emulator.pacing import Pacing
from sim.emulator.voice import DeviceVoice
from sim.emulator.voices.efferent import EfferentVoice
from sim.errors import SimError
from sim.muscles.preset import load_wearer

if TYPE_CHECKING:
    # Loading them takes a while, and only --wearer needs them.
    from sim.muscles.muscle_wearer import MuscleWearer

_LOOK_UP_S = 0.2
# Calibration data come from take 0 of a wearer; a live signal must not repeat their noise.
_LIVE_TAKE = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    parser.add_argument(
        "device",
        nargs="?",
        choices=(*EMULATED, "lsl", "both"),
        default="efferent",
        help="what it speaks on its serial line; lsl for a stream, both for efferent and lsl (default efferent)",
    )
    feed = parser.add_argument_group("what it plays")
    what = feed.add_mutually_exclusive_group()
    what.add_argument("--recording", type=Path, metavar="FILE", help="play a recording")
    what.add_argument("--generator", action="store_true", help="play a virtual wearer (the default)")
    what.add_argument("--wearer", type=Path, metavar="FILE", help="play the muscles of a wearer's file")
    feed.add_argument(
        "--months",
        type=float,
        metavar="N",
        help="with --wearer: so many months after the operation (default: long after)",
    )
    feed.add_argument("--sitting-still", action="store_true", help="with --wearer: no motion bursts of its own accord")
    feed.add_argument("--session", type=numbers, default=(), metavar="N", help="only these sessions of the recording")
    feed.add_argument("--repetitions", type=numbers, default=(), metavar="N-M", help="only these repetitions of it")
    feed.add_argument("--loop", action="store_true", help="begin the recording again at its end")
    feed.add_argument("--linger", type=float, default=1.0, metavar="S", help="stay so long after its end (default 1)")
    feed.add_argument("--channels", type=int, help="of the virtual wearer (default: the device's usual)")
    feed.add_argument("--rate", type=float, metavar="HZ", help="of the virtual wearer (default: the device's)")
    feed.add_argument("--seed", type=int, default=0, help="which virtual wearer, and which chance")
    feed.add_argument("--noise-uv", type=float, default=0.0, metavar="UV", help="add noise of so many µV RMS")
    feed.add_argument("--mains-uv", type=float, default=0.0, metavar="UV", help="add a hum of so many µV RMS")
    feed.add_argument("--mains-hz", type=float, choices=(50.0, 60.0), default=50.0, help="of the hum (50)")
    line = parser.add_argument_group("how it sends")
    line.add_argument("--samples-per-packet", type=int, default=1, metavar="N")
    line.add_argument("--lump-ms", type=float, default=0.0, metavar="MS", help="send in lumps, as USB does")
    line.add_argument("--jitter-ms", type=float, default=0.0, metavar="MS", help="send up to so much late, by chance")
    line.add_argument(
        "--byte-loss", type=float, default=0.0, metavar="P", help="serial: lose each byte with this chance"
    )
    line.add_argument("--link", type=Path, metavar="PATH", help="serial: a symlink that survives unplugging")
    line.add_argument("--name", default="", help="stream name")
    line.add_argument("--source-id", default="", metavar="ID")
    line.add_argument(
        "--wait-for-reader",
        action=argparse.BooleanOptionalAction,
        help="send the first sample when every device has a reader (the default for recordings)",
    )
    parser.add_argument(
        "--control",
        action="store_true",
        help="obey lines on stdin, such as: intent MOTION [EFFORT], unplug, plug, quit (docs/commands.md has all)",
    )


def run(options: argparse.Namespace) -> int:
    """Emulate until the recording ends, or SIGINT, SIGTERM, or the end of stdin with --control.

    Prints the device's path, the stream's name, or both, each alone on a line. Raises `SimError` or `DriverError`.
    """
    recording = None
    if options.recording is not None:
        recording = load_recording(options.recording).select(options.session, options.repetitions)
    return play(options, recording)


def play(options: argparse.Namespace, recording: Recording | None) -> int:
    """Emulate the device that plays this recording, or else a virtual wearer; see `run`."""
    # as if Ctrl-C had been pressed, so that both end alike
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    require_finite(
        rate=0.0 if options.rate is None else options.rate,
        lump_ms=options.lump_ms,
        jitter_ms=options.jitter_ms,
        byte_loss=options.byte_loss,
        noise_uv=options.noise_uv,
        mains_uv=options.mains_uv,
        linger=options.linger,
        months=0.0 if options.months is None else options.months,
    )
    for option, given in (("--months", options.months is not None), ("--sitting-still", options.sitting_still)):
        if given and options.wearer is None:
            raise SimError(f"{option} belongs to --wearer; name the wearer's file as well")
    voice = _voice(options)
    muscles = None if options.wearer is None else _muscles(options, voice)
    feed = _feed(options, voice, recording, muscles)
    devices = _devices(options, feed, voice)
    pacing = Pacing(
        feed.info.rate_hz, options.samples_per_packet, options.lump_ms, options.jitter_ms, seed=options.seed
    )
    waits = recording is not None if options.wait_for_reader is None else options.wait_for_reader
    if options.linger < 0:
        raise SimError(f"--linger takes 0 seconds or more, not {options.linger:g}")
    settle_garbage()  # samples that came 100 ms late would let the controller hold the arm
    try:
        with Emulator(feed, devices, pacing, waits) as emulator:
            emulator.set_noise(options.noise_uv)
            emulator.set_mains(options.mains_uv, options.mains_hz)
            for device in devices:
                print(device.address, flush=True)
            _tell(f"{feed.info.channel_count} channels at {feed.info.rate_hz:g} Hz; Ctrl-C ends it.", options.control)
            quitting = threading.Event()
            if options.control:
                threading.Thread(target=_obey, args=(emulator, devices, muscles, quitting), daemon=True).start()
            # in steps, because Windows runs no signal handler inside a wait without end
            while not emulator.wait_ended(_LOOK_UP_S):
                _show(emulator, feed, recording, options)
            _tell("", options.control)
            quitting.wait(options.linger)
    except KeyboardInterrupt:
        return WELL
    _tell(f"{emulator.samples_taken} samples sent.", options.control)
    return WELL


def _voice(options: argparse.Namespace) -> DeviceVoice:
    """Return the device that is asked for; one that plays a recording in our framing is made for that recording."""
    protocol = options.device if options.device in EMULATED else "efferent"
    channels = options.channels
    if options.wearer is not None and channels is None and protocol == "efferent":
        channels = len(load_wearer(options.wearer).sites)
    return make_voice(protocol, options.name, options.source_id, channels, options.rate)


def _feed(
    options: argparse.Namespace, voice: DeviceVoice, recording: Recording | None, muscles: "MuscleWearer | None"
) -> Feed:
    if recording is None:
        info = voice.info
        wearer = muscles or WearerSignal(info.channel_count, info.rate_hz, seed=options.seed, take=_LIVE_TAKE)
        return WearerFeed(wearer, name=info.name, source_id=info.source_id, uv_per_count=voice.uv_per_count)
    return RecordingFeed(recording, options.loop, options.name, options.source_id)


def _muscles(options: argparse.Namespace, voice: DeviceVoice) -> "MuscleWearer":
    from sim.muscles.muscle_wearer import MuscleWearer
    from sim.muscles.reinnervation import at_month

    preset = load_wearer(options.wearer)
    if options.months is not None:
        preset = at_month(preset, options.months)
    if options.sitting_still:
        preset = preset.sitting_still()
    info = voice.info
    return MuscleWearer(preset, info.rate_hz, options.seed, _LIVE_TAKE, info.channel_count)


def _devices(options: argparse.Namespace, feed: Feed, voice: DeviceVoice) -> list[Device]:
    devices: list[Device] = []
    if options.device != "lsl":
        if os.name != "posix":
            raise SimError("this system has no pseudo-terminals; emulate the device as an LSL stream: emulate lsl")
        from sim.emulator.pty_device import PtyDevice  # needs termios, which only POSIX has

        if isinstance(voice, EfferentVoice):
            voice = EfferentVoice(feed.info, feed.scale)
        elif options.recording is not None:
            raise SimError("recordings are played by the devices efferent, lsl and both")
        devices.append(PtyDevice(voice, options.link, ByteLoss(options.byte_loss, options.seed)))
    if options.device in ("lsl", "both"):
        devices.append(LslDevice(feed.info, feed.scale))
    return devices


def _obey(emulator: Emulator, devices: list[Device], muscles: "MuscleWearer | None", quitting: threading.Event) -> None:
    """Do what the lines on stdin say, until `quit` or their end; a wrong one gets its answer on stderr."""
    waiting = b""
    # os.read, because a daemon thread inside sys.stdin would hold its lock while the interpreter ends
    while not quitting.is_set() and (more := os.read(sys.stdin.fileno(), 4096)):
        *lines, waiting = (waiting + more).split(b"\n")
        for line in lines:
            try:
                _do(line.decode(errors="replace"), emulator, devices, muscles, quitting)
            except SimError as error:
                print(f"efferent emulate: {error}", file=sys.stderr, flush=True)
    quitting.set()
    emulator.finish()


def _do(
    line: str, emulator: Emulator, devices: list[Device], muscles: "MuscleWearer | None", quitting: threading.Event
) -> None:
    asked = parse_control(line)
    if isinstance(asked, Quit):
        quitting.set()
    elif asked is not None:
        obey(asked, emulator, muscles)
    if isinstance(asked, Plug):
        _tell(f"plugged in at {' and '.join(device.address for device in devices)}", quiet=False)


def _show(emulator: Emulator, feed: Feed, recording: Recording | None, options: argparse.Namespace) -> None:
    """Say how far a recording has been played, on a terminal."""
    if recording is not None and not options.control and sys.stderr.isatty():
        rate_hz, length = feed.info.rate_hz, len(recording)
        played = emulator.samples_taken % length if options.loop else emulator.samples_taken
        print(f"\r{played / rate_hz:.1f} of {length / rate_hz:.1f} s ", end="", file=sys.stderr, flush=True)


def _tell(text: str, quiet: bool) -> None:
    if not quiet and sys.stderr.isatty():
        print(text, file=sys.stderr, flush=True)
