"""The power goes at any write of the store: what was answered as accepted is readable afterwards."""

import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from clinic.store.database import Store
from tests.rigs.power_cut import Cut, Lost, cuts, record

VERSIONS = 4
# Each version is a proposal that is accepted, with its entry in the log, in one transaction as in the service; then an
# answer is given. Between two, the log of SQLite is once taken into its file, where pages are written in place.
PROGRAM = f"""
import sys
from clinic.security.audit import audit
from clinic.security.person import Person
from clinic.store.database import Store
from clinic.store.tables.base import now
from clinic.store.tables.people import Wearer
from clinic.store.tables.proposals import Proposal
folder = sys.argv[1]
store = Store(f"sqlite:///{{folder}}/clinic.db")
answered = open(folder + "/answered", "wb", buffering=0)
for version in range(1, {VERSIONS} + 1):
    with store.session() as session:
        session.add(Proposal(wearer_id=1, made_by="Grete", until=now(), change=str(version) * 3000, reason="x" * 400,
                             state="accepted"))
        audit(session, Person(1, "Grete", "clinician", None), f"accepted {{version}}", 1)
    answered.seek(0)
    answered.write(str(version).encode())
    if version == {VERSIONS} // 2:
        store.settle()
store.close()
"""


def profiles_in(file: Path) -> dict[int, str]:
    """Return accepted changes and log entries by number, after SQLite has looked through all of the file."""
    connection = sqlite3.connect(file)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        accepted = dict(connection.execute("SELECT id, change FROM proposals").fetchall())
        logged = connection.execute("SELECT count(*) FROM audit WHERE what LIKE 'accepted%'").fetchone()[0]
        assert logged == len(accepted), "a change and its entry are kept together or not at all"
        return accepted
    finally:
        connection.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store with a wearer, closed."""
    made = tmp_path / "store"
    made.mkdir()
    store = Store(f"sqlite:///{made / 'clinic.db'}")
    with store.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO wearers VALUES (1, 'Ines', '', 0, '2026-01-01')")
    store.close()
    return made


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Where the program's writes are noted."""
    made = tmp_path / "work"
    made.mkdir()
    return made


@pytest.fixture
def after(tmp_path: Path) -> Path:
    """Where the store is laid out as a cut leaves it."""
    return tmp_path / "after"


def test_a_power_cut_at_any_write_leaves_the_last_accepted_profile_readable(
    folder: Path, work: Path, after: Path
) -> None:
    before, changes = record(PROGRAM, folder, work)
    tried: Counter[Lost] = Counter()
    for cut in cuts(before, changes):
        tried[cut.lost] += 1
        assert_kept(cut, after)
    # Torn and whole, at every write; and the store was really written to.
    assert min(tried.values()) == tried[Lost.ALL] > 20 * VERSIONS


def assert_kept(cut: Cut, after: Path) -> None:
    cut.lay_out(after)
    accepted = profiles_in(after / "clinic.db")
    answered = int(cut.answered or 0)
    # What was answered is there; at most the one that was on its way is too.
    assert answered <= len(accepted) <= answered + 1, (cut.at, cut.lost)
    assert accepted == {version: str(version) * 3000 for version in range(1, len(accepted) + 1)}


def test_without_syncing_the_same_test_finds_what_is_lost(folder: Path, work: Path, after: Path) -> None:
    """The test can fail: with SQLite told not to sync, an answered change is lost or the file is damaged."""
    careless = (
        "import clinic.store.database as d\nd.SQLITE_SETTINGS = ('journal_mode=WAL', 'synchronous=OFF')\n" + PROGRAM
    )
    before, changes = record(careless, folder, work)
    faults = 0
    for cut in cuts(before, changes):
        if cut.lost is Lost.NOTHING:
            continue
        try:
            assert_kept(cut, after)
        except (AssertionError, sqlite3.DatabaseError):
            faults += 1
            break
    assert faults
