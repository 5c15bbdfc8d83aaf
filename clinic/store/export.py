"""All that is kept of a wearer, as files that anything reads: JSON for programs, CSV for spreadsheets."""

import base64
import contextlib
import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date
from importlib.metadata import version
from typing import IO, Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from clinic.store.belongings import belongings
from clinic.store.tables.base import now

FORMAT = 1
IN_MEMORY_BYTES = 4_000_000
BLOCK_BYTES = 65_536
# A spreadsheet would take such a beginning for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
READ_ME = """Everything that the clinic keeps of one wearer.

wearer.json   format, moment of the export, and all tables: {"tables": {"NAME": [{"column": value, ...}, ...]}}
csv/NAME.csv  the same, a file for each table, UTF-8, the columns' names in the first line

Moments are ISO 8601 in UTC. What is no text is base64; the recordings among it are NumPy's .npz.
Columns that end in _id name the "id" of a row in the other table. Units stand in the columns' names.
In CSV a text that a spreadsheet would take for a formula begins with ' ; in JSON it stands as it is.
Passwords and what proves a sign-in are left out.
"""


def export_wearer(session: Session, wearer_id: int) -> IO[bytes]:
    """Return a ZIP file, at its beginning; close it when it was read."""
    tables = {table.name: _rows(session, table, condition) for table, condition in belongings(wearer_id)}
    told = {"format": FORMAT, "exported": now().isoformat(), "efferent": version("efferent"), "tables": tables}
    with contextlib.ExitStack() as closed_on_fault:
        written: IO[bytes] = closed_on_fault.enter_context(tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES))
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("README.txt", READ_ME)
            archive.writestr("wearer.json", json.dumps(told, indent=1, ensure_ascii=False))
            for table, _ in belongings(wearer_id):
                archive.writestr(f"csv/{table.name}.csv", _csv(_columns(table), tables[table.name]))
        written.seek(0)
        closed_on_fault.pop_all()
    return written


def blocks(file: IO[bytes]) -> Iterator[bytes]:
    """Give a file in pieces, and close it."""
    with file:
        while block := file.read(BLOCK_BYTES):
            yield block


def _columns(table: Table) -> list[str]:
    return [column.name for column in table.columns if not column.info.get("secret")]


def _rows(session: Session, table: Table, condition: Any) -> list[dict[str, Any]]:
    columns = _columns(table)
    chosen = select(*(table.c[name] for name in columns)).where(condition).order_by(*table.primary_key.columns)
    return [dict(zip(columns, map(_plain, row), strict=True)) for row in session.execute(chosen)]


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def _csv(columns: Sequence[str], rows: list[dict[str, Any]]) -> str:
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_harmless(row[name]) for name in columns])
    return written.getvalue()


def _harmless(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return json.dumps(value) if isinstance(value, dict | list) else value
