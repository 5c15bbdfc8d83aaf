"""Options of `efferent calibrate` that say how the signal is filtered and reduced to features."""

import argparse
import math
from dataclasses import dataclass

from cli.errors import UsageError
from controller.calibration.fit import AUTO, FitSettings
from controller.calibration.fits.kinds import FITS
from controller.calibration.notch import Notch
from controller.config import FeaturesConfig

# Near the heart the speed follows what lies above this (Hargrove et al. 2009: "near 100 Hz").
CHEST_HZ = 100.0


@dataclass(frozen=True, slots=True)
class SignalChoice:
    """What the command line asks for, else the configuration's `[features]`; as `FitSettings` has them."""

    feature_set: str
    notch_hz: Notch
    speed_high_pass_hz: float | None


def add_signal_arguments(group: "argparse._ArgumentGroup") -> None:
    """Add features, band, notch and speed path."""
    group.add_argument(
        "--features",
        choices=(AUTO, *_feature_sets()),
        help="; ".join(f"{decoder} takes {', '.join(kind.feature_sets)}" for decoder, kind in FITS.items())
        + ". auto (default): the first",
    )
    group.add_argument(
        "--band", type=float, nargs=2, default=FitSettings().band_pass_hz, metavar=("LOW", "HIGH"), help="Hz"
    )
    group.add_argument(
        "--notch-hz",
        type=_notch,
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


def choose_signal(options: argparse.Namespace, configured: FeaturesConfig) -> SignalChoice:
    """Return what was chosen. Raises `UsageError` before anyone is prompted for what cannot be fitted."""
    for name, frequency in (
        *(("--band", edge) for edge in options.band),
        ("--notch-hz", options.notch_hz),
        ("--speed-high-pass-hz", options.speed_high_pass_hz),
    ):
        if isinstance(frequency, float) and not 0.0 < frequency < math.inf:
            raise UsageError(f"{name} takes a finite frequency above zero, got {frequency:g}")
    feature_set, place = options.features or configured.name, "--features" if options.features else "[features] name"
    decoders = tuple(FITS) if options.decoder == AUTO else (options.decoder,)
    if feature_set != AUTO and not any(feature_set in FITS[decoder].feature_sets for decoder in decoders):
        known = "; ".join(f"{decoder} takes {', '.join(FITS[decoder].feature_sets)}" for decoder in decoders)
        raise UsageError(f"{place}: no feature set '{feature_set}' for the decoder {options.decoder}; {known}")
    notch = options.notch_hz or configured.notch_hz
    speed = options.speed_high_pass_hz or configured.speed_high_pass_hz
    return SignalChoice(feature_set, None if notch == "off" else notch, speed)


def _feature_sets() -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for kind in FITS.values() for name in kind.feature_sets))


def _notch(text: str) -> str | float:
    if text in ("auto", "off"):
        return text
    try:
        return float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected auto, off, or a frequency such as 50, got '{text}'") from error
