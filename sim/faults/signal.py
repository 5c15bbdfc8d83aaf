"""Samples come, but what they say is not muscle."""

from typing import Literal

from sim.faults.device import says
from sim.faults.fault import Bound, Fault, Recovery

# Samples that are no numbers need a device that sends floats.
_NAN_DEVICE: Literal["lsl"] = "lsl"


def _one(state: str, what: str, device: Literal["serial", "lsl"] = "serial") -> Fault:
    return Fault(
        f"{state}-one",
        f"one channel {what}",
        Bound.REST,
        Recovery.GOES_ON,
        says(f"channel 2 {state}"),
        says("channel all well"),
        lasts_s=2.0,
        device=device,
    )


def _all(state: str, what: str, device: Literal["serial", "lsl"] = "serial") -> Fault:
    return Fault(
        f"{state}-all",
        f"every channel {what}",
        Bound.HEALTH,
        Recovery.BY_ITSELF,
        says(f"channel all {state}"),
        says("channel all well"),
        lasts_s=2.0,
        device=device,
    )


FAULTS = (
    _one("railed", "is at the end of its range"),
    _all("railed", "is at the end of its range"),
    _one("flat", "stands still"),
    _all("flat", "stands still"),
    _one("mains", "is swamped by mains"),
    _all("mains", "is swamped by mains"),
    _one("nan", "holds no numbers", _NAN_DEVICE),
    _all("nan", "holds no numbers", _NAN_DEVICE),
)
