"""Every language says the same things, all that pages ask for is there, and nothing else."""

import json
import re
from pathlib import Path

import pytest

import clinic

STATIC = Path(clinic.__file__).parent / "static"
LANGUAGES = sorted(folder.name for folder in (STATIC / "i18n").iterdir())
PARTS = sorted({file.stem for file in (STATIC / "i18n").rglob("*.json")})
SCRIPTS = [*(STATIC / "js").rglob("*.js"), *(STATIC / "pages").rglob("*.js")]
ASKED = re.compile(r"""\bt\(\s*["']([^"']+)["']""")
LITERAL = re.compile(rf"""["'`]((?:{"|".join(PARTS)})\.[A-Za-z0-9_.-]+)["'`]""")
PREFIX = re.compile(rf"`((?:{'|'.join(PARTS)})\.[A-Za-z0-9_.-]*)\$\{{")
MARKED = re.compile(r'data-t(?:-label)?="([^"]+)"')
FILLED = re.compile(r"\{(\w+)\}")


def _strings(language: str, part: str) -> dict[str, str]:
    read: dict[str, str] = json.loads((STATIC / "i18n" / language / f"{part}.json").read_text(encoding="utf-8"))
    return read


def _keys() -> set[str]:
    return {f"{part}.{key}" for part in PARTS for key in _strings("en", part)}


def _scripts() -> str:
    return "\n".join(file.read_text(encoding="utf-8") for file in SCRIPTS)


def _marked() -> set[str]:
    return {key for page in STATIC.glob("*.html") for key in MARKED.findall(page.read_text(encoding="utf-8"))}


def test_english_and_german_are_there() -> None:
    assert LANGUAGES == ["de", "en"]


@pytest.mark.parametrize("part", PARTS)
def test_every_language_has_the_same_keys_and_fills_in_the_same(part: str) -> None:
    english = _strings("en", part)
    for language in LANGUAGES:
        other = _strings(language, part)
        assert set(other) == set(english), f"{language}/{part}.json has other keys"
        for key, text in other.items():
            assert text.strip(), f"{language}/{part}.json: {key} is empty"
            filled = set(FILLED.findall(text))
            assert filled == set(FILLED.findall(english[key])), f"{language}/{part}.json: {key} fills in something else"


def test_whatever_a_page_asks_for_is_there() -> None:
    keys = _keys()
    asked = {key for key in ASKED.findall(_scripts()) if key.split(".")[0] in PARTS} | _marked()
    assert asked > {"shell.stop", "live.title"}
    assert sorted(asked - keys) == []
    without = [prefix for prefix in PREFIX.findall(_scripts()) if not any(key.startswith(prefix) for key in keys)]
    assert without == []


def test_no_string_is_left_over() -> None:
    scripts = _scripts()
    used = set(LITERAL.findall(scripts)) | _marked()
    prefixes = tuple(set(PREFIX.findall(scripts)))
    assert sorted(key for key in _keys() - used if not key.startswith(prefixes)) == []
