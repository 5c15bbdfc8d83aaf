"""A setting of a test, with where its usual value comes from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parameter:
    """`value` in `unit`, as it was in this test. `source`: of the usual value, or that it was changed."""

    name: str
    value: float
    unit: str
    source: str


def told(name: str, value: float, usual: float, unit: str, source: str) -> Parameter:
    """Return the parameter; its source is told only where the value is the usual one."""
    return Parameter(name, value, unit, source if value == usual else f"changed from {usual:g} {unit}")
