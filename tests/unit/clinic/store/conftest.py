"""Stores of both kinds: a file of SQLite, and a real server of PostgreSQL."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from clinic.store.database import Store

DEBIAN = "/usr/lib/postgresql/*/bin"


def postgres_tool(name: str) -> str | None:
    """Where a program of PostgreSQL is: on PATH, or where Debian puts it."""
    found = sorted(Path("/").glob(f"{DEBIAN.lstrip('/')}/{name}"))
    return shutil.which(name) or (str(found[-1]) if found else None)


@contextmanager
def running_postgres(folder: Path) -> Iterator[str]:
    """Run a server that only this machine reaches, by a socket in `folder`; give its URL."""
    initdb, server = postgres_tool("initdb"), postgres_tool("pg_ctl")
    if initdb is None or server is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    # PostgreSQL does not run as root: there it runs as the user that Debian makes for it.
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"

    def run(*command: str) -> None:
        done = subprocess.run([*as_user, *command], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    run(initdb, "-D", str(data), "-A", "trust", "-U", "clinic", "--no-sync", "-E", "UTF8", "--locale=C")
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c shared_buffers=16MB"
    run(server, "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql+psycopg://clinic@/postgres?host={folder}"
    finally:
        run(server, "-D", str(data), "-m", "immediate", "stop")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="efferent-pg-"))  # short, as a socket's path must be
    try:
        with running_postgres(folder) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'clinic.db'}"
    url: str = request.getfixturevalue("postgres")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    return url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store, of each kind."""
    opened = Store(store_url)
    yield opened
    opened.close()
