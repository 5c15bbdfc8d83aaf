"""The wire protocols by name, and what a port has to be for each; packages add to them through an entry point group."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from drivers.errors import SettingsError
from drivers.plug_ins import find_plug_in, plug_ins
from drivers.protocols.chords import ChordsParser
from drivers.protocols.csv_lines import CsvLinesParser
from drivers.protocols.cyton import CytonProtocol
from drivers.protocols.efferent_frame import EfferentParser
from drivers.protocols.emager import EmagerParser
from drivers.protocols.myo import MyoParser
from drivers.protocols.olimex import OlimexParser
from drivers.protocols.protocol import WireProtocol
from drivers.protocols.spikerbox import SpikerBoxParser
from drivers.protocols.umyo import UmyoParser
from drivers.source import SourceHealth

GROUP = "efferent.protocols"


@dataclass(frozen=True, slots=True)
class ProtocolKind:
    """A protocol that the serial source speaks.

    `make` takes the counters and the options of this protocol as keyword arguments. `timeout_s`: how long a device may
    take from the opened port to the first words, its own start included.
    """

    title: str
    make: Callable[..., WireProtocol]
    baud: int
    timeout_s: float = 2.0


PROTOCOLS: Mapping[str, ProtocolKind] = {
    "efferent": ProtocolKind("the efferent framing, 1 to 64 channels", EfferentParser, baud=921_600),
    "emager": ProtocolKind("EMaGer cuff, 64 channels", EmagerParser, baud=1_500_000),
    "spikerbox": ProtocolKind("Backyard Brains SpikerBoxes and SpikerShields", SpikerBoxParser, 230_400, timeout_s=6.0),
    "csv_lines": ProtocolKind("lines of text from any Arduino", CsvLinesParser, baud=115_200, timeout_s=12.0),
    "chords": ProtocolKind("Upside Down Labs Chords boards", ChordsParser, baud=230_400, timeout_s=8.0),
    "olimex": ProtocolKind("Olimex SHIELD-EKG-EMG on an Arduino", OlimexParser, baud=57_600, timeout_s=4.0),
    # Two resets, and sixteen commands that may take 0.2 s each over the radio.
    "cyton": ProtocolKind("OpenBCI Cyton, with or without a Daisy", CytonProtocol, baud=115_200, timeout_s=10.0),
    # the dongle is USB, whatever its rate is called; an armband that sleeps takes a while to be woken and heard
    "myo": ProtocolKind("Myo armband over its dongle", MyoParser, baud=9600, timeout_s=12.0),
    # It is listened to for a second, and a sensor may just be starting.
    "umyo": ProtocolKind("uMyo sensors over their base", UmyoParser, baud=921_600, timeout_s=4.0),
}


def protocol_names() -> tuple[str, ...]:
    """Names of all protocols: ours first, then what installed packages bring."""
    return (*PROTOCOLS, *(plug_in.name for plug_in in plug_ins(GROUP) if plug_in.name not in PROTOCOLS))


def protocol_kind(name: str) -> ProtocolKind:
    """Return the protocol of that name: one of ours, or a `ProtocolKind` that an installed package brings.

    Raises `SettingsError` for an unknown name and for a package that is broken.
    """
    if name in PROTOCOLS:
        return PROTOCOLS[name]
    plug_in = find_plug_in(GROUP, name)
    if plug_in is None:
        raise SettingsError(f"no serial protocol is called '{name}'; there are: {', '.join(protocol_names())}")
    kind = plug_in.load()
    if not isinstance(kind, ProtocolKind):
        raise SettingsError(
            f"the entry point '{name}' of {plug_in.package} must name a ProtocolKind of {__name__}, not {kind!r}"
        )
    return kind


def make_protocol(name: str, health: SourceHealth, options: Mapping[str, Any]) -> WireProtocol:
    """Build the host's side of the protocol `name`. Raises `SettingsError` for unknown names and refused options."""
    kind = protocol_kind(name)
    try:
        return kind.make(health, **options)
    except TypeError as error:
        raise SettingsError(f"protocol '{name}' refuses its options: {error}; see docs/devices") from error
