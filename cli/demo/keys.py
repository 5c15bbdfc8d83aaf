"""Single key presses from the terminal."""

import asyncio
import os
import re
import sys
import termios
import tty
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

# Arrows, Delete and F-keys send an escape and digits, and digits are motions. A space ends every such sequence: it is
# the stop key, and must not get lost behind an arrow.
SEQUENCE = re.compile(rb"\x1b(\[[0-?]*[@-~]|O[@-~])")
BEGUN = re.compile(rb"\x1b(\[[0-?]{0,16}|O)?\Z")


@dataclass(slots=True)
class KeyPresses:
    """Single keys out of the bytes that a terminal sends, however these are cut."""

    _begun: bytes = b""

    def take(self, sent: bytes) -> str:
        """Return the keys that were pressed, without those that send a sequence."""
        sent = SEQUENCE.sub(b"", self._begun + sent)
        begun = BEGUN.search(sent)
        self._begun = b"" if begun is None else begun.group()
        return sent[: len(sent) - len(self._begun)].decode(errors="ignore").replace("\x1b", "")


@dataclass(slots=True)
class Keys:
    """While entered, each key press calls `on_key` on the event loop; the terminal is put back on exit."""

    on_key: Callable[[str], None]
    _descriptor: int = field(default_factory=lambda: sys.stdin.fileno())  # noqa: PLW0108 - stdin may be replaced
    _before: list[int | list[bytes | int]] = field(default_factory=list)
    _presses: KeyPresses = field(default_factory=KeyPresses)

    def __enter__(self) -> Self:
        self._before = termios.tcgetattr(self._descriptor)
        tty.setcbreak(self._descriptor)
        asyncio.get_running_loop().add_reader(self._descriptor, self._read)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.get_running_loop().remove_reader(self._descriptor)
        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)

    def _read(self) -> None:
        pressed = os.read(self._descriptor, 64)
        if not pressed:  # the terminal has gone
            asyncio.get_running_loop().remove_reader(self._descriptor)
            self.on_key("q")
        for key in self._presses.take(pressed):
            self.on_key(key)
