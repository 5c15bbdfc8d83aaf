"""A file that grows by whole chunks."""

import os
import time
from pathlib import Path

from cli.errors import UsageError

SYNC_EVERY_S = 1.0


class RecordingFile:
    """Only its owner may read it: it is somebody's biosignal. What `append` wrote is whole, whatever happens next."""

    def __init__(self, path: Path, overwrite: bool) -> None:
        """Create it. Raises `UsageError` where there is one already, or where it cannot be."""
        self.path, self.size = path, 0
        try:
            if overwrite:
                path.unlink(missing_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            self._descriptor = os.open(path, flags, 0o600)
        except FileExistsError as error:
            raise UsageError(f"{path} is there already; choose another name, or say --overwrite") from error
        except OSError as error:
            raise UsageError(f"cannot record into {path}: {error.strerror or error}") from error
        self._synced_s = time.monotonic()

    def append(self, data: bytes) -> None:
        """Write it all, and let the disk have it once a second; or nothing of it, and raise `OSError`."""
        try:
            written = 0
            while written < len(data):
                written += os.write(self._descriptor, data[written:])
            self.size += written
            if time.monotonic() - self._synced_s >= SYNC_EVERY_S:
                self._synced_s = time.monotonic()
                os.fsync(self._descriptor)
        except OSError:
            os.ftruncate(self._descriptor, self.size)
            raise

    def close(self) -> None:
        """End it; may be called twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
