"""A table of numbers in text: its delimiter, its header, and its columns, of any program that exports one."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drivers.errors import RecordingError

# Delimiter (None: spaces), and whether decimals come after a comma.
_FORMS = ((",", False), (";", False), (";", True), ("\t", False), ("\t", True), (None, False))
_COMMENT = ("#", "%", "//")
# Programs put a page of words before the numbers at most.
_MOST_HEADER_LINES = 200
_MOST_COLUMNS = 2048


@dataclass(frozen=True, slots=True)
class Table:
    """`preamble`: lines before the names; `names`: none where there is no header. `rows`: lines with the numbers."""

    preamble: tuple[str, ...]
    names: tuple[str, ...]
    delimiter: str
    decimal_comma: bool
    rows: tuple[str, ...]
    first_line: int
    width: int

    def is_number(self, row: str, column: int) -> bool:
        """Say whether this cell is a number, or empty."""
        cell = _cells(row, None if self.delimiter == " " else self.delimiter)[column]
        return not cell.strip() or _is_number(cell, self.decimal_comma)


def text_of(data: bytes) -> str | None:
    """Return the text, in UTF-8 or else Western European letters; None for what is no text."""
    if b"\x00" in data[:65536]:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    return None if any(letter < " " and letter not in "\t\r\n\x0b\x0c" for letter in text[:65536]) else text


def find_table(text: str) -> Table | None:
    """Find the numbers: the first two lines that follow each other, have the same width, and are numbers mostly."""
    lines = text.splitlines()
    for index, line in enumerate(lines[: _MOST_HEADER_LINES + 2]):
        if not line.strip() or line.lstrip().startswith(_COMMENT):
            continue
        for delimiter, decimal_comma in _FORMS:
            cells = _numbers(line, delimiter, decimal_comma)
            following = lines[index + 1] if index + 1 < len(lines) else line
            if cells and _numbers(following, delimiter, decimal_comma) in (cells, 0):
                return _table(lines, index, delimiter or " ", decimal_comma, cells)
    return None


def read_columns(path: Path, table: Table, columns: list[int]) -> NDArray[np.float64]:
    """Return these columns [n, columns]; an empty cell is no number. Raises `RecordingError` for words in them."""
    rows = table.rows
    if table.decimal_comma:
        rows = tuple(row.replace(",", ".") for row in rows)
    delimiter = None if table.delimiter == " " else table.delimiter
    try:
        return np.loadtxt(rows, delimiter=delimiter, usecols=columns, ndmin=2, comments=None)
    except ValueError:
        pass
    try:
        return np.loadtxt(rows, delimiter=delimiter, usecols=columns, ndmin=2, comments=None, converters=_lenient)
    except ValueError as error:
        raise RecordingError(
            f"{path}: numbers are expected from line {table.first_line} on, and that is not so: {error}"
        ) from error


def read_texts(table: Table, column: int) -> tuple[str, ...]:
    """Return the cells of a column of words."""
    delimiter = None if table.delimiter == " " else table.delimiter
    return tuple(_cells(row, delimiter)[column].strip() if row.strip() else "" for row in table.rows)


def _table(lines: list[str], first: int, delimiter: str, decimal_comma: bool, width: int) -> Table:
    above = first - 1
    while above >= 0 and not lines[above].strip():
        above -= 1
    names: tuple[str, ...] = ()
    separator = None if delimiter == " " else delimiter
    if above >= 0:
        cells = _cells(lines[above].lstrip("#%/ "), separator)
        if len(cells) == width and not any(_is_number(cell, decimal_comma) for cell in cells):
            names = tuple(cell.strip() for cell in cells)
    rows = [line for line in lines[first:] if line.strip()]
    # A line that the end of the file cut short is no row.
    if len(rows) > 1 and len(_cells(rows[-1], separator)) < width:
        rows.pop()
    preamble = tuple(lines[: above if names else first])
    return Table(preamble, names, delimiter, decimal_comma, tuple(rows), first + 1, width)


def _cells(line: str, delimiter: str | None) -> list[str]:
    if delimiter is None:
        return line.split()
    return next(csv.reader(io.StringIO(line), delimiter=delimiter), []) if '"' in line else line.split(delimiter)


def _numbers(line: str, delimiter: str | None, decimal_comma: bool) -> int:
    """Return how many cells the line has where it is one of numbers; else 0."""
    cells = _cells(line, delimiter)
    if not 0 < len(cells) <= _MOST_COLUMNS:
        return 0
    numbers = [_is_number(cell, decimal_comma) for cell in cells]
    if any(not number and (";" in cell or "\t" in cell) for number, cell in zip(numbers, cells, strict=True)):
        return 0  # another delimiter
    # Half of them at least: a column of classes, or one of dates, is in words.
    return len(cells) if 2 * sum(numbers) >= len(cells) else 0


def _is_number(cell: str, decimal_comma: bool) -> bool:
    text = cell.strip()
    if decimal_comma:
        text = text.replace(",", ".") if text.count(",") <= 1 and "." not in text else "x"
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def _lenient(cell: str) -> float:
    return float(cell) if cell.strip() else float("nan")
