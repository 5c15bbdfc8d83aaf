"""What is kept of a wearer is found in every table, leaves whole, and is deleted whole."""

import csv
import io
import json
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import JSON, Boolean, Date, DateTime, Float, Integer, LargeBinary, Table, func, insert, select
from sqlalchemy.orm import Session

from clinic.store.belongings import BLANK, belongings, forget_wearer
from clinic.store.database import Store
from clinic.store.export import export_wearer
from clinic.store.present import present_wearer, set_present_wearer
from clinic.store.tables.all import Base
from clinic.store.tables.people import Account, AuditEntry, Wearer
from tests.unit.clinic.conftest import WEARER_NAME

PRIVATE = "a private word"


def filled(session: Session, mark: str) -> dict[str, Any]:
    """Put one row in every table that has to do with a wearer; return the keys by table."""
    keys: dict[str, Any] = {}
    for table in Base.metadata.sorted_tables:
        if not _concerns_a_wearer(table):
            continue
        values = {column.name: _value(column, keys, mark) for column in table.columns if not _made_by_itself(column)}
        key = next(iter(table.primary_key.columns))
        keys[table.name] = session.scalar(insert(table).values(values).returning(key))
    return keys


def _concerns_a_wearer(table: Table) -> bool:
    return table.name == "wearers" or any(
        key.column.table.name != table.name and _concerns_a_wearer(key.column.table) for key in table.foreign_keys
    )


def _made_by_itself(column: Any) -> bool:
    return bool(column.primary_key and isinstance(column.type, Integer) and not column.foreign_keys)


def _value(column: Any, keys: dict[str, Any], mark: str) -> Any:
    for key in column.foreign_keys:
        return keys.get(key.column.table.name)
    if column.name == "state":
        return "open"
    if isinstance(column.type, Boolean):
        return True
    if isinstance(column.type, Integer | Float):
        return 1
    if isinstance(column.type, JSON):
        return {"said": f"{PRIVATE} {mark}"}
    if isinstance(column.type, Date):
        return date(2026, 1, 2)
    if isinstance(column.type, LargeBinary):
        return mark.encode()
    if isinstance(column.type, DateTime) or "Moment" in type(column.type).__name__:
        return datetime(2026, 1, 2, tzinfo=UTC)
    return f"{PRIVATE} {mark}"[: getattr(column.type, "length", None)]


def rows(session: Session) -> dict[str, int]:
    return {
        table.name: session.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }


def test_no_row_of_a_deleted_wearer_stays_in_any_table_and_the_other_s_all_do(store: Store) -> None:
    with store.session() as session:
        keys = filled(session, "first")
        after_first = rows(session)
        other = filled(session, "second")
        set_present_wearer(session, keys["wearers"])
        kept = rows(session)["kept"]
    with store.session() as session:
        forget_wearer(session, keys["wearers"])
    with store.session() as session:
        left = rows(session)
        # One of each is left: the other's. Of the log, both entries, one of them without words.
        assert left == after_first | {"audit": 2, "kept": kept}
        assert session.get(Wearer, other["wearers"]) is not None
        for table, condition in belongings(keys["wearers"]):
            assert session.execute(select(table).where(condition)).all() == [], table.name
        assert present_wearer(session) is None
        words = {entry.what for entry in session.scalars(select(AuditEntry))}
        assert words == {BLANK, f"{PRIVATE} second"}
        everything = str([session.execute(select(table)).all() for table in Base.metadata.sorted_tables])
        assert f"{PRIVATE} first" not in everything


def test_every_table_that_has_to_do_with_a_wearer_goes_with_the_wearer() -> None:
    owned = {table.name for table, _ in belongings(1)}
    for table in Base.metadata.sorted_tables:
        assert (table.name in owned) == _concerns_a_wearer(table), table.name
        # A number that only looks like a wearer's key would be left behind.
        assert "wearer_id" not in table.columns or table.c.wearer_id.foreign_keys, table.name
        for key in table.foreign_keys:
            if key.column.table.name in owned:
                assert key.ondelete == ("SET NULL" if table is AuditEntry.__table__ else "CASCADE"), key


def test_the_wearer_s_own_name_goes_out_of_the_log(store: Store) -> None:
    with store.session() as session:
        session.add(wearer := Wearer(name="Ines Calvo"))
        session.flush()
        session.add(Account(name="ines", role="wearer", password_hash="", wearer_id=wearer.id))
        session.add(AuditEntry(who="ines", what="signed in"))
        session.add(AuditEntry(who="Grete", what="wrote about Ines Calvo", wearer_id=wearer.id))
        session.flush()
        forget_wearer(session, wearer.id)
    with store.session() as session:
        entries = [(entry.who, entry.what) for entry in session.query(AuditEntry).order_by(AuditEntry.id)]
    assert [who for who, _ in entries] == ["a wearer who was deleted", "Grete"]
    assert "nes" not in str(entries)


def test_deleted_words_are_not_in_the_file_either(store: Store, request: pytest.FixtureRequest) -> None:
    if store.engine.dialect.name != "sqlite":
        return
    file = store.engine.url.database
    assert file is not None
    with store.session() as session:
        wearer_id = filled(session, "first")["wearers"]
    store.settle()

    def bytes_of_store() -> bytes:
        return b"".join(path.read_bytes() for path in sorted(Path(file).parent.glob("clinic.db*")))

    assert PRIVATE.encode() in bytes_of_store()
    with store.session() as session:
        forget_wearer(session, wearer_id)
    store.settle()
    assert PRIVATE.encode() not in bytes_of_store()


def test_an_export_has_every_table_in_both_forms_and_nothing_secret(store: Store) -> None:
    with store.session() as session:
        wearer_id = filled(session, "first")["wearers"]
        filled(session, "second")
    with store.session() as session, export_wearer(session, wearer_id) as file, zipfile.ZipFile(file) as archive:
        told = json.loads(archive.read("wearer.json"))
        names = {table.name for table, _ in belongings(wearer_id)}
        assert set(told["tables"]) == names
        for name in names:
            assert len(told["tables"][name]) == 1, name
            lines = list(csv.DictReader(io.StringIO(archive.read(f"csv/{name}.csv").decode(), newline="")))
            assert len(lines) == 1
            assert set(lines[0]) == set(told["tables"][name][0])
        assert "README.txt" in archive.namelist()
    assert "second" not in str(told)
    assert "password_hash" not in told["tables"]["accounts"][0]
    assert "key_hash" not in told["tables"]["sign_ins"][0]


def test_a_word_of_a_wearer_is_no_formula_in_a_spreadsheet(store: Store) -> None:
    with store.session() as session:
        session.add(wearer := Wearer(name="=1+1", note="-2\n@x"))
        session.flush()
        with export_wearer(session, wearer.id) as file, zipfile.ZipFile(file) as archive:
            line = next(csv.DictReader(io.StringIO(archive.read("csv/wearers.csv").decode(), newline="")))
            told = json.loads(archive.read("wearer.json"))["tables"]["wearers"][0]
    assert (line["name"], line["note"]) == ("'=1+1", "'-2\n@x")
    assert (told["name"], told["note"]) == ("=1+1", "-2\n@x")


@pytest.fixture
def second(clinician: TestClient) -> int:
    return int(clinician.post("/api/wearers", json={"name": "Second"}).json()["id"])


def test_deleting_asks_for_the_name_again(clinician: TestClient, wearer: TestClient, second: int) -> None:
    assert clinician.delete(f"/api/wearers/{second}").status_code == 422
    assert clinician.delete(f"/api/wearers/{second}", params={"name": "second"}).status_code == 409
    assert wearer.delete(f"/api/wearers/{second}", params={"name": "Second"}).status_code == 403
    assert len(clinician.get("/api/wearers").json()) == 2
    assert clinician.delete(f"/api/wearers/{second}", params={"name": "Second"}).status_code == 204
    assert [told["name"] for told in clinician.get("/api/wearers").json()] == [WEARER_NAME]
    assert clinician.delete("/api/wearers/1", params={"name": WEARER_NAME}).status_code == 204
    assert wearer.get("/api/me").status_code == 401


def test_a_wearer_exports_its_own_data_and_no_other_s(clinician: TestClient, wearer: TestClient, second: int) -> None:
    answer = wearer.get("/api/wearers/1/export")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert json.loads(archive.read("wearer.json"))["tables"]["wearers"][0]["name"] == WEARER_NAME
    assert wearer.get(f"/api/wearers/{second}/export").status_code == 404
    assert clinician.get(f"/api/wearers/{second}/export").status_code == 200
    assert clinician.get("/api/audit").json()[0]["what"] == "exported the wearer's data"
