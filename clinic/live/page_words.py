"""What a page may say through its WebSocket, and how often."""

import time
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

# The longest words there are take 60.
MOST_CHARACTERS = 500
# A person who switches views does so a few times; twenty at once is a page that has gone wrong.
MOST_AT_ONCE = 20.0
EACH_SECOND = 5.0


class PageWords(BaseModel):
    """`watch`: what the page wants to have besides what every page gets; what is not named, it gets no more."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    watch: Annotated[tuple[Literal["emg"], ...], Field(max_length=4)]


class NotUnderstoodError(Exception):
    """What a page said, and what was expected: one sentence, short enough for the reason of a close."""


@dataclass(slots=True)
class Ear:
    """Reads what one page says."""

    _left: float = MOST_AT_ONCE
    _before_s: float = 0.0

    def hear(self, text: str | None) -> PageWords:
        """Return what was said; raises `NotUnderstoodError`. None: bytes came, which no page sends."""
        now_s = time.monotonic()
        self._left = min(self._left + (now_s - self._before_s) * EACH_SECOND, MOST_AT_ONCE) - 1.0
        self._before_s = now_s
        if self._left < 0.0:
            raise NotUnderstoodError(f"expected at most {EACH_SECOND:g} messages per second")
        if text is None:
            raise NotUnderstoodError('expected JSON text such as {"watch": ["emg"]}, got bytes')
        if len(text) > MOST_CHARACTERS:
            raise NotUnderstoodError(f"expected at most {MOST_CHARACTERS} characters, got {len(text)}")
        try:
            return PageWords.model_validate_json(text)
        except ValidationError:
            raise NotUnderstoodError('expected {"watch": []} or {"watch": ["emg"]}, got something else') from None
