"""Calibrations in the store. Never from the event loop."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import select

from clinic.store.database import Store
from clinic.store.tables.sites import Calibration
from controller.contract.calibration import CalibrationState, FitReport, TrialReport
from controller.contract.calibration_result import CalibrationResult

MOST_SHOWN = 50


class KeptCalibration(BaseModel):
    """One fit that was made, and what became of it."""

    id: int
    at: datetime
    by: str
    adds: bool
    in_force: bool
    trials: list[TrialReport]
    fit: FitReport
    result: CalibrationResult | None


def keep(
    store: Store, state: CalibrationState, result: CalibrationResult | None, by: str, wearer_id: int | None
) -> int:
    """Keep a fit; return its id. `state` has the fit."""
    found: dict[str, Any] = {} if result is None else result.model_dump(mode="json")
    made = Calibration(
        wearer_id=wearer_id,
        by=by,
        session=state.session,
        adds=state.adds,
        trials=[trial.model_dump(mode="json") for trial in state.trials],
        fit={} if state.fit is None else state.fit.model_dump(mode="json"),
        result=found,
    )
    with store.session() as session:
        session.add(made)
        session.flush()
        return made.id


def put_in_force(store: Store, calibration_id: int) -> None:
    """Note that its model came into force."""
    with store.session() as session:
        made = session.get(Calibration, calibration_id)
        if made is not None:  # deleted with its wearer
            made.in_force = True


def kept_of(store: Store, wearer_id: int | None) -> list[KeptCalibration]:
    """Return a wearer's calibrations, newest first; None: those of nobody in particular."""
    with store.session() as session:
        rows = session.scalars(
            select(Calibration)
            .where(Calibration.wearer_id == wearer_id if wearer_id is not None else Calibration.wearer_id.is_(None))
            .order_by(Calibration.id.desc())
            .limit(MOST_SHOWN)
        ).all()
    return [
        KeptCalibration(
            id=row.id,
            at=row.at,
            by=row.by,
            adds=row.adds,
            in_force=row.in_force,
            trials=[TrialReport.model_validate(trial) for trial in row.trials],
            fit=FitReport.model_validate(row.fit),
            result=CalibrationResult.model_validate(row.result) if row.result else None,
        )
        for row in rows
    ]
