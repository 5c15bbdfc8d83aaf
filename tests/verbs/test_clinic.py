"""`efferent clinic` from a terminal: accounts, refusals, and TLS with the files of `efferent broker provision`."""

import io
import os
import select
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select as chosen

from cli.loopback import run_config_text
from cli.main import main
from clinic.store.database import Store
from clinic.store.tables.people import WEARER, Account, AuditEntry, Wearer

PASSWORD = "a long enough password"  # noqa: S105 - of this test
PATIENCE_S = 120.0


@pytest.fixture
def run_file(tmp_path: Path) -> Path:
    file = tmp_path / "run.toml"
    file.write_text(run_config_text("serial", tmp_path / "emg", "", "mqtt://127.0.0.1:1"), encoding="utf-8")
    return file


def add_account(store: Path, name: str, password: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO(password + "\n"))
    return main(["clinic", "--store", str(store), "--add-account", name])


def test_the_first_clinician_is_added_and_given_a_new_password_from_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "clinic.db"
    assert add_account(file, "Grete", PASSWORD, monkeypatch) == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    store = Store(f"sqlite:///{file}")
    with store.session() as session:
        first = session.scalar(chosen(Account.password_hash))
        session.add(wearer := Wearer(name="Ines"))
        session.flush()
        session.add(Account(name="ines", role=WEARER, password_hash="", wearer_id=wearer.id))
    assert add_account(file, "Grete", PASSWORD, monkeypatch) == 0
    assert "new password" in capsys.readouterr().out
    for name, password in (("Other", "short"), ("ines", PASSWORD), (" ", PASSWORD), ("x\ny", PASSWORD)):
        assert add_account(file, name, password, monkeypatch) == 2
    with store.session() as session:
        assert session.scalar(chosen(Account.password_hash).where(Account.name == "Grete")) != first
        assert len(session.scalars(chosen(Account)).all()) == 2
        assert len(session.scalars(chosen(AuditEntry)).all()) == 2
    store.close()
    assert PASSWORD not in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--host", "192.0.2.7"], "needs 'certificate' and 'key'"),
        (["--certificate", "run.toml"], "go together"),
        (["--certificate", "run.toml", "--key", "run.toml"], "both as PEM"),
        (["--certificate", "none.pem", "--key", "none.pem"], "No such file"),
        (["--name", "a name with spaces"], "--name"),
        (["--store", "nowhere/clinic.db"], "cannot use it"),
        (["--store", "run.toml"], "cannot use it"),
        (["--store", "mysql://x/y"], "--store"),
    ],
)
def test_what_cannot_be_served_is_refused_in_a_sentence(
    options: list[str],
    said: str,
    run_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(run_file.parent)
    assert main(["clinic", "--config", str(run_file), *options]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told


@contextmanager
def served(arguments: list[str]) -> Iterator[str]:
    """Run the verb; give its address. It must end well, and quietly."""
    with subprocess.Popen(
        [sys.executable, "-m", "cli.main", "clinic", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": ""},
    ) as process:
        try:
            assert process.stdout is not None
            assert select.select([process.stdout], [], [], PATIENCE_S)[0]
            line = process.stdout.readline()
            assert "is at" in line, process.stderr.read() if process.stderr else ""
            yield line.split("is at ")[1].strip()
        finally:
            process.terminate()
            _, errors = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0
        assert errors == "the clinic has closed\n"


def test_tls_with_provisioned_files_and_nothing_in_clear(
    tmp_path: Path, run_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = tmp_path / "tls"
    assert main(["broker", "provision", "--out", str(secrets), "--host", "clinic.local"]) == 0
    assert add_account(tmp_path / "clinic.db", "Grete", PASSWORD, monkeypatch) == 0
    files = ["--certificate", str(secrets / "broker/broker.pem"), "--key", str(secrets / "broker/broker.key")]
    store = ["--store", str(tmp_path / "clinic.db"), "--port", "0"]
    trusted = ssl.create_default_context(cafile=secrets / "authority/ca.pem")
    with served(["--config", str(run_file), *store, *files, "--name", "clinic.local"]) as address:
        assert address.startswith("https://127.0.0.1:")
        with httpx.Client(base_url=address, verify=trusted, timeout=PATIENCE_S) as client:
            assert client.get("/", headers={"host": "clinic.local"}).status_code == 200
            assert client.get("/", headers={"host": "other.local"}).status_code == 421
            # Who says so himself is not believed to come from elsewhere.
            forged = {"x-forwarded-for": "192.0.2.1", "x-forwarded-proto": "http"}
            answer = client.post("/api/sign-in", json={"name": "Grete", "password": PASSWORD}, headers=forged)
            assert answer.status_code == 200
            assert {"Secure", "HttpOnly", "SameSite=strict"} <= {
                part.strip() for part in answer.headers["set-cookie"].split(";")
            }
            assert client.get("/api/me").status_code == 200
        with pytest.raises(httpx.HTTPError):
            httpx.get(address.replace("https", "http"), timeout=PATIENCE_S)
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(address, timeout=PATIENCE_S)
