"""What an LSL stream says about itself: rate, labels, units and places of its channels, as the XDF wiki names them."""

import math
from collections.abc import Iterator
from typing import Any

from drivers.errors import SettingsError
from drivers.source import StreamInfo, Unit
from drivers.voltage_unit import microvolts_per

# cf_float32, cf_double64, cf_int32, cf_int16, cf_int8, cf_int64; cf_string is 3.
NUMBERS = (1, 2, 4, 5, 6, 7)

_UNIT_NAMES = {Unit.MICROVOLT: "microvolts", Unit.ARBITRARY: "arbitrary"}


def describe(info: Any, rate_hz: float = 0.0) -> tuple[StreamInfo, tuple[float, ...]]:
    """Return what the stream is, and by what each of its channels is to be multiplied to get `StreamInfo.unit`.

    `info` is the full description, from an inlet. `rate_hz`: goes before what the sender says, unless 0.
    Raises `SettingsError` for text, and for a stream that names no rate where none is given.
    """
    name, channels, rate_hz = info.name(), info.channel_count(), rate_hz or info.nominal_srate()
    if info.channel_format() not in NUMBERS:
        raise SettingsError(f"LSL stream '{name}' carries text or nothing that can be sent; EMG must be numbers")
    if rate_hz <= 0:
        raise SettingsError(
            f"LSL stream '{name}' names no regular rate; set rate_hz to that of its device, it will be checked"
        )
    described = list(_channels(info))
    units = [channel.child_value("unit") for channel in described]
    labels = tuple(channel.child_value("label") for channel in described)
    unit, scales = Unit.ARBITRARY, (1.0,) * channels
    in_microvolts = [value for text in units if (value := microvolts_per(text)) is not None]
    if len(in_microvolts) == len(units) == channels:
        unit, scales = Unit.MICROVOLT, tuple(in_microvolts)
    known = labels if len(labels) == channels and any(labels) else ()
    places = tuple(_place_mm(channel) for channel in described)
    whole = len(places) == channels and all(math.isfinite(value) for place in places for value in place)
    stream = StreamInfo(name, channels, rate_hz, unit, known, info.source_id(), places_mm=places if whole else ())
    return stream, scales


def emg_stream(pylsl: Any, info: StreamInfo, name: str, source_id: str) -> Any:
    """Return the description of an outlet that sends float32 samples of `info`: labels, units, places, device.

    The names are those of the XDF wiki's page on EEG (it has none on EMG that we could read), and `serial_number` that
    of LSL's own programs for amplifiers. `source_id` empty: the device's.
    """
    described = pylsl.StreamInfo(
        name, "EMG", info.channel_count, info.rate_hz, pylsl.cf_float32, source_id or info.source_id
    )
    description = described.desc()
    channels = description.append_child("channels")
    for index in range(info.channel_count):
        channel = channels.append_child("channel")
        channel.append_child_value("label", info.labels[index] if info.labels else f"channel {index + 1}")
        channel.append_child_value("unit", _UNIT_NAMES[info.unit])
        channel.append_child_value("type", "EMG")
        if info.places_mm:
            location = channel.append_child("location")
            for axis, value in zip("XYZ", info.places_mm[index], strict=True):
                location.append_child_value(axis, f"{value:g}")
    device = description.append_child("acquisition")
    device.append_child_value("model", info.name)
    device.append_child_value("serial_number", info.source_id)
    return described


def marker_stream(pylsl: Any, name: str, source_id: str) -> Any:
    """Return the description of an outlet of words, sent when something happens."""
    described = pylsl.StreamInfo(name, "Markers", 1, pylsl.IRREGULAR_RATE, pylsl.cf_string, source_id)
    described.desc().append_child("channels").append_child("channel").append_child_value("label", "what happened")
    return described


def _channels(info: Any) -> Iterator[Any]:
    channel = info.desc().child("channels").child("channel")
    while not channel.empty():
        yield channel
        channel = channel.next_sibling("channel")


def _place_mm(channel: Any) -> tuple[float, float, float]:
    """Return the channel's `location`, X, Y and Z in mm; not a number where it is not given."""
    location = channel.child("location")
    x, y, z = (_number(location.child_value(axis)) for axis in "XYZ")
    return x, y, z


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
