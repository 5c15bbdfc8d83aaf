"""What a driver has to keep, as tests to subclass; docs/devices/your-own-driver.md shows how."""

from drivers.conformance.emg_source import EmgSourceConformance, PlayedDevice
from drivers.conformance.verdict import NotConformingError
from drivers.conformance.wire_protocol import ExampleDevice, WireProtocolConformance

__all__ = [
    "EmgSourceConformance",
    "ExampleDevice",
    "NotConformingError",
    "PlayedDevice",
    "WireProtocolConformance",
]
