"""Where the clinic's data is: one file of SQLite unless a URL says otherwise. Never touched from the event loop."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from clinic.errors import ClinicError

MIGRATIONS = Path(__file__).parent / "migrations"
KINDS = ("sqlite", "postgresql")
# A change that was answered is on the disk, whatever happens to the power; what is deleted is overwritten.
SQLITE_SETTINGS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000", "secure_delete=ON")


class Store:
    """Sessions on one database. Raises `ClinicError` when it cannot be opened or brought up to date."""

    def __init__(self, url: str) -> None:
        try:
            kind = make_url(url).get_backend_name()
        except ArgumentError:
            kind = ""
        if kind not in KINDS:
            raise ClinicError(f"--store: expected a file, or a URL of {' or '.join(KINDS)}, got another kind of URL")
        self.engine: Engine = create_engine(url)
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", _set_up_sqlite)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        where = make_url(url).render_as_string(hide_password=True)
        try:
            _make_private(self.engine)
            self._bring_up_to_date()
        except (SQLAlchemyError, OSError) as error:
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise ClinicError(f"expected a store at {where}, cannot use it: {reason}") from error
        except CommandError as error:
            raise ClinicError(
                f"the store at {where} was written by a newer version of this program ({error}); use that version"
            ) from error

    def _bring_up_to_date(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with self.engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Give a session; what was done in it is kept when the block ends well, and forgotten when it does not."""
        with self._sessions.begin() as session:
            yield session

    def settle(self) -> None:
        """Take what was deleted out of the write-ahead log of SQLite too, as far as nobody reads it now."""
        if self.engine.dialect.name == "sqlite":
            with self.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()


def _make_private(engine: Engine) -> None:
    """Let a file that is not there yet begin as its owner's alone; SQLite gives its other files the same mode."""
    file = engine.url.database
    if engine.dialect.name == "sqlite" and file and not Path(file).exists():
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600))


def _set_up_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in SQLITE_SETTINGS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
