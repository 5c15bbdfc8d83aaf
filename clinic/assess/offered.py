"""Which tests there are, and what can be set of each: bounds, usual values, and where these come from."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from clinic.assessments.asked import (
    FittsSection,
    MotionSection,
    PlainSection,
    RestSection,
    TacSection,
)
from clinic.assessments.parameter import Parameter
from clinic.assessments.rest_test import RestTest

KINDS: tuple[type[PlainSection], ...] = (MotionSection, TacSection, FittsSection, RestSection)
# Field of a section → its name among the parameters of a result, where its source is told.
SOURCES = {
    "tolerance_deg": "tolerance",
    "dwell_s": "dwell",
    "time_limit_s": "time limit",
    "distance_deg": "distance",
    "repetitions": "repetitions",
    "moved_joints": "moved joints",
    "right_s": "right decisions",
    "seconds": "rest",
}
# What a page offers where anything above zero will do.
LEAST_OFFERED = 0.1


class Setting(BaseModel):
    """A number that can be set. `whole`: no fractions. `source`: where the usual value comes from."""

    model_config = ConfigDict(frozen=True)

    name: str
    usual: float
    least: float
    most: float
    whole: bool
    unit: str
    source: str


class Offered(BaseModel):
    """A test, and what can be set of it."""

    model_config = ConfigDict(frozen=True)

    kind: str
    settings: tuple[Setting, ...]


def offered() -> list[Offered]:
    """Return every test that can be taken live."""
    return [_offered(kind) for kind in KINDS]


def _offered(kind: type[PlainSection]) -> Offered:
    fields: dict[str, dict[str, Any]] = kind.model_json_schema()["properties"]
    usual = kind(kind=fields["kind"]["const"])
    sources = {one.name: one.source for one in _parameters(usual)}
    return Offered(
        kind=usual.kind,
        settings=tuple(
            Setting(
                name=name,
                usual=field["default"],
                least=field.get("minimum", LEAST_OFFERED),
                most=field["maximum"],
                whole=field["type"] == "integer",
                unit="deg" if name.endswith("_deg") else "" if field["type"] == "integer" else "s",
                source=sources.get(SOURCES[name], ""),
            )
            for name, field in fields.items()
            if "maximum" in field
        ),
    )


def _parameters(section: PlainSection) -> list[Parameter]:
    if isinstance(section, RestSection):
        return RestTest((), section.seconds).parameters
    return section.settings(0).parameters
