"""The parent's side of a broker's process: start it, hear it, end it, and notice when it ends."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from typing import TextIO

from sim.errors import SimError


class BrokerKeeper(threading.Thread):
    """Starts a broker's process, reads its words and waits for its end.

    A thread of its own, because Linux sends the parent-death signal when the *thread* that forked ends: this one
    lives exactly as long as the child, so that brokers may be started from any thread.
    """

    def __init__(self, kind: str, port: int) -> None:
        super().__init__(name="broker-keeper", daemon=True)
        self.last_words: deque[str] = deque(maxlen=20)
        self.exit_code: int | None = None
        self._command = [sys.executable, "-m", "sim.broker_process", kind, str(port), str(os.getpid())]
        self._first_line: queue.SimpleQueue[str | OSError] = queue.SimpleQueue()
        self._forked = threading.Event()
        # Not `join`: Ctrl-C inside it makes Python 3.11 take a running thread for ended (bpo-45274).
        self._over = threading.Event()
        self._process: subprocess.Popen[str] | None = None

    @property
    def over(self) -> bool:
        """Whether the process has ended, or could not be started."""
        return self._over.is_set()

    def wait_over(self, timeout_s: float | None = None) -> bool:
        """Wait for the end of the process; False when the time was over first."""
        return self._over.wait(timeout_s)

    def run(self) -> None:
        """Keep the process; the thread's whole life."""
        try:
            self._keep()
        except OSError as error:
            self._first_line.put(error)
        finally:
            self._forked.set()
            self._over.set()

    def _keep(self) -> None:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # Ctrl-C at a terminal goes to the owner, who ends the broker after its clients.
            start_new_session=True,
        )
        self._process = process
        self._forked.set()
        assert process.stdout is not None  # noqa: S101 - asked for above; tells the type checker
        hearing = threading.Thread(target=self._hear, args=(process.stderr,), daemon=True)
        hearing.start()
        with process.stdout:
            self._first_line.put(process.stdout.readline())
        exit_code = process.wait()
        if exit_code < 0:  # killed by a signal, so it could not take mosquitto with it
            _kill_group(process)
        hearing.join()
        self.exit_code = exit_code

    def _hear(self, words: TextIO) -> None:
        with words:
            for line in words:
                self.last_words.append(line.strip())

    def hello(self, within_s: float) -> dict[str, int]:
        """Return what the process says when it starts; empty when it ended or said nothing in time."""
        try:
            line = self._first_line.get(timeout=max(within_s, 0.0))
        except queue.Empty:
            return {}
        if isinstance(line, OSError):
            raise SimError(f"the broker's process cannot be started: {line}") from line
        said: dict[str, int] = json.loads(line) if line else {}
        return said

    def end(self, patience_s: float) -> None:
        """Close stdin, which ends the process in order, and kill it when that does not help. Safe to call again."""
        self._forked.wait()
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # it has ended by itself
                process.stdin.close()
        if not self.wait_over(patience_s):  # frozen: fault tests stop brokers with SIGSTOP
            _kill_group(process)
            self.wait_over()


def _kill_group(process: "subprocess.Popen[str]") -> None:
    if sys.platform == "win32":
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
