"""What the Myo armband calls its attributes, and what it is told through them.

Sources: Thalmic Labs' published Bluetooth header (service, commands, modes); dzhu/myo-raw (MIT) and LibEMG's
`_myo_streamer.py` (MIT) for the attribute numbers of firmware 1.x.
"""

import struct

CHANNELS = 8
SAMPLES_PER_VALUE = 2
RATE_HZ = 200.0
LARGEST = 128
# d5060001-a904-deb9-4748-2c7f4a124842, in the order in which an advertisement has it
SERVICE = bytes.fromhex("4248124a7f2c4847b9de04a9010006d5")
_UUIDS_IN_PART, _UUIDS_IN_FULL = 0x06, 0x07

NAME, FIRMWARE, COMMAND = 0x03, 0x17, 0x19
# The four take turns, two samples each.
EMG = (0x2B, 0x2E, 0x31, 0x34)
EMG_SWITCHES = (0x2C, 0x2F, 0x32, 0x35)
NOTIFY = b"\x01\x00"
NOTIFIED, WAS_READ = 1, 0  # how a value came
FILTERED, UNFILTERED = 2, 3
NEVER_SLEEP = b"\x09\x01\x01"
FIRMWARE_VERSION = struct.Struct("<HHHH")  # major, minor, patch, hardware


def set_mode(emg_mode: int) -> bytes:
    """Return the command that chooses the EMG, without motion sensors and without gestures."""
    return bytes((0x01, 0x03, emg_mode, 0x00, 0x00))


def is_myo(advertisement: bytes) -> bool:
    """Tell whether an advertisement names the Myo's service."""
    at = 0
    while at + 1 < len(advertisement) and advertisement[at]:
        end = at + 1 + advertisement[at]
        kind, data = advertisement[at + 1], advertisement[at + 2 : end]
        if kind in (_UUIDS_IN_PART, _UUIDS_IN_FULL) and SERVICE in (data[i : i + 16] for i in range(0, len(data), 16)):
            return True
        at = end
    return False


def advertise() -> bytes:
    """Return what the armband advertises."""
    return b"\x02\x01\x06" + bytes((1 + len(SERVICE), _UUIDS_IN_PART)) + SERVICE


def address_text(address: bytes) -> str:
    """Return a Bluetooth address as people write it; on the wire its last part comes first."""
    return ":".join(f"{part:02x}" for part in reversed(address))
