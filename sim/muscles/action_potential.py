"""What a motor unit's discharge looks like at bipolar sites on the skin.

Along each fibre an action potential of Rosenfalck's shape runs from the end-plate to both ends (Rosenfalck 1969, Acta
Physiol Scand Suppl 321; as source of surface EMG: Farina & Merletti 2001, IEEE TBME 48:637-646, doi 10.1109/10.923782).
The tissue is an endless conductor, better along the fibres than across. Of it follow the law of distance, the spread
over neighbouring sites, the standing part where the wave ends, and the sign over the end-plates.
"""

import numpy as np
from numpy.typing import NDArray

from controller.emg.compiled import compiled
from sim.muscles.geometry import Limb, UnitPlaces

# Conductivity along over across the fibres: 0.33 over 0.063 S/m (Andreassen & Rosenfalck 1981 and later models).
_ANISOTROPY = 5.2
# Membrane voltage behind the front over the way, in mm: 96 w³ exp(-w) - 90 mV (Rosenfalck 1969).
_PEAK_MV = 96.0
_WAVE_MM = 14.0
_WAVE_STEP_MM = 0.5
# The end-plates of one unit's fibres are spread along the muscle, and the wave with them: standard deviation.
_END_PLATE_SPREAD_MM = 2.5
# A unit's fibres share the cross-section with those of others, over 5-10 mm (Buchthal, Guld & Rosenfalck 1957): as seen
# from outside, its middle is never nearer than the radius.
_TERRITORY_MM = 4.0
# Conduction velocity: 4 m/s, and by how much the units of a muscle differ; larger units conduct faster.
VELOCITY_M_S = 4.0
_VELOCITY_SPREAD_M_S = 0.3
_LONGEST_WAY_MM = 85.0
# The low-pass of the amplifier, as share of the sampling rate: nothing above may fold back.
_PASS_SHARE = 0.42


@compiled("void(f8[:], f8[:], f8[:,:], f8[:,:,:], f8[:], f8[:], f8, f8, f8[:,:,:])")
def _potentials(
    x_mm: NDArray[np.float64],
    y_mm: NDArray[np.float64],
    z_mm: NDArray[np.float64],
    pairs_mm: NDArray[np.float64],
    way_per_step_mm: NDArray[np.float64],
    slope: NDArray[np.float64],
    fat_mm: float,
    stretch: float,
    found: NDArray[np.float64],
) -> None:
    """Fill [units, steps, sites] with the difference of both electrodes, arbitrary units."""
    for unit in range(len(x_mm)):
        plate, near, far = z_mm[unit, 0], z_mm[unit, 1], z_mm[unit, 2]
        for site in range(len(pairs_mm)):
            for end in range(2):
                to_x, to_y = x_mm[unit] - pairs_mm[site, end, 0], y_mm[unit] - pairs_mm[site, end, 1]
                across = np.sqrt(to_x * to_x + to_y * to_y + _TERRITORY_MM * _TERRITORY_MM)
                # The way across the muscle counts more than that through fat, which conducts alike in all directions.
                depth = max(across - fat_mm, 0.5) * stretch + fat_mm
                at = pairs_mm[site, end, 2]
                sign = 1.0 if end == 0 else -1.0
                for step in range(found.shape[1]):
                    front = step * way_per_step_mm[unit]
                    total = 0.0
                    for behind in range(len(slope)):
                        way = front - behind * _WAVE_STEP_MM
                        if way < 0.0:
                            break
                        ahead = plate + way
                        if ahead <= far:
                            gap = ahead - at
                            square = gap * gap + depth * depth
                            total -= slope[behind] * gap / (square * np.sqrt(square))
                        back = plate - way
                        if back >= near:
                            gap = back - at
                            square = gap * gap + depth * depth
                            total += slope[behind] * gap / (square * np.sqrt(square))
                    found[unit, step, site] += sign * total


def action_potentials(
    units: UnitPlaces,
    size: NDArray[np.float64],
    pairs_mm: NDArray[np.float64],
    limb: Limb,
    rate_hz: float,
    steps_hz: float,
) -> NDArray[np.float64]:
    """Return [units, steps, sites]: the potential of each unit at each site, `steps_hz` steps a second.

    `size` [units]: of each unit, the largest 1; `pairs_mm` [sites, 2, 3] as `electrodes` makes them. Nothing above
    half of `rate_hz` is left in it. In a unit of its own, the same for all units and sites of a limb.
    """
    behind_mm = np.arange(0.0, _WAVE_MM, _WAVE_STEP_MM)
    slope = _PEAK_MV * (3.0 * behind_mm**2 - behind_mm**3) * np.exp(-behind_mm)
    velocity = VELOCITY_M_S + _VELOCITY_SPREAD_M_S * np.linspace(-1.0, 1.0, len(size))
    way_per_step_mm = 1000.0 * velocity / steps_hz
    low_pass = _low_pass(rate_hz, steps_hz)
    steps = int(np.ceil(_LONGEST_WAY_MM / way_per_step_mm.min())) + len(low_pass)
    raw = np.zeros((len(size), steps, len(pairs_mm)))
    _potentials(
        units.x_mm, units.y_mm, units.z_mm, pairs_mm, way_per_step_mm, slope, limb.fat_mm, _ANISOTROPY**0.5, raw
    )
    raw *= size[:, np.newaxis, np.newaxis]
    grid = steps + len(low_pass) - 1
    response = np.fft.rfft(low_pass, grid)[:, np.newaxis]
    smooth = np.fft.irfft(np.fft.rfft(raw, grid, axis=1) * response, grid, axis=1)[:, :steps]
    # The two last steps are silent, so that reading between steps ends at nothing.
    smooth *= _fade(steps)[:, np.newaxis]
    return smooth


def _low_pass(rate_hz: float, steps_hz: float) -> NDArray[np.float64]:
    """Return the taps that smear by the end-plates' spread and take away what the sampling rate cannot hold."""
    half = int(np.ceil(3.0 * steps_hz / rate_hz)) + 1
    at = np.arange(-half, half + 1) / steps_hz
    window = np.sinc(2.0 * _PASS_SHARE * rate_hz * at) * np.hanning(len(at) + 2)[1:-1]
    spread_s = _END_PLATE_SPREAD_MM / 1000.0 / VELOCITY_M_S
    plates = np.exp(-0.5 * (at / spread_s) ** 2)
    taps = np.convolve(window / window.sum(), plates / plates.sum())
    unit_gain: NDArray[np.float64] = taps / taps.sum()
    return unit_gain


def _fade(steps: int) -> NDArray[np.float64]:
    fade = np.ones(steps)
    tail = steps // 8
    fade[-tail:] = 0.5 * (1.0 + np.cos(np.pi * np.minimum(np.arange(tail) / (tail - 2), 1.0)))
    return fade
