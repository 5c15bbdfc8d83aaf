from typing import Any

import pytest

from drivers.errors import SettingsError
from drivers.lsl_description import describe
from drivers.source import Unit


def info_of(pylsl: Any, rate_hz: float = 1000.0, kind: str = "float32", units: tuple[str, ...] = ()) -> Any:
    info = pylsl.StreamInfo("bench", "EMG", 2, rate_hz, kind, "id 1")
    channels = info.desc().append_child("channels")
    for n, unit in enumerate(units):
        channel = channels.append_child("channel")
        channel.append_child_value("label", f"site {n}")
        channel.append_child_value("unit", unit)
    return info


@pytest.mark.parametrize(
    ("units", "unit", "scales"),
    [
        (("microvolts", "uV"), Unit.MICROVOLT, (1.0, 1.0)),
        (("µV", " Microvolt "), Unit.MICROVOLT, (1.0, 1.0)),
        (("millivolts", "mV"), Unit.MICROVOLT, (1e3, 1e3)),
        (("volts", "uV"), Unit.MICROVOLT, (1e6, 1.0)),
        (("uV", "furlong"), Unit.ARBITRARY, (1.0, 1.0)),
        (("uV", ""), Unit.ARBITRARY, (1.0, 1.0)),
        (("uV",), Unit.ARBITRARY, (1.0, 1.0)),
        ((), Unit.ARBITRARY, (1.0, 1.0)),
    ],
)
def test_units_are_believed_when_all_channels_have_a_known_one(
    pylsl: Any, units: tuple[str, ...], unit: Unit, scales: tuple[float, ...]
) -> None:
    stream, found = describe(info_of(pylsl, units=units))
    assert (stream.unit, found) == (unit, scales)
    assert (stream.name, stream.channel_count, stream.rate_hz, stream.source_id) == ("bench", 2, 1000.0, "id 1")
    assert stream.labels == (("site 0", "site 1") if len(units) == 2 else ())


def test_text_streams_are_refused(pylsl: Any) -> None:
    with pytest.raises(SettingsError, match="carries text"):
        describe(info_of(pylsl, kind="string"))


def test_a_stream_without_a_rate_needs_one_from_the_settings(pylsl: Any) -> None:
    with pytest.raises(SettingsError, match="names no regular rate"):
        describe(info_of(pylsl, rate_hz=0.0))
    assert describe(info_of(pylsl, rate_hz=0.0), 250.0)[0].rate_hz == 250.0


def test_what_the_settings_say_goes_before_what_the_sender_says(pylsl: Any) -> None:
    assert describe(info_of(pylsl, rate_hz=1000.0), 250.0)[0].rate_hz == 250.0


@pytest.mark.parametrize("broken", ["", "nan", "left"])
def test_places_that_are_not_all_numbers_are_left_out(pylsl: Any, broken: str) -> None:
    info = info_of(pylsl, units=("uV", "uV"))
    channel = info.desc().child("channels").child("channel")
    for place in (("1", "2", "3"), ("4", "5", broken)):
        location = channel.append_child("location")
        for axis, text in zip("XYZ", place, strict=True):
            location.append_child_value(axis, text)
        channel = channel.next_sibling("channel")
    assert describe(info)[0].places_mm == ()
