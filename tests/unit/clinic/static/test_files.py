"""The pages' files need nothing that the gate refuses to whoever asks, or that the browser is told to refuse."""

import re
from pathlib import Path

import pytest

from clinic.app import STATIC
from clinic.security.gate import OPEN_FILES

IMPORT = re.compile(r"""(?:from|import)\s*\(?\s*["'](\.{1,2}/[^"'`$]+)["']""")
OWN_MODULES = [path for path in STATIC.rglob("*.js") if "vendor" not in path.parts]


@pytest.mark.parametrize("module", OWN_MODULES, ids=lambda path: path.relative_to(STATIC).as_posix())
def test_a_module_imports_files_that_are_there(module: Path) -> None:
    for at in IMPORT.findall(module.read_text()):
        assert (module.parent / at).resolve().is_file(), at


def test_the_sign_in_page_loads_open_files_alone() -> None:
    seen: set[Path] = set()
    waiting = [STATIC / "pages/sign_in_start.js"]
    while waiting:
        module = waiting.pop()
        seen.add(module)
        found = {(module.parent / at).resolve() for at in IMPORT.findall(module.read_text())}
        waiting += found - seen
    asked = {f"/static/{module.relative_to(STATIC).as_posix()}" for module in seen}
    asked |= set(re.findall(r'(?:href|src)="(/static/[^"]+)"', (STATIC / "sign_in.html").read_text()))
    assert asked <= OPEN_FILES
    assert OPEN_FILES - asked == {f"/static/i18n/{language}/sign_in.json" for language in ("en", "de")}


@pytest.mark.parametrize("page", sorted(STATIC.glob("*.html")), ids=lambda path: path.name)
def test_no_page_has_inline_code_or_style_or_anything_from_elsewhere(page: Path) -> None:
    text = page.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"""\s(?:style|on\w+)\s*=""", text)
    assert "<style" not in text
    assert not re.search(r"""(?:src|href)="(?!/static/|#)""", text)
