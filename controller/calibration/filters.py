"""The filters that a model is fitted with: the decoder's band, and where asked for a higher one for the speed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from controller.emg.filter_design import design_band_pass, design_speed_path


@dataclass(frozen=True, slots=True)
class Filters:
    """`sections` [s, 6] of the band that the decoder sees; `speed_sections` of the speed's, s = 0 where it has none."""

    band_pass_hz: tuple[float, float]
    sections: NDArray[np.float64]
    speed_high_pass_hz: float | None
    speed_sections: NDArray[np.float64]


def design_filters(
    rate_hz: float,
    band_pass_hz: tuple[float, float],
    notch_hz: float | None,
    speed_high_pass_hz: float | None,
    speed_in_features: bool,
) -> Filters:
    """Return the filters. Where the decisions are speeds already, the decoder's own band begins at the high-pass.

    Raises `CalibrationError` when a band does not fit the rate.
    """
    low_hz, high_hz = band_pass_hz
    if speed_high_pass_hz is None:
        sections = design_band_pass(rate_hz, low_hz, high_hz, notch_hz)
        return Filters(band_pass_hz, sections, None, np.zeros((0, 6)))
    if speed_in_features:
        higher_hz = max(low_hz, speed_high_pass_hz)
        sections = design_speed_path(rate_hz, higher_hz, high_hz, notch_hz)
        return Filters((higher_hz, high_hz), sections, None, np.zeros((0, 6)))
    sections = design_band_pass(rate_hz, low_hz, high_hz, notch_hz)
    speed_sections = design_speed_path(rate_hz, speed_high_pass_hz, high_hz, notch_hz)
    return Filters(band_pass_hz, sections, speed_high_pass_hz, speed_sections)
