"""Turns pydantic's findings into one message with file and line."""

import re
from pathlib import Path

from pydantic import ValidationError

HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
KEY = re.compile(r"^\s*([A-Za-z0-9_\-\.\"]+)\s*=")


def describe_faults(path: Path, text: str, error: ValidationError) -> str:
    """Return every fault as `file:line: key: what is wrong`, in one message, in the order of the file."""
    found: list[tuple[int, str]] = []
    for fault in error.errors():
        location = tuple(part for part in fault["loc"] if part != "[key]")
        key = ".".join(str(part) for part in location)
        # Somebody may have written a password into [broker]: what stands there is never repeated.
        silent = fault["type"] in ("missing", "value_error") or location[:1] == ("broker",)
        got = "" if silent else f" (got {fault['input']!r:.60})"
        message = fault["msg"].removeprefix("Value error, ")
        message = {"extra_forbidden": "unknown key; is it misspelt?", "missing": "is missing"}.get(
            fault["type"], message
        )
        number = line_of(text, location)
        found.append((number, f"{path}:{number}: {key or 'file'}: {message}{got}"))
    return "\n".join(line for _, line in sorted(found))


def line_of(text: str, location: tuple[str | int, ...]) -> int:
    """Return the line (from 1) of the key, or of the nearest table above it that is there."""
    places: dict[tuple[str | int, ...], int] = {(): 1}
    prefix: tuple[str | int, ...] = ()
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := HEADER.match(line):
            name = header[2].replace('"', "")
            parts: tuple[str | int, ...] = tuple(name.split("."))
            if header[1] == "[[":
                counts[name] = counts.get(name, -1) + 1
                parts = (*parts, counts[name])
            prefix = parts
            places.setdefault(prefix, number)
        elif key := KEY.match(line):
            places.setdefault((*prefix, *key[1].replace('"', "").split(".")), number)
    while location not in places:
        location = location[:-1]
    return places[location]
