"""`efferent clinic --demo`: everything on this machine, with a simulated wearer who takes part."""

import argparse
import secrets
from collections.abc import Awaitable, Callable

from cli.clinic.demo_wearer import DemoWearer
from cli.clinic.serving import serve
from cli.clinic.verb_settings import settings_from
from cli.demo.wearer_stage import WearerStage
from clinic.parts import Clinic
from clinic.security.passwords import hashed
from clinic.store.database import Store
from clinic.store.tables.people import CLINICIAN, WEARER, Account, Wearer

CLINICIAN_NAME, WEARER_NAME = "demo", "wearer"


def run_with_demo(options: argparse.Namespace) -> int:
    """Set the demo up, add an account for it, and serve; nothing is kept."""
    with WearerStage("auto", "serial") as stage:
        stage.set_up()
        options.store, options.broker = str(stage.folder / "clinic.db"), stage.address.url
        settings = settings_from(options, stage.config_file)
        password = secrets.token_urlsafe(6)
        _add_people(settings.store_url, password)
        print(f"sign in as '{CLINICIAN_NAME}' or '{WEARER_NAME}' with the password '{password}'", flush=True)

        def wearer(clinic: Clinic) -> Callable[[], Awaitable[None]]:
            def tell(motion: str, effort: float) -> None:
                stage.tell_emulator(f"intent {motion} {effort}")

            return DemoWearer(clinic.link, clinic.assessments, clinic.run.motions, tell).run

        return serve(settings, wearer)


def _add_people(store_url: str, password: str) -> None:
    store = Store(store_url)
    kept = hashed(password)
    with store.session() as session:
        wearer = Wearer(name="Demo wearer", note="Muscles of software, see configs/wearers.", keeps_raw_emg=True)
        session.add(wearer)
        session.flush()
        session.add(Account(name=CLINICIAN_NAME, role=CLINICIAN, password_hash=kept))
        session.add(Account(name=WEARER_NAME, role=WEARER, password_hash=kept, wearer_id=wearer.id))
    store.close()
