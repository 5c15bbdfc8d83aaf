"""The clinic as an ASGI application: pages, a typed API, and live data. One MQTT client among others."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType

from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from clinic.api import ROUTERS
from clinic.api.proposals import reopen
from clinic.api.refusals import add_refusals
from clinic.assess.desk import Desk
from clinic.at_work import stay_at_work
from clinic.calibrating.keeper import Keeper
from clinic.course.measuring import Measuring
from clinic.home_log.home_log import HomeLog
from clinic.link.controller_link import ControllerLink
from clinic.live.hub import LiveHub
from clinic.parts import Clinic
from clinic.security.gate import Gate
from clinic.security.secret import secret_of
from clinic.security.who import person_of
from clinic.settings import ClinicSettings
from clinic.store.database import Store
from clinic.store.present import present_wearer
from clinic.tune.history import History
from clinic.tune.profile_desk import ProfileDesk
from clinic.what_if.desk import WhatIfDesk
from clinic.what_if.recent_emg import RecentEmg
from clinic.what_if.worker import Worker
from controller.config_file import load_run
from controller.tasks import end_task

STATIC = Path(__file__).parent / "static"


def create_clinic(settings: ClinicSettings) -> Clinic:
    """Read the configuration and open the store. Raises `ConfigError` and `ClinicError`."""
    run, arm = load_run(settings.run)
    store = Store(settings.store_url)
    link = ControllerLink(settings.broker or run.broker, arm.name)
    live = LiveHub(link)
    emg = RecentEmg(settings.keep_minutes * 60.0)
    clinic = Clinic(
        settings,
        run,
        arm,
        store,
        link,
        secret=secret_of(store),
        live=live,
        calibrations=Keeper(link, store),
        measuring=Measuring(store, link),
        home_log=HomeLog(store, link, live),
        assessments=Desk(run, arm, link, store, lambda shown: live.publish("assessment", shown)),
        profile=ProfileDesk(link, History(store, arm.name)),
        what_if=WhatIfDesk(link, Worker(run, arm), emg, live.watch_emg, lambda: _wears(store)),
    )
    reopen(clinic)
    return clinic


def _wears(store: Store) -> int | None:
    with store.session() as session:
        return present_wearer(session)


def create_app(clinic: Clinic, beside: Mapping[str, Callable[[], Awaitable[None]]] = MappingProxyType({})) -> FastAPI:
    """Return the application. Its link to the broker lives as long as it is served; so does what runs `beside` it."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        parts = {
            "link": clinic.link.run,
            "live": clinic.live.run,
            "calibrations": clinic.calibrations.run,
            "measuring": clinic.measuring.run,
            "home log": clinic.home_log.run,
            "what-if": clinic.what_if.run,
            "profile": clinic.profile.run,
            **beside,
        }
        tasks = [asyncio.create_task(stay_at_work(name, run), name=name) for name, run in parts.items()]
        try:
            yield
        finally:
            await clinic.assessments.close()
            for task in tasks:
                await end_task(task)
            clinic.store.close()

    app = FastAPI(
        title="Efferent clinic", version=version("efferent"), lifespan=lifespan, docs_url=None, redoc_url=None
    )
    app.state.clinic = clinic
    app.add_middleware(Gate, clinic=clinic)
    add_refusals(app)
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")

    @app.get("/", include_in_schema=False)
    def page(request: Request) -> Response:
        return FileResponse(STATIC / ("sign_in.html" if person_of(request) is None else "index.html"))

    return app
