"""Kinds of values that many requests have."""

from typing import Annotated

from fastapi import Path
from pydantic import Field

# What both databases keep as a key.
LARGEST_ID = 2**31 - 1
IdInPath = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
# One line that begins and ends with something to see.
Name = Annotated[
    str,
    Field(
        min_length=1,
        max_length=100,
        pattern=r"^[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$",
    ),
]
# Any text of people; only what no database keeps is refused.
Text = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")]
