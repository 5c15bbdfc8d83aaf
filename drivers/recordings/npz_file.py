"""Reading arrays from an `.npz` file that nobody vouches for: nothing is evaluated or unpickled, memory is bounded."""

import math
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.errors import RecordingError

# 64 channels at 2 kHz as float64 fill it in 30 minutes; more than that does not fit into a wearable computer either.
MAX_BYTES = 2 << 30

# What zipfile and zlib raise for bytes that are not what they say they are.
_FAULTS = (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, ValueError, RuntimeError, IndexError)

# An array's header as numpy has written it since 2010, for numbers, truth values and text. Matched, not evaluated.
_HEADER = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '([<>|](?:b1|[iuf][1248]|U\d{1,6}))', "
    rb"'fortran_order': (False|True), 'shape': \(((?:\d{1,12}, ?)*\d{0,12})\), \} *\n",
    re.DOTALL,
)


def array_names(path: Path) -> frozenset[str]:
    """Return the names of the arrays in the file; none if it is no `.npz` file. Raises `OSError` if it is not there."""
    with path.open("rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                return frozenset(name.removesuffix(".npy") for name in archive.namelist())
        except _FAULTS:
            return frozenset()


def read_arrays(path: Path, names: Iterable[str]) -> dict[str, NDArray[Any]]:
    """Return these arrays. Raises `RecordingError` when one is missing or damaged, or all are more than `MAX_BYTES`."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.getinfo(f"{name}.npy") for name in names}
            size = sum(member.file_size for member in members.values())
            if size > MAX_BYTES:
                raise RecordingError(f"{path} unpacks to {size} bytes, and at most {MAX_BYTES} are read; split it")
            return {name: _read_array(archive.read(member)) for name, member in members.items()}
    except KeyError as error:
        raise RecordingError(f"{path} lacks an array: {error.args[0]}") from error
    except _FAULTS as error:
        raise RecordingError(f"{path} is damaged or no .npz file: {error}") from error


def scalar(path: Path, array: NDArray[Any]) -> float:
    """Return the one number of this array, or raise `RecordingError`."""
    if array.shape != () or array.dtype.kind not in "iuf":
        raise RecordingError(f"{path} should hold one number where it holds {array.dtype}{list(array.shape)}")
    return float(array)


def texts(path: Path, array: NDArray[Any]) -> tuple[str, ...]:
    """Return the text or the list of texts of this array, or raise `RecordingError`."""
    if array.ndim > 1 or array.dtype.kind != "U":
        raise RecordingError(f"{path} should hold text where it holds {array.dtype}{list(array.shape)}")
    return tuple(str(text) for text in np.atleast_1d(array))


def _read_array(data: bytes) -> NDArray[Any]:
    header = _HEADER.match(data)
    if header is None:
        raise ValueError("an array's header is not what numpy writes for numbers and text")
    kind, by_columns, lengths = header.groups()
    dtype = np.dtype(kind.decode())
    shape = tuple(int(length) for length in lengths.replace(b",", b" ").split())
    count = math.prod(shape)
    if count * dtype.itemsize != len(data) - header.end():
        raise ValueError(f"an array of {list(shape)} x {dtype.itemsize} bytes is {len(data) - header.end()} bytes long")
    flat = np.frombuffer(data, dtype, count, header.end())
    return flat.reshape(shape, order="F" if by_columns == b"True" else "C")
