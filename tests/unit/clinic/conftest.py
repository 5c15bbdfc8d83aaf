"""The clinic's real application on a store of its own. There is no broker: what needs one is told so.

`clinic`: its parts. `clinician`, `wearer`: signed in, `nobody`: not; all three speak to the same running application,
and the changes they ask for show their token as the pages do.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from cli.loopback import run_config_text
from clinic.app import create_app, create_clinic
from clinic.parts import Clinic
from clinic.security.passwords import hashed
from clinic.security.signed_in import COOKIE, begin_sign_in, csrf_token
from clinic.settings import ClinicSettings
from clinic.store.database import Store
from clinic.store.present import set_present_wearer
from clinic.store.tables.people import CLINICIAN, WEARER, Account, Wearer

CLINICIAN_NAME, WEARER_NAME, PASSWORD = "Grete Weber", "Ines Calvo", "a long enough password"
ADDRESS = "http://127.0.0.1:8440"
SignInAs = Callable[[str], TestClient]


@pytest.fixture(scope="session")
def filled_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a clinician, and a wearer who wears the arm, both with `PASSWORD`; made once, copied for each."""
    file = tmp_path_factory.mktemp("store") / "clinic.db"
    store = Store(f"sqlite:///{file}")
    kept = hashed(PASSWORD)
    with store.session() as session:
        wearer = Wearer(name=WEARER_NAME)
        session.add(wearer)
        session.flush()
        session.add(Account(name=CLINICIAN_NAME, role=CLINICIAN, password_hash=kept))
        session.add(Account(name=WEARER_NAME, role=WEARER, password_hash=kept, wearer_id=wearer.id))
        set_present_wearer(session, wearer.id)
    store.close()
    return file


@pytest.fixture
def run_file(tmp_path: Path) -> Path:
    """A controller's configuration whose broker nobody runs."""
    file = tmp_path / "run.toml"
    file.write_text(run_config_text("serial", tmp_path / "emg", "", "mqtt://127.0.0.1:1"), encoding="utf-8")
    return file


@pytest.fixture
def clinic(filled_store: Path, run_file: Path, tmp_path: Path) -> Clinic:
    store = tmp_path / "clinic.db"
    shutil.copy(filled_store, store)
    return create_clinic(ClinicSettings(run=run_file, store=str(store)))


@pytest.fixture
def app(clinic: Clinic) -> FastAPI:
    return create_app(clinic)


@pytest.fixture
def nobody(app: FastAPI) -> Iterator[TestClient]:
    """Not signed in."""
    with TestClient(app, ADDRESS) as client:
        yield client


@pytest.fixture
def sign_in_as(app: FastAPI, clinic: Clinic, nobody: TestClient) -> SignInAs:
    """Sign somebody in by the name of their account, in a browser of their own."""

    def client_of(name: str) -> TestClient:
        with clinic.store.session() as session:
            account = session.query(Account).filter_by(name=name).one()
            cookie = begin_sign_in(clinic, session, account)
        client = TestClient(
            app, ADDRESS, cookies={COOKIE: cookie}, headers={"X-CSRF-Token": csrf_token(clinic, cookie)}
        )
        client.portal = nobody.portal  # the loop on which the application runs
        return client

    return client_of


@pytest.fixture
def clinician(sign_in_as: SignInAs) -> TestClient:
    return sign_in_as(CLINICIAN_NAME)


@pytest.fixture
def wearer(sign_in_as: SignInAs) -> TestClient:
    """The account of the wearer who wears the arm."""
    return sign_in_as(WEARER_NAME)
