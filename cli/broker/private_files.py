"""Folders and files that only their owner may look into."""

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from cli.errors import UsageError
from drivers.atomic_file import write_atomically


def make_private(folder: Path) -> None:
    """Make `folder` with mode 0700, or see that it is so. Raises `UsageError` and OSError."""
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        mode = folder.stat().st_mode
        if not stat.S_ISDIR(mode):
            raise UsageError(f"expected a folder at {folder}, found a file; name another one") from None
        if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise UsageError(
                f"others may look into {folder} (mode {stat.S_IMODE(mode):03o}), and secrets go there: "
                f"chmod 700 {folder}, or name a folder that is not there yet"
            ) from None


def put(file: Path, content: Callable[[], bytes], anew: bool) -> bytes:
    """Return what stands in `file`; write it first, for its owner only, if it is missing or to be made anew."""
    if not anew and file.exists():
        return file.read_bytes()
    data = content()
    write_atomically(file, data)
    return data


def append_missing(file: Path, head: str, blocks: Mapping[str, str], anew: bool) -> None:
    """Write `head` and `blocks`; of a file that is there and stays, add the blocks whose first words it lacks.

    `blocks`: how a line of the block begins, to the block. A beginning with a colon stands for all up to it.
    """
    before = head if anew or not file.exists() else file.read_text(encoding="utf-8")
    there = {line.split(":")[0] + ":" if ":" in line else line.strip() for line in before.splitlines()}
    missing = [block for beginning, block in blocks.items() if beginning not in there]
    if missing or anew or not file.exists():
        write_atomically(file, (before + "".join(missing)).encode())
