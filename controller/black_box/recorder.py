"""The thread that writes a black box: round and round in one file, copied aside when something happened."""

import os
import re
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from controller.black_box.hop_log import HopLog
from controller.black_box.layout import ENDED, FLAG_AT, HEADER_BYTES, MAGIC, RUNNING, Header, sealed

WRITE_EVERY_S = 0.2
# What follows a fault belongs to it.
AFTERMATH_S = 2.0
# Together with the ring they bound the disk: eleven times `max_mb`.
KEPT_FILES = 10
SUFFIX = ".blackbox"


@dataclass(slots=True)
class Recorder:
    """Writes what `log` gathers. `tell` gets a line, from this thread, when a file was kept or the disk refuses."""

    folder: Path
    log: HopLog
    tell: Callable[[str], None]
    _file: int = -1
    _number: int = 0
    _due: tuple[float, str] | None = None
    _refused: bool = False
    _missing: int = 0
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def ring(self) -> Path:
        """The file that is written now."""
        return self.folder / f"{self.log.header.arm}{SUFFIX}"

    def start(self) -> None:
        """Take the disk space at once, and begin. Raises OSError. A ring that was never ended is kept."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._rescue()
        header = self.log.header
        self.ring.unlink(missing_ok=True)
        self._file = os.open(self.ring, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.posix_fallocate(self._file, 0, HEADER_BYTES + header.capacity * header.dtype.itemsize)
            os.pwrite(self._file, header.encode(), 0)
        except OSError:
            os.close(self._file)
            self.ring.unlink(missing_ok=True)
            raise
        self._thread = threading.Thread(target=self._write_for_ever, name="black box", daemon=True)
        self._thread.start()

    def keep(self, cause: str) -> None:
        """Copy the file aside, a little later, named by the time and `cause`. Never waits."""
        if self._due is None:
            self._due = (time.monotonic() + AFTERMATH_S, cause)

    def close(self) -> None:
        """Write what is left and end."""
        if self._thread is not None:
            self._ended.set()
            self._thread.join()

    def _write_for_ever(self) -> None:
        while not self._ended.wait(WRITE_EVERY_S):
            self._write()
            if self._due is not None and time.monotonic() >= self._due[0]:
                self._keep_now(self._due[1])
        self._write()
        try:
            os.pwrite(self._file, ENDED, FLAG_AT)
        except OSError as error:
            self._complain(error)
        if self._due is not None:
            self._keep_now(self._due[1])
        os.close(self._file)

    def _write(self) -> None:
        records = self.log.take()
        header = self.log.header
        size = header.dtype.itemsize
        try:
            while len(records):
                place = self._number % header.capacity
                part = records[: header.capacity - place]
                for offset in range(len(part)):
                    part["number"][offset] = self._number + offset + 1
                os.pwrite(self._file, sealed(part), HEADER_BYTES + place * size)
                self._number += len(part)
                records = records[len(part) :]
                if self._missing:
                    self.log.note(
                        time.monotonic_ns(), f"{self._missing} records before this one were refused by the disk"
                    )
                    self._missing = 0
        except OSError as error:
            self._missing += len(records)
            self._complain(error)

    def _keep_now(self, cause: str) -> None:
        self._due = None
        words = re.sub(r"[^a-z0-9]+", "-", cause.lower()).strip("-")[:60]
        target = self.folder / f"{_stamp(time.time())}-{words}{SUFFIX}"
        try:
            shutil.copy2(self.ring, target)  # keeps the mode: readable by its owner alone
            for oldest in self._kept()[:-KEPT_FILES]:
                oldest.unlink()
        except OSError as error:
            self._complain(error)  # what was copied until then opens all the same
        else:
            self.tell(f"black box: kept as {target}")

    def _kept(self) -> list[Path]:
        return sorted(file for file in self.folder.glob(f"*{SUFFIX}") if re.match(r"\d{8}T\d{6}Z-", file.name))

    def _rescue(self) -> None:
        """Keep the file of a controller that was killed: nobody ended it."""
        try:
            with self.ring.open("rb") as file:
                head = file.read(FLAG_AT + 1)
        except FileNotFoundError:
            return
        if head == MAGIC + RUNNING:
            target = self.folder / f"{_stamp(self.ring.stat().st_mtime)}-not-ended{SUFFIX}"
            self.ring.replace(target)
            for oldest in self._kept()[:-KEPT_FILES]:
                oldest.unlink()
            self.tell(f"black box: the last run was not ended; kept as {target}")

    def _complain(self, error: OSError) -> None:
        if not self._refused:
            self._refused = True
            self.tell(f"black box: cannot write in {self.folder}: {error.strerror}; the controller goes on without it")


def capacity(header: Header, minutes: float, hop_s: float, max_mb: int) -> int:
    """Return how many records hold so many minutes, within `max_mb`."""
    return max(min(round(minutes * 60 / hop_s), max_mb * 1_000_000 // header.dtype.itemsize), 1)


def _stamp(wall_s: float) -> str:
    return datetime.fromtimestamp(wall_s, UTC).strftime("%Y%m%dT%H%M%SZ")
