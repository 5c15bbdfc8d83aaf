"""What a power cut leaves of a folder: at every write, with the last one torn, and with what was not synced lost.

A program runs once, with `power_cut.c` before its libc, which writes down each change of a file. From that the folder
is made as it was at each moment, in three ways: all that was written is there, half of the newest write too; only what
was synced is there; of what was not synced, any part.
"""

import os
import random
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import pytest

SHIM = Path(__file__).with_suffix(".c")
HEAD = struct.Struct("<cIqI")
# A disk writes whole sectors.
SECTOR = 512
# The file whose writes tell what the program has answered by then.
ANSWERED = "answered"


class Lost(StrEnum):
    """What a cut loses of what was not synced."""

    NOTHING = "nothing"
    ALL = "all"
    SOME = "some"


@dataclass(frozen=True, slots=True)
class Change:
    """One change: c(reate), w(rite), t(runcate), s(ync), u(nlink), r(ename), l(ink). Paths are relative."""

    kind: str
    path: str
    offset: int
    data: bytes


@dataclass(slots=True)
class File:
    """An inode: what is in it, and the writes since its last sync."""

    content: bytes = b""
    since_sync: list[Change] = field(default_factory=list)


@dataclass(slots=True)
class Disk:
    """Files by name, as they are now and as the last sync of the folder left them."""

    names: dict[str, File]
    synced_names: dict[str, File]

    @classmethod
    def of(cls, folder: Path) -> "Disk":
        """Read what is there before the program runs; it is on the disk."""
        names = {file.name: File(file.read_bytes()) for file in folder.iterdir() if file.is_file()}
        return cls(names, dict(names))

    def take(self, change: Change) -> None:
        """Let one change happen."""
        if change.kind == "c":
            self.names[change.path] = File()
        elif change.kind == "u":
            del self.names[change.path]
        elif change.kind == "r":
            self.names[change.data.decode()] = self.names.pop(change.path)
        elif change.kind == "l":
            self.names[change.data.decode()] = self.names[change.path]
        elif change.kind == "s" and change.path == "":
            self.synced_names = dict(self.names)
        elif change.kind == "s":
            file = self.names[change.path]
            for each in file.since_sync:
                file.content = applied(file.content, each)
            file.since_sync.clear()
        else:
            self.names[change.path].since_sync.append(change)

    def after_cut(self, lost: Lost, chance: random.Random) -> dict[str, bytes]:
        """Return the files that are there after a cut now."""
        names = self.synced_names if lost is Lost.ALL or (lost is Lost.SOME and chance.random() < 0.5) else self.names
        return {name: _left_of(file, lost, chance) for name, file in names.items()}


def _left_of(file: File, lost: Lost, chance: random.Random) -> bytes:
    content = file.content
    for change in file.since_sync:
        if lost is Lost.NOTHING:
            content = applied(content, change)
        elif lost is Lost.SOME and chance.random() < 0.5:
            torn = chance.randrange(0, len(change.data) + SECTOR, SECTOR) if change.kind == "w" else 0
            content = applied(content, Change(change.kind, change.path, change.offset, change.data[:torn]))
    return content


def applied(content: bytes, change: Change) -> bytes:
    """Return a file's content after a write or a truncation."""
    at = change.offset
    if change.kind == "t":
        return content[:at].ljust(at, b"\0")
    if not change.data:
        return content
    return content[:at].ljust(at, b"\0") + change.data + content[at + len(change.data) :]


@dataclass(frozen=True, slots=True)
class Cut:
    """`files`: what is there afterwards. `answered`: what the program had answered before; `at`: the cut's number."""

    at: int
    lost: Lost
    files: dict[str, bytes]
    answered: str

    def lay_out(self, folder: Path) -> None:
        """Make `folder` hold exactly these files."""
        folder.mkdir(exist_ok=True)
        for file in folder.iterdir():
            if file.name not in self.files:
                file.unlink()
        for name, content in self.files.items():
            (folder / name).write_bytes(content)


def record(program: str, folder: Path, work: Path) -> tuple[Disk, list[Change]]:
    """Run a Python `program` that changes files in `folder`; return the folder before, and all changes."""
    shim, log = work / "power_cut.so", work / "changes"
    compiler = shutil.which("cc") or pytest.fail("no C compiler (Debian: apt install gcc)")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(shim), str(SHIM), "-ldl", "-lpthread"], check=True)
    before = Disk.of(folder)
    environment = {"LD_PRELOAD": str(shim), "POWER_CUT_FOLDER": str(folder), "POWER_CUT_LOG": str(log)}
    subprocess.run([sys.executable, "-c", program, str(folder)], check=True, env=os.environ | environment)
    changes = list(_read(log.read_bytes(), folder))
    _refuse_incomplete(folder, before, changes)
    return before, changes


def cuts(before: Disk, changes: list[Change], seed: int = 0) -> Iterator[Cut]:
    """Give the folder after a cut at each change, in each way."""
    chance = random.Random(seed)  # noqa: S311 - which writes are lost, no secret
    answered = ""
    disk = Disk(dict(before.names), dict(before.synced_names))
    for at, change in enumerate(changes):
        if change.kind == "w" and change.path != ANSWERED:
            half = Change("w", change.path, change.offset, change.data[: len(change.data) // 2])
            files = disk.after_cut(Lost.NOTHING, chance)
            yield Cut(at, Lost.NOTHING, files | {change.path: applied(files[change.path], half)}, answered)
        disk.take(change)
        if change.path == ANSWERED:
            answered = change.data.decode() if change.kind == "w" else answered
            continue
        for lost in Lost:
            yield Cut(at, lost, disk.after_cut(lost, chance), answered)


def _read(log: bytes, folder: Path) -> Iterator[Change]:
    at = 0
    while at < len(log):
        kind, path_length, offset, length = HEAD.unpack_from(log, at)
        at += HEAD.size
        path = log[at : at + path_length].decode()
        data = log[at + path_length : at + path_length + length]
        at += path_length + length
        name = path.removeprefix(str(folder)).lstrip("/")
        if name.endswith("-shm"):
            continue  # SQLite's index of its log: shared memory, made anew when the store is opened
        if kind in b"rl":
            data = data.decode().removeprefix(str(folder)).lstrip("/").encode()
        yield Change(kind.decode(), name, offset, data)


def _refuse_incomplete(folder: Path, before: Disk, changes: list[Change]) -> None:
    """Fail when the changes do not make what is really there: then one was not seen."""
    disk = Disk({name: File(file.content) for name, file in before.names.items()}, {})
    for change in changes:
        disk.take(change)
    made = {name: _left_of(file, Lost.NOTHING, random.Random()) for name, file in disk.names.items()}  # noqa: S311
    there = {file.name: file.read_bytes() for file in folder.iterdir() if not file.name.endswith("-shm")}
    assert made == there, f"not every change was seen: {sorted(made)} {sorted(there)}"
