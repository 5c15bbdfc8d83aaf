"""Drivers are found by name through the entry point group `efferent.drivers`, ours and anyone else's alike."""

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import Any

from drivers.errors import SettingsError
from drivers.source import EmgSource

GROUP = "efferent.drivers"


def driver_names() -> tuple[str, ...]:
    """Names of all installed drivers, sorted."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


def make_source(kind: str, settings: Mapping[str, Any]) -> EmgSource:
    """Build the source `kind` from its settings; nothing is opened yet.

    An entry point names a callable that takes the settings as keyword arguments and returns an `EmgSource`.
    Raises `SettingsError` for an unknown kind and for settings that the driver refuses.
    """
    for point in entry_points(group=GROUP):
        if point.name == kind:
            factory: Callable[..., EmgSource] = point.load()
            try:
                return factory(**settings)
            except TypeError as error:
                raise SettingsError(f"driver '{kind}' refuses its settings: {error}; see docs/devices") from error
    raise SettingsError(f"no driver is called '{kind}'; installed are: {', '.join(driver_names())}")
