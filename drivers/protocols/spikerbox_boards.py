"""The SpikerBox family: what each board sends, by the name it gives itself.

"SpikerBox USB Communication Guide" R7, docs.backyardbrains.com.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SpikerBoard:
    """A kind of board: its rate for each number of channels, its bits, whether it takes `c:N;`, waits for `start:;`."""

    title: str
    rates_hz: Mapping[int, float]
    bits: int
    counts_channels: bool = False
    waits_for_start: bool = False


# One converter that takes turns: 10 kHz for all channels together.
_SHIELD_RATES = {channels: 10_000.0 / channels for channels in range(1, 7)}

BOARDS: Mapping[str, SpikerBoard] = {
    "MUSCLESS": SpikerBoard("Muscle SpikerShield", _SHIELD_RATES, 10, counts_channels=True),
    "HEARTSS": SpikerBoard("Heart and Brain SpikerShield", _SHIELD_RATES, 10, counts_channels=True),
    "HBLEOSB": SpikerBoard("Heart and Brain SpikerBox", {1: 10_000.0}, 10),
    "HHIBOX": SpikerBoard("Human-Human-Interface", {1: 10_000.0}, 10),
    "MSBPCDC": SpikerBoard("Muscle SpikerBox Pro", {2: 10_000.0, 3: 5_000.0, 4: 5_000.0}, 10, waits_for_start=True),
    "NSBPCDC": SpikerBoard("Neuron SpikerBox Pro", {2: 10_000.0, 3: 5_000.0, 4: 5_000.0}, 10, waits_for_start=True),
    "NRNSBPRO": SpikerBoard("Neuron SpikerBox Pro", {2: 10_000.0, 3: 10_000.0}, 14),
    "HUMANSB": SpikerBoard("Human SpikerBox", {2: 5_000.0, 3: 5_000.0, 4: 5_000.0}, 14),
    "UNIBOX": SpikerBoard("Spike Station", {2: 42_661.5}, 14),
}
