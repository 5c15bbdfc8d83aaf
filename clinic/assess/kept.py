"""Tests in the store. Never called on the event loop."""

import json

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select

from clinic.assess.live_test import JOINTS, MOTIONS
from clinic.assess.record import Record, thinned
from clinic.assessments.intervals import median_interval, share_interval
from clinic.store.database import Store
from clinic.store.tables.assessments import TakenTest
from clinic.store.tables.base import now


class Parameter(BaseModel):
    """As in `clinic.assessments.parameter`."""

    model_config = ConfigDict(frozen=True)

    name: str
    value: float
    unit: str
    source: str


class NotCountedTrial(BaseModel):
    """A trial that was broken off and taken again."""

    model_config = ConfigDict(frozen=True)

    trial: int
    after_s: float
    code: str
    values: dict[str, str | float] = {}


class Taken(BaseModel):
    """One kept test. `interval`s are of 95 %: Wilson's for the rate; for the median None where trials are too few.

    `layout`: the same for tests whose figures may be compared; the order of the targets is no part of it.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    wearer_id: int
    at: str
    by: str
    kind: str
    arm: str
    arm_kind: str
    practice: bool
    complete: bool
    profile_version: int | None
    profile_author: str
    decoder: str
    trained_on: str
    changed: str
    trials: int
    completed: int | None
    rate: float | None
    rate_interval: tuple[float, float] | None
    median_s: float | None
    median_interval_s: tuple[float, float] | None
    figures: dict[str, float | None]
    parameters: tuple[Parameter, ...]
    layout: str
    not_counted: tuple[NotCountedTrial, ...]


def keep(store: Store, record: Record, wearer_id: int, by: str, arm: str, number: int | None) -> int:
    """Keep a test, or what it has become since it was kept under `number`; return its number."""
    result, ways = record.result.to_json(), thinned(record.result)
    with store.session() as session:
        row = None if number is None else session.get(TakenTest, number)
        if row is None:
            row = TakenTest(wearer_id=wearer_id, at=now(), by=by, arm=arm, kind=record.kind, arm_kind=record.arm_kind)
            row.practice = record.practice
            row.profile_version = record.taken_with.profile_version
            row.profile_author = record.taken_with.profile_author
            row.decoder, row.trained_on = record.taken_with.decoder[:300], record.taken_with.trained_on
            session.add(row)
        row.complete, row.changed = record.complete, record.changed
        row.result, row.ways = result, ways
        row.not_counted = record.not_counted
        session.flush()
        return row.id


def taken_of(store: Store, wearer_id: int) -> list[Taken]:
    """Return all tests of a wearer, the oldest first."""
    with store.session() as session:
        rows = session.scalars(select(TakenTest).where(TakenTest.wearer_id == wearer_id).order_by(TakenTest.at))
        return [summary_of(row) for row in rows]


def summary_of(row: TakenTest) -> Taken:
    """Return what is shown of a kept test."""
    result = json.loads(row.result)
    trials = result["trials"]
    times = [trial["completion_s"] for trial in trials if trial.get("completion_s") is not None]
    reached = row.kind != "rest" and bool(trials)
    between = median_interval(times)
    parameters = tuple(Parameter(**one) for one in result["parameters"])
    return Taken(
        id=row.id,
        wearer_id=row.wearer_id,
        at=row.at.isoformat(),
        by=row.by,
        kind=row.kind,
        arm=row.arm,
        arm_kind=row.arm_kind,
        practice=row.practice,
        complete=row.complete,
        profile_version=row.profile_version,
        profile_author=row.profile_author,
        decoder=row.decoder,
        trained_on=row.trained_on,
        changed=row.changed,
        trials=len(trials),
        completed=len(times) if reached else None,
        rate=len(times) / len(trials) if reached else None,
        rate_interval=share_interval(len(times), len(trials)) if reached else None,
        median_s=result["figures"].get("median_completion_s"),
        median_interval_s=between,
        figures=result["figures"],
        parameters=parameters,
        layout=" ".join([row.arm_kind, *(_told(one) for one in parameters if one.name != "seed")]),
        not_counted=tuple(NotCountedTrial(**one) for one in json.loads(row.not_counted)),
    )


def _told(one: Parameter) -> str:
    which = f" ({one.source})" if one.name in {JOINTS, MOTIONS} else ""
    return f"{one.name}={one.value:g}{which}"
