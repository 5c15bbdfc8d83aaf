"""Drivers are found by name through the entry point group `efferent.drivers`, ours and anyone else's alike."""

from collections.abc import Callable, Mapping
from typing import Any

from drivers.errors import SettingsError
from drivers.plug_ins import find_plug_in, plug_ins
from drivers.source import EmgSource

GROUP = "efferent.drivers"


def driver_names() -> tuple[str, ...]:
    """Names of all installed drivers, sorted."""
    return tuple(sorted({plug_in.name for plug_in in plug_ins(GROUP)}))


def make_source(kind: str, settings: Mapping[str, Any]) -> EmgSource:
    """Build the source `kind` from its settings; nothing is opened yet.

    An entry point names a callable that takes the settings as keyword arguments and returns an `EmgSource`.
    Raises `SettingsError` for an unknown kind, for settings that the driver refuses, for a package that is broken, and
    for a name that two packages bring.
    """
    plug_in = find_plug_in(GROUP, kind)
    if plug_in is None:
        raise SettingsError(f"no driver is called '{kind}'; installed are: {', '.join(driver_names())}")
    factory: Callable[..., EmgSource] = plug_in.load()
    try:
        return factory(**settings)
    except TypeError as error:
        raise SettingsError(f"driver '{kind}' refuses its settings: {error}; see docs/devices") from error
