"""One packet of the efferent framing as bytes: its layout, its check sum, its description text.

The layout is documented for firmware writers in docs/devices/efferent-framing.md.
"""

import math
import struct
from binascii import crc_hqx
from dataclasses import dataclass

import numpy as np
from cobs import cobs
from numpy.typing import NDArray

from drivers.errors import SettingsError
from drivers.source import StreamInfo, Unit

DATA_V1 = 0x01
DESCRIPTION_V1 = 0x02
DESCRIBE_COMMAND = b"describe\n"

DATA_HEAD = struct.Struct("<BBBBII")  # type, channels, samples, boot, index of first sample, µs of newest sample
DESCRIPTION_HEAD = struct.Struct("<BBBBId")  # type, channels, unit, boot, rate in mHz, unit per count
CRC_BYTES = 2
SAMPLE_BYTES = 3

MAX_CHANNELS = 64
MAX_SAMPLES = 255
MAX_TEXT_BYTES = 2048  # 64 labels of 30 bytes; small enough for the transmit buffer of a small microcontroller
MAX_PACKET_BYTES = DATA_HEAD.size + MAX_SAMPLES * MAX_CHANNELS * SAMPLE_BYTES + CRC_BYTES
MAX_ENCODED_BYTES = MAX_PACKET_BYTES + MAX_PACKET_BYTES // 254 + 1  # COBS adds one byte in 254, and one

COUNT_LIMIT = 1 << 23
# A scale outside this range is a mistake: the smallest step of any front end is above 1e-12 of any sensible unit.
SCALE_RANGE = (1e-12, 1e12)

UNIT_CODES = {Unit.ARBITRARY: 0, Unit.MICROVOLT: 1}
UNITS = {code: unit for unit, code in UNIT_CODES.items()}


@dataclass(frozen=True, slots=True)
class Description:
    """What a device says about its stream. `scale` is the step of one count, in `info.unit`; `boot` names the run."""

    info: StreamInfo
    scale: float
    boot: int


def check_sum(body: bytes) -> int:
    """Return the CRC-16/IBM-3740 of the bytes: polynomial 0x1021, start 0xFFFF; 0x29B1 for `123456789`."""
    return crc_hqx(body, 0xFFFF)


def seal(body: bytes) -> bytes:
    """Return the body as it goes over the wire: with its check sum, COBS-encoded, ended by 0x00."""
    encoded: bytes = cobs.encode(body + check_sum(body).to_bytes(CRC_BYTES, "little"))
    return encoded + b"\0"


def unseal(piece: bytes) -> bytes:
    """Return the packet that `seal` made, check sum included; `piece` comes without its 0x00.

    Raises `ValueError` when the COBS code or the check sum is wrong, or the packet is too short to be one.
    """
    try:
        packet: bytes = cobs.decode(piece)
    except cobs.DecodeError as error:
        raise ValueError(str(error)) from error
    if len(packet) <= CRC_BYTES:
        raise ValueError("too short")
    if check_sum(packet[:-CRC_BYTES]) != int.from_bytes(packet[-CRC_BYTES:], "little"):
        raise ValueError("wrong check sum")
    return packet


def write_description(description: Description) -> bytes:
    """Return the body of a description packet. Raises `SettingsError` for what the framing cannot say."""
    info = description.info
    texts = (info.name, info.source_id, *(info.labels or ("",) * info.channel_count))
    text = "\0".join(texts).encode()
    if len(texts) != 2 + info.channel_count or text.count(b"\0") != len(texts) - 1:
        raise SettingsError(f"a stream of {info.channel_count} channels needs as many labels, none with a zero byte")
    if len(text) > MAX_TEXT_BYTES:
        raise SettingsError(f"name, source and labels take {len(text)} bytes; there is room for {MAX_TEXT_BYTES}")
    millihertz = round(info.rate_hz * 1000)
    if not (1 <= info.channel_count <= MAX_CHANNELS and 0 < millihertz < 1 << 32 and _is_scale(description.scale)):
        raise SettingsError(
            f"the framing carries 1..{MAX_CHANNELS} channels, a rate of 0.001..4e6 Hz and a scale of 1e-12..1e12; "
            f"asked for were {info.channel_count}, {info.rate_hz} and {description.scale}"
        )
    unit = UNIT_CODES[info.unit]
    head = (DESCRIPTION_V1, info.channel_count, unit, description.boot, millihertz, description.scale)
    return DESCRIPTION_HEAD.pack(*head) + text


def read_description(packet: bytes) -> Description:
    """Return what a checked description packet says. Raises `ValueError` when it contradicts the layout."""
    if not DESCRIPTION_HEAD.size + CRC_BYTES < len(packet) <= DESCRIPTION_HEAD.size + MAX_TEXT_BYTES + CRC_BYTES:
        raise ValueError("wrong length")
    _, channels, unit, boot, millihertz, scale = DESCRIPTION_HEAD.unpack_from(packet)
    texts = packet[DESCRIPTION_HEAD.size : -CRC_BYTES].decode().split("\0")
    if not 1 <= channels <= MAX_CHANNELS or len(texts) != 2 + channels:
        raise ValueError("wrong channel count")
    if unit not in UNITS or millihertz == 0 or not _is_scale(scale):
        raise ValueError("unknown unit, or no rate, or no scale")
    labels = tuple(texts[2:]) if any(texts[2:]) else ()
    full_scale = COUNT_LIMIT * abs(scale)
    info = StreamInfo(texts[0], channels, millihertz / 1000, UNITS[unit], labels, texts[1], full_scale)
    return Description(info, scale, boot)


def pack_counts(counts: NDArray[np.int32]) -> bytes:
    """Return [n, channels] counts within 24 bits as int24, little-endian, sample by sample."""
    return np.ascontiguousarray(counts, dtype="<i4").view(np.uint8).reshape(-1, 4)[:, :SAMPLE_BYTES].tobytes()


def unpack_samples(payload: bytes, channels: int, scale: float) -> NDArray[np.float64]:
    """Return int24 counts as [n, channels] samples, `scale` per count. All of them at once, without a Python loop.

    The counts land in the upper three bytes of an int32, so the sign needs no work; 256 is a power of two, so the
    division changes no bit of the product.
    """
    counts = np.zeros((len(payload) // SAMPLE_BYTES, 4), dtype=np.uint8)
    counts[:, 1:] = np.frombuffer(payload, dtype=np.uint8).reshape(-1, SAMPLE_BYTES)
    samples: NDArray[np.float64] = counts.view("<i4").reshape(-1, channels) * (scale / 256)
    return samples


def _is_scale(scale: float) -> bool:
    return math.isfinite(scale) and SCALE_RANGE[0] <= abs(scale) <= SCALE_RANGE[1]
