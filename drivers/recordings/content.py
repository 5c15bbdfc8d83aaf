"""The bytes of a file that nobody vouches for, packed by gzip or not, never more than fit into memory."""

import gzip
import io
import zlib
from pathlib import Path
from typing import BinaryIO

from drivers.errors import RecordingError
from drivers.recordings.npz_file import MAX_BYTES

_GZIP = b"\x1f\x8b"
_BLOCK = 1 << 20


def first_bytes(path: Path, count: int) -> bytes:
    """Return up to `count` bytes of the content; none where it is damaged. Raises `OSError` if it is not there."""
    with path.open("rb") as file:
        start = file.read(count)
        if not start.startswith(_GZIP):
            return start
        file.seek(0)
        try:
            with gzip.open(file) as unpacked:
                return unpacked.read(count)
        except (OSError, EOFError, zlib.error):
            return b""


def read_content(path: Path) -> bytes:
    """Return the whole content. Raises `RecordingError` where it is damaged or larger than `MAX_BYTES`."""
    try:
        with path.open("rb") as file:
            packed = file.read(len(_GZIP)) == _GZIP
            file.seek(0)
            if packed:
                with gzip.open(file) as unpacked:
                    return _bounded(path, unpacked)
            return _bounded(path, file)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise RecordingError(f"{path} is a damaged gzip file: {error}") from error


def _bounded(path: Path, file: BinaryIO | gzip.GzipFile) -> bytes:
    content = io.BytesIO()
    while block := file.read(_BLOCK):
        if content.tell() + len(block) > MAX_BYTES:
            raise RecordingError(f"{path} is larger than {MAX_BYTES} bytes, and at most that is read; split it")
        content.write(block)
    return content.getvalue()
