"""The migrations make the tables that the code means, on both databases, also from an older store."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text

from clinic.errors import ClinicError
from clinic.store.database import MIGRATIONS, Store
from clinic.store.tables.all import Base
from clinic.store.tables.people import Wearer


def alembic_config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def differences(connection: Connection) -> list[Any]:
    return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata))


def test_migrations_make_the_tables_that_the_code_means(store: Store) -> None:
    with store.engine.connect() as connection:
        assert differences(connection) == []


def test_an_older_store_is_brought_up_with_what_is_in_it(store_url: str) -> None:
    engine = create_engine(store_url)
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "0001")
        connection.execute(
            text(
                "INSERT INTO wearers (name, note, keeps_raw_emg, created) VALUES ('Old', '', false, '2025-01-02 03:04')"
            )
        )
    engine.dispose()
    store = Store(store_url)
    with store.session() as session:
        wearer = session.query(Wearer).one()
        assert (wearer.name, wearer.created.isoformat()) == ("Old", "2025-01-02T03:04:00+00:00")
    with store.engine.connect() as connection:
        assert differences(connection) == []
    store.close()


def test_migrations_go_back_to_nothing(store: Store) -> None:
    with store.engine.begin() as connection:
        command.downgrade(alembic_config(connection), "base")
        left = set(inspect(connection).get_table_names())
        assert left <= {"alembic_version"}


def test_the_migrations_are_one_chain() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1


def test_a_store_that_is_newer_or_no_store_is_refused_in_a_sentence_and_stays(tmp_path: Path) -> None:
    newer, other = tmp_path / "newer.db", tmp_path / "other.db"
    Store(f"sqlite:///{newer}").close()
    with sqlite3.connect(newer) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    other.write_bytes(b"something else, of whatever kind" * 100)
    for file in (newer, other):
        before = file.read_bytes()
        with pytest.raises(ClinicError, match=str(file)):
            Store(f"sqlite:///{file}")
        assert file.read_bytes() == before
    with pytest.raises(ClinicError, match="cannot use it"):
        Store("postgresql+psycopg://clinic:very-secret@127.0.0.1:1/clinic")


def test_no_password_of_a_server_is_told() -> None:
    with pytest.raises(ClinicError) as told:
        Store("postgresql+psycopg://clinic:very-secret@127.0.0.1:1/clinic")
    assert "very-secret" not in str(told.value)
