import os
import tempfile
from pathlib import Path


def write_atomically(path: Path, data: bytes, *, keep_previous: bool = False) -> None:
    """Put `data` at `path` whole or not at all, also across a power cut; raises OSError, leaving the old file.

    Only its owner may read the file: what is written so is somebody's biosignal, or made from one.
    Temporary file beside it, fsync, rename, fsync of the directory. `keep_previous`: the old file stays as
    `<name>.previous`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if keep_previous and path.exists():
            previous = path.with_name(path.name + ".previous")
            previous.unlink(missing_ok=True)
            previous.hardlink_to(path)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
