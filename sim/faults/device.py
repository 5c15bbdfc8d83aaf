"""The EMG device goes, comes back, or says what it should not."""

import signal

from sim.faults.fault import Action, Bound, Fault, Recovery, System, nothing


def says(line: str) -> Action:
    """Return the action of telling the emulated device this."""

    async def tell(system: System) -> None:
        system.tell_emulator(line)

    return tell


async def _freeze(system: System) -> None:
    system.send("emulator", signal.SIGSTOP)


async def _thaw(system: System) -> None:
    system.send("emulator", signal.SIGCONT)


def _line(name: str, what: str, state: str, bound: Bound, recovery: Recovery) -> Fault:
    return Fault(name, what, bound, recovery, says(f"line {state}"), says("line well"))


FAULTS = (
    Fault(
        "unplugged",
        "the device's cable is pulled, and plugged in again after a second",
        Bound.STALE,
        Recovery.BY_A_PERSON,
        says("unplug"),
        says("plug"),
    ),
    Fault("device-hangs", "the device says nothing", Bound.STALE, Recovery.BY_A_PERSON, _freeze, _thaw),
    Fault(
        "device-hesitates",
        "the device says nothing for a quarter of a second",
        Bound.STALE,
        Recovery.BY_ITSELF,
        _freeze,
        _thaw,
        lasts_s=0.25,
    ),
    Fault(
        "stall-then-burst",
        "a second of samples comes at once, a second late",
        Bound.STALE,
        Recovery.BY_A_PERSON,
        says("stall 1000"),
        nothing,
        lasts_s=1.2,
    ),
    _line("garbage-bytes", "bytes by chance instead of packets", "garbage", Bound.STALE, Recovery.BY_A_PERSON),
    _line("half-frames", "half of each packet", "half", Bound.STALE, Recovery.BY_A_PERSON),
    _line("duplicate-frames", "each packet twice", "twice", Bound.REST, Recovery.GOES_ON),
    _line(
        "reordered-frames",
        "packets in another order: each second one comes too late",
        "swapped",
        Bound.REST_HALF,
        Recovery.GOES_ON,
    ),
    Fault(
        "clock-ahead",
        "the device's clock jumps ten seconds ahead",
        Bound.REST,
        Recovery.GOES_ON,
        says("clock 10000"),
        nothing,
    ),
    Fault(
        "clock-back",
        "the device's clock jumps ten seconds back",
        Bound.REST,
        Recovery.GOES_ON,
        says("clock -10000"),
        nothing,
    ),
    Fault(
        "rate-high",
        "the device samples 20 % faster than it says",
        Bound.REST,
        Recovery.GOES_ON,
        says("rate 1.2"),
        says("rate 1"),
        lasts_s=3.0,
    ),
    Fault(
        "rate-low",
        "the device samples 20 % slower than it says",
        Bound.REST,
        Recovery.GOES_ON,
        says("rate 0.8"),
        says("rate 1"),
        lasts_s=3.0,
    ),
    Fault(
        "lsl-rate-high",
        "the LSL stream samples 20 % faster than it says, until it is ended for that",
        Bound.RATE,
        Recovery.BY_A_PERSON,
        says("rate 1.2"),
        says("rate 1"),
        lasts_s=7.0,
        device="lsl",
    ),
    Fault(
        "lsl-outlet-dies",
        "the LSL outlet ends, and another one comes after a second",
        Bound.STALE,
        Recovery.BY_A_PERSON,
        says("unplug"),
        says("plug"),
        device="lsl",
    ),
)
