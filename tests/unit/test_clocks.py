"""Nothing that measures, decides or moves reads the wall clock: setting it must not move an arm."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# The wall clock, under every name that the standard library and numpy have for it.
WALL_CLOCKS = {
    "time": {"time", "time_ns", "localtime", "gmtime", "ctime", "strftime", "clock_gettime", "clock_gettime_ns"},
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "np": {"datetime64"},
}
# (file, call): where it is for people, or to be set by a fault.
ALLOWED = {
    ("controller/beside_loop.py", "time.time_ns"),  # the header of a black box says when it began
    ("controller/black_box/recorder.py", "time.time"),  # names of the files that are kept
    ("drivers/recordings/xdf_save.py", "datetime.now"),  # the header of a file says when it was written
    ("sim/faults/machine.py", "time.clock_gettime_ns"),  # the fault that sets it
}


def wall_clocks_in(text: str) -> Iterator[str]:
    """Return each use of a wall clock in a module, called or handed on, imported by its own name too."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            yield from (
                f"{node.module}.{name.name}"
                for name in node.names
                if name.name in WALL_CLOCKS.get(node.module or "", ())
            )
        if isinstance(node, ast.Attribute):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            if node.attr in WALL_CLOCKS.get(owner, ()):
                yield f"{owner}.{node.attr}"


def modules() -> list[Path]:
    return [path for package in ("controller", "drivers", "sim") for path in sorted((ROOT / package).rglob("*.py"))]


def test_nothing_on_the_way_of_motion_reads_the_wall_clock() -> None:
    found = {
        (path.relative_to(ROOT).as_posix(), call)
        for path in modules()
        for call in wall_clocks_in(path.read_text(encoding="utf-8"))
    }
    assert len(modules()) > 100
    assert found == ALLOWED


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import time\nclock = time.time", "time.time"),
        ("from time import time_ns", "time.time_ns"),
        ("import datetime\ndatetime.datetime.now()", "datetime.now"),
        ("from datetime import date\ndate.today()", "date.today"),
        ("import numpy as np\nnp.datetime64('now')", "np.datetime64"),
    ],
)
def test_a_wall_clock_is_found_under_each_name(text: str, found: str) -> None:
    assert list(wall_clocks_in(text)) == [found]


def test_the_monotonic_clock_is_none() -> None:
    assert not list(wall_clocks_in("import time\ntime.monotonic_ns(), time.sleep(1), time.perf_counter()"))
