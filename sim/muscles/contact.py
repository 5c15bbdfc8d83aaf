"""How well each site touches the skin: slow drift of its impedance, sweat, and electrodes that come off."""

import numpy as np
from numpy.typing import NDArray

# Drift of a site's sensitivity: sigma of its logarithm, and how long it remembers.
_DRIFT = 0.08
_MEMORY_S = 600.0
# Sweat joins the two electrodes of a pair: amplitude falls, spectrum stays (Abdoli-Eramaki et al. 2012, J Electromyogr
# Kinesiol 22:908-913, doi 10.1016/j.jelekin.2012.04.009): 2 to 3 % for each 0.02 mm of it, so this is some 0.3 mm.
_LOST_TO_SWEAT = 0.4
# A lead in the air is an aerial: what it picks up over what a well-stuck one does.
_HUM_IN_AIR = 400.0
_NOISE_IN_AIR = 10.0


class Contact:
    """Per site: what share of the body's signal arrives (`gains`), and how much hum and noise is picked up.

    `drift`: 1 as above, 0 none. `sweat` [sites] in [0, 1] and `lifted` [sites] may be set at any time.
    """

    def __init__(self, sites: int, rate_hz: float, generator: np.random.Generator, drift: float = 1.0) -> None:
        self.sweat = np.zeros(sites)
        self.lifted = np.zeros(sites, dtype=np.bool_)
        self._generator = generator
        self._spread = _DRIFT * drift
        # A new value each second, and straight lines between.
        self._grid = max(1, round(rate_hz))
        self._keep = float(np.exp(-1.0 / _MEMORY_S))
        self._last = np.zeros(sites)
        self._coming = self._drawn()
        self._at = 0

    @property
    def hum(self) -> NDArray[np.float64]:
        """Pick-up of mains [sites], of which 1 is usual."""
        return np.where(self.lifted, _HUM_IN_AIR, 1.0)

    @property
    def noise(self) -> NDArray[np.float64]:
        """Noise [sites], of which 1 is usual."""
        return np.where(self.lifted, _NOISE_IN_AIR, 1.0)

    def gains(self, n_samples: int) -> NDArray[np.float64]:
        """Return for the next [n, sites] samples the share of the body's signal that arrives."""
        logarithm = np.empty((n_samples, len(self._last)))
        filled = 0
        while filled < n_samples:
            count = min(n_samples - filled, self._grid - self._at)
            way = np.arange(self._at, self._at + count)[:, np.newaxis] / self._grid
            logarithm[filled : filled + count] = self._last + (self._coming - self._last) * way
            filled += count
            self._at += count
            if self._at == self._grid:
                self._last, self._at = self._coming, 0
                self._coming = self._drawn()
        arriving = np.where(self.lifted, 0.0, 1.0 - _LOST_TO_SWEAT * self.sweat)
        gains: NDArray[np.float64] = np.exp(logarithm) * arriving
        return gains

    def _drawn(self) -> NDArray[np.float64]:
        fresh = self._spread * np.sqrt(1.0 - self._keep**2) * self._generator.standard_normal(len(self._last))
        drawn: NDArray[np.float64] = self._keep * self._last + fresh
        return drawn
