"""The pages' strings and their numbers, for what is written here: one set of sentences for screen and paper."""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path

STRINGS = Path(__file__).parents[2] / "static/i18n"


class Language(StrEnum):
    """Those that the pages have."""

    ENGLISH = "en"
    GERMAN = "de"


@dataclass(frozen=True, slots=True)
class Words:
    """Sentences of the page Assess in one language."""

    language: Language

    def t(self, key: str, **values: object) -> str:
        """Return the sentence of `key`, filled in; the key itself where there is none."""
        text = _strings(self.language).get(key)
        if text is None:
            return key
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    def has(self, key: str) -> bool:
        """Return whether there is such a sentence."""
        return key in _strings(self.language)

    def parameter(self, name: str) -> str:
        """Return the name of a test's setting in this language."""
        if name.startswith("target "):
            which, layout = name.removeprefix("target ").split(":")[0], name.rsplit("width ", maxsplit=1)[-1]
            return self.t("parameter.target", which=which, layout=layout)
        key = f"parameter.{name.replace(' ', '_')}"
        return self.t(key) if self.has(key) else name

    def number(self, value: float | None, digits: int = 1) -> str:
        """Return a number with at most so many digits after the point; a dash for none."""
        if value is None:
            return "–"
        text = f"{value:.{digits}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return text.replace(".", ",") if self.language is Language.GERMAN else text

    def value(self, value: float, unit: str, digits: int) -> str:
        """Return a number with its unit."""
        return f"{self.number(value, digits)}{'°' if unit == 'deg' else f' {unit}'}".strip()

    def percent(self, share: float | None) -> str:
        """Return a share in percent, without the sign."""
        return "–" if share is None else self.number(100.0 * share, 0)

    def date(self, moment: datetime) -> str:
        """Return a day of this machine's time zone."""
        return moment.astimezone().strftime("%d.%m.%Y" if self.language is Language.GERMAN else "%d %b %Y")


@cache
def _strings(language: Language) -> dict[str, str]:
    strings: dict[str, str] = json.loads((STRINGS / language / "assess.json").read_text(encoding="utf-8"))
    return strings
