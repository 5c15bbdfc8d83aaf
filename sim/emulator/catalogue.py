"""The emulated serial devices by the name of what they speak."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from drivers.source import StreamInfo
from sim.emulator.feed import GENERATOR_UV_PER_COUNT
from sim.emulator.voice import DeviceVoice
from sim.emulator.voices.chords import make_chords
from sim.emulator.voices.csv_lines import make_csv_bare, make_csv_lines
from sim.emulator.voices.cyton import CytonVoice
from sim.emulator.voices.efferent import EfferentVoice
from sim.emulator.voices.emager import EmagerVoice
from sim.emulator.voices.myo import MyoVoice
from sim.emulator.voices.olimex import make_olimex
from sim.emulator.voices.spikerbox import make_spikerbox
from sim.emulator.voices.umyo import make_umyo
from sim.errors import SimError


@dataclass(frozen=True, slots=True)
class EmulatedKind:
    """A device that can be emulated.

    `make` takes the name, source id, channel count and rate that were asked for (None: the device's usual ones) and
    raises `SimError` for what such a device does not offer.
    """

    title: str
    make: Callable[[str, str, int | None, float | None], DeviceVoice]


def make_efferent(name: str, source_id: str, channels: int | None, rate_hz: float | None) -> DeviceVoice:
    """Return a front end of our own framing: 8 channels at 1 kHz unless told otherwise."""
    count = 8 if channels is None else channels
    if count < 1:
        raise SimError(f"a front end has at least one channel, not {count}")
    info = StreamInfo(name, count, 1000.0 if rate_hz is None else rate_hz, source_id=source_id)
    return EfferentVoice(info, GENERATOR_UV_PER_COUNT)


def make_emager(name: str, source_id: str, channels: int | None, rate_hz: float | None) -> DeviceVoice:
    """Return an EMaGer cuff of the first generation."""
    voice = EmagerVoice(name, source_id)
    refuse_other_than("EMaGer cuff", channels, rate_hz, voice.info)
    return voice


def make_cyton(name: str, source_id: str, channels: int | None, rate_hz: float | None) -> DeviceVoice:
    """Return an OpenBCI Cyton."""
    voice = CytonVoice(name, source_id)
    refuse_other_than("Cyton", channels, rate_hz, voice.info)
    return voice


def make_cyton_daisy(name: str, source_id: str, channels: int | None, rate_hz: float | None) -> DeviceVoice:
    """Return an OpenBCI Cyton with a Daisy."""
    voice = CytonVoice(name, source_id, daisy=True)
    refuse_other_than("Cyton with a Daisy", channels, rate_hz, voice.info)
    return voice


def make_myo(name: str, source_id: str, channels: int | None, rate_hz: float | None) -> DeviceVoice:
    """Return a Myo armband and its dongle."""
    voice = MyoVoice(name, source_id)
    refuse_other_than("Myo armband", channels, rate_hz, voice.info)
    return voice


EMULATED: Mapping[str, EmulatedKind] = {
    "efferent": EmulatedKind("a front end of the efferent framing", make_efferent),
    "emager": EmulatedKind("an EMaGer cuff, 64 channels", make_emager),
    "spikerbox": EmulatedKind("a Muscle SpikerShield on an Arduino Uno", make_spikerbox),
    "csv_lines": EmulatedKind("a board that prints numbered lines with a check sum", make_csv_lines),
    "csv_bare": EmulatedKind("a board that prints bare numbers", make_csv_bare),
    "chords": EmulatedKind("an Arduino Uno R4 (or R3) with the Chords firmware", make_chords),
    "olimex": EmulatedKind("an Arduino with the Olimex EKG/EMG shield", make_olimex),
    "cyton": EmulatedKind("an OpenBCI Cyton", make_cyton),
    "cyton_daisy": EmulatedKind("an OpenBCI Cyton with a Daisy", make_cyton_daisy),
    "myo": EmulatedKind("a Myo armband and its dongle", make_myo),
    "umyo": EmulatedKind("uMyo sensors and their base", make_umyo),
}


def make_voice(
    protocol: str, name: str = "", source_id: str = "", channels: int | None = None, rate_hz: float | None = None
) -> DeviceVoice:
    """Build the device that speaks `protocol`. Raises `SimError` for an unknown one and for what it does not offer."""
    if protocol not in EMULATED:
        raise SimError(f"no emulated device speaks '{protocol}'; there are: {', '.join(EMULATED)}")
    return EMULATED[protocol].make(name, source_id, channels, rate_hz)


def refuse_other_than(kind: str, channels: int | None, rate_hz: float | None, info: StreamInfo) -> None:
    """Raise `SimError` where another channel count or rate was asked for than the device has."""
    if channels not in (None, info.channel_count) or rate_hz not in (None, info.rate_hz):
        raise SimError(
            f"a {kind} has {info.channel_count} channels at {info.rate_hz:g} Hz; leave out --channels and --rate"
        )
