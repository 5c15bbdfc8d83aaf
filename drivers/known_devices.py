"""What a USB device may be, by the ids that are written in it. A hint: many devices share one maker's USB chip."""

from dataclasses import dataclass

FTDI, ARDUINO, BACKYARD_BRAINS, SILICON_LABS, WCH, BLUEGIGA = 0x0403, 0x2341, 0x2E73, 0x10C4, 0x1A86, 0x2458


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """`product_id` None: any of this vendor. `protocols`: what it may speak, likeliest first; empty for anything."""

    vendor_id: int
    product_id: int | None
    words: str
    protocols: tuple[str, ...] = ()


_ON_AN_ARDUINO = ("spikerbox", "chords", "olimex", "csv_lines")

# Ids of Backyard Brains: its SpikerBox USB Communication Guide, R7. Of the Uno R4: Arduino's boards.txt for its Renesas
# boards. Of the Myo's dongle: LibEMG looks for it so. The Cyton's dongle holds an FTDI chip of the FT-X series.
KNOWN_DEVICES: tuple[KnownDevice, ...] = (
    KnownDevice(FTDI, 0x6015, "FTDI FT-X: OpenBCI's dongle, or a SpikerBox", ("cyton", "spikerbox")),
    KnownDevice(FTDI, 0x6001, "FTDI FT232R: any board with this adapter"),
    KnownDevice(BACKYARD_BRAINS, 0x0001, "SpikerBox Pro, old: HID, no serial port"),
    KnownDevice(BACKYARD_BRAINS, 0x0002, "SpikerBox Pro, old: HID, no serial port"),
    KnownDevice(BACKYARD_BRAINS, 0x0004, "Human SpikerBox", ("spikerbox",)),
    KnownDevice(BACKYARD_BRAINS, 0x0006, "Muscle SpikerBox Pro", ("spikerbox",)),
    KnownDevice(BACKYARD_BRAINS, 0x0009, "Neuron SpikerBox Pro", ("spikerbox",)),
    KnownDevice(BACKYARD_BRAINS, 0x000D, "Spike Station", ("spikerbox",)),
    KnownDevice(BACKYARD_BRAINS, None, "Backyard Brains", ("spikerbox",)),
    KnownDevice(BLUEGIGA, 0x0001, "BLED112 dongle, as the Myo armband's", ("myo",)),
    KnownDevice(ARDUINO, 0x0043, "Arduino Uno R3: a shield for EMG", _ON_AN_ARDUINO),
    KnownDevice(ARDUINO, 0x0001, "Arduino Uno: a shield for EMG", _ON_AN_ARDUINO),
    KnownDevice(ARDUINO, 0x0069, "Arduino Uno R4 Minima: a shield for EMG", _ON_AN_ARDUINO),
    KnownDevice(ARDUINO, 0x1002, "Arduino Uno R4 WiFi: a shield for EMG", _ON_AN_ARDUINO),
    KnownDevice(ARDUINO, None, "Arduino: a shield for EMG", _ON_AN_ARDUINO),
    KnownDevice(SILICON_LABS, 0xEA60, "CP210x: any board with this adapter"),
    KnownDevice(WCH, 0x7523, "CH340: any board with this adapter, often an Arduino"),
)


def known_device(vendor_id: int | None, product_id: int | None) -> KnownDevice | None:
    """Return what is known of this device; one with both ids goes before one that only the vendor makes likely."""
    of_vendor = [known for known in KNOWN_DEVICES if known.vendor_id == vendor_id]
    exact = [known for known in of_vendor if known.product_id == product_id]
    return next(iter(exact or [known for known in of_vendor if known.product_id is None]), None)
