"""What installed packages bring, ours and anyone else's alike: entry points, found by name and loaded with care."""

from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from drivers.errors import SettingsError


@dataclass(frozen=True, slots=True)
class PlugIn:
    """One name in a group, and the package that brings it."""

    name: str
    package: str
    version: str
    point: EntryPoint

    def load(self) -> Any:  # whatever the package put there
        """Import what the name stands for. Raises `SettingsError` where the package is broken."""
        try:
            return self.point.load()
        except Exception as error:
            raise SettingsError(
                f"'{self.name}' cannot be loaded from the package {self.package} {self.version}: {error!r}; "
                "install that package anew, or tell its author"
            ) from error


def plug_ins(group: str) -> tuple[PlugIn, ...]:
    """Return all that installed packages bring to the group, sorted by name; nothing is imported."""
    found = []
    for point in entry_points(group=group):
        package, version = (point.dist.name, point.dist.version) if point.dist else ("?", "?")
        found.append(PlugIn(point.name, package, version, point))
    return tuple(sorted(found, key=lambda plug_in: (plug_in.name, plug_in.package)))


def find_plug_in(group: str, name: str) -> PlugIn | None:
    """Return what bears this name, or None. Raises `SettingsError` where two packages bring the same name."""
    found = [plug_in for plug_in in plug_ins(group) if plug_in.name == name]
    if len(found) > 1:
        packages = " and ".join(f"{plug_in.package} {plug_in.version}" for plug_in in found)
        raise SettingsError(f"'{name}' is brought by more than one package, {packages}; uninstall all but one")
    return found[0] if found else None
