"""What can be wrong with a channel, and how to say so."""

from enum import IntFlag


class ChannelFault(IntFlag):
    """Faults of one channel; several may hold at once."""

    GOOD = 0
    FLAT = 1
    RAILED = 2
    LIFTED = 4
    MAINS = 8
    BRIDGED = 16
    MOTION = 32
    BASELINE = 64
    NOT_FINITE = 128


# The gravest first: where several hold, this one is told, because it explains the others.
WORDS: dict[ChannelFault, str] = {
    ChannelFault.NOT_FINITE: "sends what is no number; check the device",
    ChannelFault.RAILED: "amplifier at its limit; check the electrode and its cable",
    ChannelFault.FLAT: "no signal; check the cable",
    ChannelFault.LIFTED: "electrode lifted",
    ChannelFault.BRIDGED: "same signal as its neighbour; dry the skin between the electrodes",
    ChannelFault.MAINS: "mains hum; check the contact and the reference electrode",
    ChannelFault.MOTION: "electrode or cable is moving",
    ChannelFault.BASELINE: "level at rest is not that of the calibration; calibrate again",
}
# An IntFlag's own name is looked up in 2 µs.
_WORD = {fault: str(fault.name).lower() for fault in WORDS}


def word(faults: int) -> str:
    """Return one word for the gravest of `faults`, as `SignalReport.health` has it."""
    for fault in WORDS:
        if faults & fault:
            return _WORD[fault]
    return "good"


def words(faults: int) -> str:
    """Say in words which is the gravest of `faults`, and what to do about it; or that the channel is good."""
    return next((text for fault, text in WORDS.items() if faults & fault), "good")
