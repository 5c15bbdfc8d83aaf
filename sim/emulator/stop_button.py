"""A stop button on a pseudo-terminal: it repeats its byte until it is pressed, falls silent, or is pulled out."""

import contextlib
import os
import pty
import tempfile
import threading
import tty
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

BEAT_S = 0.05
RUN, STOP = b"R", b"S"


@dataclass(slots=True)
class StopButton:
    """`link`: where its port is found while it is plugged in, also after it was plugged in anew."""

    link: Path
    _ends: tuple[int, int] | None = None
    _beats: threading.Event = field(default_factory=threading.Event)
    _ended: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.Thread | None = None

    @property
    def path(self) -> str:
        """Its port."""
        return str(self.link)

    def start(self) -> None:
        """Plug it in, not pressed."""
        self.plug_in()
        self.let_go()
        self._thread = threading.Thread(target=self._beat, name="stop button", daemon=True)
        self._thread.start()

    def press(self, last: bytes = STOP) -> None:
        """Fall silent, with last bytes that say so; without them it is a cable that was cut."""
        self._beats.clear()
        self.say(last)

    def let_go(self) -> None:
        """Repeat the byte again."""
        self._beats.set()

    def say(self, words: bytes) -> None:
        """Send bytes beside those that it repeats, where it is plugged in and somebody has room for them."""
        with self._lock, contextlib.suppress(BlockingIOError):
            if self._ends is not None and words:
                os.write(self._ends[0], words)

    def plug_in(self) -> None:
        """Put its port there."""
        ours, theirs = pty.openpty()
        tty.setraw(theirs)
        os.set_blocking(ours, False)  # nobody may be reading
        self.link.symlink_to(os.ttyname(theirs))
        with self._lock:
            self._ends = ours, theirs

    def pull_out(self) -> None:
        """Take the cable out of the computer; the port is gone."""
        self.link.unlink(missing_ok=True)
        with self._lock:
            ends, self._ends = self._ends, None
            for end in ends or ():
                os.close(end)

    def close(self) -> None:
        """Pull it out and end. May be called twice."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        self.pull_out()

    def _beat(self) -> None:
        while not self._ended.wait(BEAT_S):
            if self._beats.is_set():
                self.say(RUN)


@contextlib.contextmanager
def stop_button() -> Iterator[StopButton]:
    """Plug in a button that is not pressed."""
    with tempfile.TemporaryDirectory() as folder:
        button = StopButton(Path(folder) / "button")
        button.start()
        try:
            yield button
        finally:
            button.close()
