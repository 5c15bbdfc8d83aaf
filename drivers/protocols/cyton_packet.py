"""The packet of the OpenBCI Cyton as bytes: 33 of them, the same with a Daisy on top.

Source: OpenBCI, Cyton Data Format, https://docs.openbci.com/Cyton/CytonDataFormat/. There is no check sum.
"""

import numpy as np
from numpy.typing import NDArray

PACKET_BYTES = 33
HEADER = 0xA0
NUMBER_AT, CHANNELS_AT, AUXILIARY_AT, FOOTER_AT = 1, 2, 26, 32
# 0xC0 accelerometer, C1 raw, C2 the user's own, C3 to C6 with a time stamp. Higher ones are not defined.
FIRST_FOOTER, LAST_FOOTER = 0xC0, 0xC6
NUMBERS = 256
PACKET_CHANNELS = 8
PACKET_RATE_HZ = 250.0  # with a Daisy as well: then the boards take turns

COUNT_LIMIT = (1 << 23) - 1
GAINS = (1, 2, 4, 6, 8, 12, 24)  # the place of a gain in this list is its code in a command
# Reference voltage of the ADS1299 on the board; an input of so much over the gain gives the largest count.
REFERENCE_UV = 4.5e6

Bytes = NDArray[np.uint8]


def uv_per_count(gain: int) -> float:
    """Return the step of one count: 0.0224 µV at gain 24."""
    return REFERENCE_UV / gain / COUNT_LIMIT


def unpack_channels(packets: Bytes, scale: float) -> NDArray[np.float64]:
    """Return the channels of [n, 33] packets as [n, 8] samples, `scale` per count, all of them at once.

    The counts land in the upper three bytes of an int32, so the sign needs no work; 256 is a power of two, so the
    division changes no bit of the product.
    """
    counts = np.zeros((len(packets), PACKET_CHANNELS, 4), dtype=np.uint8)
    counts[:, :, :3] = packets[:, CHANNELS_AT:AUXILIARY_AT].reshape(-1, PACKET_CHANNELS, 3)
    samples: NDArray[np.float64] = counts.view(">i4")[:, :, 0] * (scale / 256)
    return samples


def pack(first_number: int, counts: NDArray[np.int32], auxiliary: Bytes, footers: Bytes) -> Bytes:
    """Return the [n, 33] packets for counts [n, 8] within 24 bits, auxiliary bytes [n, 6] and footers [n]."""
    packets = np.empty((len(counts), PACKET_BYTES), dtype=np.uint8)
    packets[:, 0] = HEADER
    packets[:, NUMBER_AT] = np.arange(first_number, first_number + len(counts)) % NUMBERS
    high_first = np.ascontiguousarray(counts, dtype=">i4").view(np.uint8).reshape(-1, PACKET_CHANNELS, 4)
    packets[:, CHANNELS_AT:AUXILIARY_AT] = high_first[:, :, 1:].reshape(-1, AUXILIARY_AT - CHANNELS_AT)
    packets[:, AUXILIARY_AT:FOOTER_AT] = auxiliary
    packets[:, FOOTER_AT] = footers
    return packets
