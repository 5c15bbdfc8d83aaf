"""EMG of a wearer's muscles at their sites, sample by sample: what a feed plays and a simulated wearer drives."""

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from sim.errors import SimError
from sim.muscles.action_potential import action_potentials
from sim.muscles.contact import Contact
from sim.muscles.geometry import Limb, MusclePlace, electrodes, scatter_units
from sim.muscles.heart import Heart
from sim.muscles.mains import Mains
from sim.muscles.motion_bursts import MotionBursts
from sim.muscles.pool import motor_unit_pool
from sim.muscles.preset import Posture, WearerPreset
from sim.muscles.skin_noise import SkinNoise
from sim.muscles.synthesis import Synthesis, steps_hz

_LOWEST_RATE_HZ, _HIGHEST_RATE_HZ = 200.0, 20_000.0
# More than this at once would only take memory.
_BLOCK = 4096
# Beyond this a site is somewhere else, and a file of its own says where.
_FARTHEST_SHIFT_MM = 100.0


class MuscleSignal:
    """What the sites of a wearer measure while the muscles do what they are told, in µV.

    `seed` is the person: motor units, skin. `take` is the occasion: discharges and noise. An activation is the share
    of a muscle's largest force, in [0, 1], and holds until it is set again. The same calls give the same samples;
    `next(3)` and `next(4)` give what `next(7)` gives. Not for several threads. Raises `SimError` for what cannot be.
    """

    def __init__(self, preset: WearerPreset, rate_hz: float = 1000.0, seed: int = 0, take: int = 0) -> None:
        if not _LOWEST_RATE_HZ <= rate_hz <= _HIGHEST_RATE_HZ:
            raise SimError(
                f"muscles are sampled at {_LOWEST_RATE_HZ:g} to {_HIGHEST_RATE_HZ:g} Hz, not at {rate_hz:g} Hz"
            )
        if seed < 0 or take < 0:
            raise SimError(f"seed and take are 0 or more, not {seed} and {take}")
        self.preset = preset
        self.rate_hz = rate_hz
        self.site_names = tuple(site.name for site in preset.sites)
        self.muscle_names = tuple(muscle.name for muscle in preset.muscles)
        self._limb = Limb(preset.limb_radius_mm, preset.fat_mm)
        self._pools = [motor_unit_pool(muscle.motor_units) for muscle in preset.muscles]
        self._places = [
            scatter_units(
                MusclePlace(muscle.angle_deg, muscle.depth_mm, muscle.radius_mm),
                self._limb,
                muscle.motor_units,
                np.random.default_rng([seed, 10, number]),
            )
            for number, muscle in enumerate(preset.muscles)
        ]
        self._shift_mm = np.zeros((len(preset.sites), 2))  # along, around
        self._posture = Posture()
        raw = self._raw_potentials(self._shift_mm, self._posture)
        self._uv = [
            muscle.full_effort_uv / self._full_effort(number, raw[number])
            for number, muscle in enumerate(preset.muscles)
        ]
        self._synthesis = Synthesis(
            self._pools, self._scaled(raw), rate_hz, np.random.default_rng([seed, 11, take]), preset.tiring
        )
        sites, behind = len(preset.sites), preset.background
        self._noise = SkinNoise(sites, behind.skin_noise_uv, rate_hz, np.random.default_rng([seed, 12, take]))
        self._mains = Mains(sites, behind.mains_uv, behind.mains_hz, rate_hz, np.random.default_rng([seed, 13]))
        self._motion = MotionBursts(
            sites,
            behind.motion_bursts_per_min,
            behind.motion_burst_uv,
            rate_hz,
            np.random.default_rng([seed, 14, take]),
        )
        ecg_uv = np.array([site.ecg_uv for site in preset.sites])
        self._heart = Heart(ecg_uv, behind.heart_rate_per_min, rate_hz, np.random.default_rng([seed, 15, take]))
        self._contact = Contact(sites, rate_hz, np.random.default_rng([seed, 16, take]), behind.impedance_drift)
        self._activation = np.zeros(len(preset.muscles))
        # What a muscle gives besides when another is meant: [meant, active].
        self._along_with = np.eye(len(preset.muscles))
        for number, muscle in enumerate(preset.muscles):
            for other, share in muscle.coactivates.items():
                self._along_with[number, self.muscle_names.index(other)] = share

    @property
    def fatigue(self) -> NDArray[np.float64]:
        """How tired each muscle is [muscles]: 0 fresh, 1 exhausted. A copy."""
        return self._synthesis.fatigue.copy()

    def set_fatigue(self, fatigue: float) -> None:
        """Make all muscles so tired, in [0, 1]."""
        _require_share("fatigue", fatigue)
        self._synthesis.fatigue[:] = fatigue

    def set_activations(self, activations: Mapping[str, float]) -> None:
        """From the next sample on, activate the named muscles so much; the others stay as they are."""
        for name, activation in activations.items():
            _require_share("an activation", activation)
            self._activation[self._muscle(name)] = activation

    def next(self, n_samples: int) -> NDArray[np.float64]:
        """Return the next [n, sites] µV at the activations that are set."""
        return self.next_driven(np.broadcast_to(self._activation, (n_samples, len(self._activation))))

    def next_driven(self, activations: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the next [n, sites] µV for activations [n, muscles] in the preset's order, one row for each sample.

        What is not in [0, 1] is cut. Leaves the activations that are set as they are.
        """
        samples = np.empty((len(activations), len(self.site_names)))
        for first in range(0, len(activations), _BLOCK):
            samples[first : first + _BLOCK] = self._block(activations[first : first + _BLOCK])
        return samples

    def shift_sites(self, along_mm: float = 0.0, around_mm: float = 0.0, site: str | None = None) -> None:
        """Let one site, or all, sit so far from where the preset puts it: along the limb, and around it outwards.

        Takes some tenths of a second of computing; so does a posture. `prepare_shift` does that beforehand.
        """
        self.prepare_shift(along_mm, around_mm, site)()

    def set_posture(self, name: str | None) -> None:
        """Hold the limb in a posture of the preset; None for that of the calibration."""
        self.prepare_posture(name)()

    def prepare_shift(
        self, along_mm: float = 0.0, around_mm: float = 0.0, site: str | None = None
    ) -> Callable[[], None]:
        """Compute a shift on any thread, and return what makes it so at once, on the thread of `next`."""
        if not (way_mm := math.hypot(along_mm, around_mm)) <= _FARTHEST_SHIFT_MM:
            raise SimError(f"sites shift by up to {_FARTHEST_SHIFT_MM:g} mm, not by {way_mm:g} mm")
        shift_mm = self._shift_mm.copy()
        shift_mm[slice(None) if site is None else self._site(site)] = along_mm, around_mm
        return self._prepare(shift_mm, self._posture)

    def prepare_posture(self, name: str | None) -> Callable[[], None]:
        """Compute a posture on any thread, and return what makes it so at once, on the thread of `next`."""
        if name is not None and name not in self.preset.postures:
            known = ", ".join(self.preset.postures) or "none"
            raise SimError(f"this wearer has no posture '{name}'; there are: {known}")
        return self._prepare(self._shift_mm, Posture() if name is None else self.preset.postures[name])

    def lift(self, site: str, lifted: bool = True) -> None:
        """Take a site off the skin, or put it back; both make a burst there."""
        number = self._site(site)
        self._contact.lifted[number] = lifted
        self._motion.bump(number)

    def set_sweat(self, sweat: float) -> None:
        """Make the skin under all sites so wet, in [0, 1]."""
        _require_share("sweat", sweat)
        self._contact.sweat[:] = sweat

    def bump(self) -> None:
        """Knock against the socket now."""
        self._motion.bump()

    def _block(self, activations: NDArray[np.float64]) -> NDArray[np.float64]:
        count = len(activations)
        meant = np.clip(activations, 0.0, 1.0)
        # One after the other: BLAS would start threads, and its sums would depend on the number of samples.
        drive = np.zeros(activations.shape)
        for muscle, shares in enumerate(self._along_with):
            drive += meant[:, muscle, np.newaxis] * shares
        for name, share in self._posture.holding.items():
            muscle = self._muscle(name)
            drive[:, muscle] = np.maximum(drive[:, muscle], share)
        body = self._synthesis.next(np.minimum(drive, 1.0)) + self._heart.next(count)
        samples: NDArray[np.float64] = (
            body * self._contact.gains(count)
            + self._noise.next(count) * self._contact.noise
            + self._mains.next(count) * self._contact.hum
            + self._motion.next(count)
        )
        return samples

    def _prepare(self, shift_mm: NDArray[np.float64], posture: Posture) -> Callable[[], None]:
        potentials = self._scaled(self._raw_potentials(shift_mm, posture))

        def settle() -> None:
            self._shift_mm, self._posture = shift_mm, posture
            self._synthesis.set_potentials(potentials)

        return settle

    def _scaled(self, raw: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
        return [uv * potentials for uv, potentials in zip(self._uv, raw, strict=True)]

    def _raw_potentials(self, shift_mm: NDArray[np.float64], posture: Posture) -> list[NDArray[np.float64]]:
        """Return each muscle's action potentials with the sites there, in the unit of `action_potentials`."""
        along_mm = np.array([site.along_mm for site in self.preset.sites]) + shift_mm[:, 0]
        around_mm = shift_mm[:, 1] + posture.slide_around_mm
        angle_deg = np.array([site.angle_deg for site in self.preset.sites])
        pairs_mm = electrodes(
            self._limb,
            angle_deg + np.rad2deg(around_mm / self._limb.radius_mm),
            along_mm + posture.slide_along_mm,
            self.preset.electrode_distance_mm,
        )
        return [
            action_potentials(
                places, pool.twitch / pool.twitch[-1], pairs_mm, self._limb, self.rate_hz, steps_hz(self.rate_hz)
            )
            for pool, places in zip(self._pools, self._places, strict=True)
        ]

    def _full_effort(self, muscle: int, raw: NDArray[np.float64]) -> float:
        """Return the RMS of a muscle at full effort at its best site: that of independent discharges (Campbell)."""
        power = (raw**2).sum(axis=1) / steps_hz(self.rate_hz)
        return float(np.sqrt((self._pools[muscle].rates_at_hz(1.0)[:, np.newaxis] * power).sum(axis=0).max()))

    def _muscle(self, name: str) -> int:
        if name not in self.muscle_names:
            raise SimError(f"this wearer has no muscle '{name}'; there are: {'; '.join(self.muscle_names)}")
        return self.muscle_names.index(name)

    def _site(self, name: str) -> int:
        if name not in self.site_names:
            raise SimError(f"this wearer has no site '{name}'; there are: {'; '.join(self.site_names)}")
        return self.site_names.index(name)


def _require_share(what: str, value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise SimError(f"{what} is between 0 and 1, not {value:g}")
