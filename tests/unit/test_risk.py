"""Every risk has a control, and every control a test that exists."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from cli.faults.verb import BY_NAME

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = 6


def rows() -> list[list[str]]:
    lines = (ROOT / "docs/risk.md").read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| R\d+ ", line)]


@cache
def names_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def fault_of_test(named: str) -> str:
    """Return why what a row names is no test, or an empty string."""
    if match := re.fullmatch(r"fault ([a-z0-9-]+)", named):
        return "" if match[1] in BY_NAME else f"no fault {match[1]}"
    if match := re.fullmatch(r"`(tests/[\w/]+\.py)::(test_\w+)`", named):
        path = ROOT / match[1]
        if not path.is_file():
            return f"no file {match[1]}"
        return "" if match[2] in names_in(path) else f"no test {match[2]} in {match[1]}"
    return f"'{named}' is neither a test nor a fault"


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_each_risk_has_a_control_with_tests_that_exist(row: list[str]) -> None:
    assert len(row) == COLUMNS
    _, hazard, cause, severity, control, tests = row
    assert hazard
    assert cause
    assert control
    assert severity in ("high", "medium", "low")
    assert [why for named in tests.split(", ") if (why := fault_of_test(named))] == []


def test_risks_are_numbered_without_a_gap() -> None:
    assert [row[0] for row in rows()] == [f"R{number}" for number in range(1, len(rows()) + 1)]
    assert rows()


@pytest.mark.parametrize(
    "named", ["", "fault no-such", "`tests/unit/test_risk.py::test_nothing`", "`tests/none.py::test_it`", "by care"]
)
def test_what_is_no_test_is_found_out(named: str) -> None:
    assert fault_of_test(named)


def test_every_fault_of_ours_holds_a_risk() -> None:
    named = {match for row in rows() for match in re.findall(r"fault ([a-z0-9-]+)", row[-1])}
    families = {name.removesuffix("-one").removesuffix("-all") for name in named}
    left_out = {name for name in BY_NAME if name.removesuffix("-one").removesuffix("-all") not in families}
    assert left_out == {"device-hesitates"}
