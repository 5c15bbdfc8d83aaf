import errno
import os
from pathlib import Path

import pytest

from cli.errors import UsageError
from cli.record.recording_file import RecordingFile


def test_only_its_owner_may_read_it_and_what_was_appended_is_there(tmp_path: Path) -> None:
    file = RecordingFile(tmp_path / "r.xdf", overwrite=False)
    file.append(b"one")
    file.append(b"two")
    assert (tmp_path / "r.xdf").read_bytes() == b"onetwo"
    file.close()
    file.close()
    assert (tmp_path / "r.xdf").stat().st_mode & 0o777 == 0o600
    assert file.size == 6


def test_nothing_is_overwritten_without_being_told(tmp_path: Path) -> None:
    path = tmp_path / "r.xdf"
    path.write_bytes(b"precious")
    with pytest.raises(UsageError, match="is there already"):
        RecordingFile(path, overwrite=False)
    assert path.read_bytes() == b"precious"
    RecordingFile(path, overwrite=True).close()
    assert path.read_bytes() == b""
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("path", ["nowhere/r.xdf", "."])
def test_a_place_where_nothing_can_be_written_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(UsageError, match=r"cannot record into|is there already"):
        RecordingFile(tmp_path / path, overwrite=False)


def test_a_chunk_that_does_not_fit_leaves_the_ones_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes two bytes more, and then nothing."""
    file = RecordingFile(tmp_path / "r.xdf", overwrite=False)
    file.append(b"whole")
    real, room = os.write, [2]

    def write(descriptor: int, data: bytes) -> int:
        if not room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, data[: room.pop()])

    monkeypatch.setattr(os, "write", write)
    with pytest.raises(OSError, match="No space left"):
        file.append(b"chunk")
    file.close()
    assert (tmp_path / "r.xdf").read_bytes() == b"whole"
