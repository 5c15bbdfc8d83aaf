"""Options of `efferent calibrate` that say how the signal is filtered and reduced to features."""

import argparse
import math

from cli.errors import UsageError
from controller.calibration.fit import AUTO, FitSettings
from controller.calibration.fits.kinds import FITS
from controller.calibration.notch import Notch

# Near the heart the speed follows what lies above this (Hargrove et al. 2009: "near 100 Hz").
CHEST_HZ = 100.0


def add_signal_arguments(group: "argparse._ArgumentGroup") -> None:
    """Add features, band, notch and speed path."""
    defaults = FitSettings()
    names = tuple(dict.fromkeys(name for kind in FITS.values() for name in kind.feature_sets))
    group.add_argument(
        "--features",
        choices=(AUTO, *names),
        default=AUTO,
        help="; ".join(f"{decoder} takes {', '.join(kind.feature_sets)}" for decoder, kind in FITS.items())
        + ". auto: the first",
    )
    group.add_argument("--band", type=float, nargs=2, default=defaults.band_pass_hz, metavar=("LOW", "HIGH"), help="Hz")
    group.add_argument(
        "--notch-hz",
        type=_notch,
        default=defaults.notch_hz,
        metavar="{auto,off,50,60}",
        help="take out mains hum and its harmonics; auto (default): where it is found at rest",
    )
    speed = group.add_mutually_exclusive_group()
    speed.add_argument(
        "--speed-high-pass-hz",
        type=float,
        metavar="HZ",
        help="the speed follows what lies above this frequency, the decoder sees the whole band",
    )
    speed.add_argument(
        "--chest",
        action="store_const",
        const=CHEST_HZ,
        dest="speed_high_pass_hz",
        help=f"electrodes near the heart: --speed-high-pass-hz {CHEST_HZ:g}",
    )


def require_sense(options: argparse.Namespace) -> None:
    """Raise `UsageError` for a frequency that is none."""
    for name, frequency in (
        *(("--band", edge) for edge in options.band),
        ("--notch-hz", options.notch_hz),
        ("--speed-high-pass-hz", options.speed_high_pass_hz),
    ):
        if isinstance(frequency, float) and not 0.0 < frequency < math.inf:
            raise UsageError(f"{name} takes a finite frequency above zero, got {frequency:g}")


def _notch(text: str) -> Notch:
    if text in ("auto", "off"):
        return "auto" if text == "auto" else None
    try:
        return float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected auto, off, or a frequency such as 50, got '{text}'") from error
