"""What every request can reach: settings, store, the way to the controller, and the parts that are at work."""

import asyncio
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from clinic.assess.desk import Desk
from clinic.calibrating.keeper import Keeper
from clinic.course.measuring import Measuring
from clinic.home_log.home_log import HomeLog
from clinic.link.controller_link import ControllerLink
from clinic.live.hub import LiveHub
from clinic.security.attempts import Attempts
from clinic.security.pairings import Pairings
from clinic.settings import ClinicSettings
from clinic.store.database import Store
from clinic.tune.profile_desk import ProfileDesk
from clinic.what_if.desk import WhatIfDesk
from controller.arm_config import ArmConfig
from controller.config import RunConfig


@dataclass(slots=True)
class Clinic:
    """The parts of one service.

    `secret` signs the cookies. `arm_turn`: one request at a time waits for what the controller says to it.
    """

    settings: ClinicSettings
    run: RunConfig
    arm: ArmConfig
    store: Store
    link: ControllerLink
    secret: str
    live: LiveHub
    calibrations: Keeper
    measuring: Measuring
    home_log: HomeLog
    assessments: Desk
    profile: ProfileDesk
    what_if: WhatIfDesk
    attempts: Attempts = field(default_factory=Attempts)
    pairings: Pairings = field(default_factory=Pairings)
    arm_turn: asyncio.Lock = field(default_factory=asyncio.Lock)


def clinic_of(connection: HTTPConnection) -> Clinic:
    """Return the parts of the service that `connection` came to."""
    clinic: Clinic = connection.app.state.clinic
    return clinic


TheClinic = Annotated[Clinic, Depends(clinic_of)]
