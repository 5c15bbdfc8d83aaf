"""A stop button on a pseudo-terminal: it repeats its byte until it is pressed, falls silent, or is pulled out."""

import contextlib
import os
import pty
import threading
import tty
from collections.abc import Iterator
from dataclasses import dataclass, field

BEAT_S = 0.05


@dataclass(slots=True)
class StopButton:
    """`path`: its port. Runs until `pull_out`."""

    path: str
    _ours: int
    _theirs: int
    _beats: threading.Event = field(default_factory=threading.Event)
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def press(self, byte: bytes = b"S") -> None:
        """Fall silent, with a last byte that says so."""
        self._beats.clear()
        if byte:
            os.write(self._ours, byte)

    def let_go(self) -> None:
        """Repeat the byte again."""
        self._beats.set()

    def pull_out(self) -> None:
        """Take the cable out of the computer; the port is gone."""
        if self._ended.is_set():
            return
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        os.close(self._ours)
        os.close(self._theirs)

    def _beat(self) -> None:
        while not self._ended.wait(BEAT_S):
            if self._beats.is_set():
                with contextlib.suppress(OSError):
                    os.write(self._ours, b"R")


@contextlib.contextmanager
def stop_button() -> Iterator[StopButton]:
    """Plug in a button that is not pressed."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    os.set_blocking(ours, False)  # nobody may be reading
    button = StopButton(os.ttyname(theirs), ours, theirs)
    button.let_go()
    button._thread = threading.Thread(target=button._beat, daemon=True)
    button._thread.start()
    try:
        yield button
    finally:
        button.pull_out()
