"""The demo as people and scripts run it: its report, its end in every way it can end, its view and its keys.

Each demo gets a temporary folder of its own and a mark in its environment, which all that it starts inherit: so what
it leaves behind is found, whatever became of its parents.
"""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
MARK = "EFFERENT_TEST_MARK"
# Python's readline sets them where pytest runs; the size of our own terminals is asked of these.
SIZE = ("COLUMNS", "LINES")
# Calibration, processes and imports, on a machine that does other things too. Not a figure of the system.
STARTS_WITHIN_S, ENDS_WITHIN_S = 150.0, 100.0
# What a busy machine alone does to a demo. Whether it keeps its time is for `efferent bench` to say.
LATE = ("missed their deadline of one hop", "decisions, expected about")
PARTS = {"broker_process", "emulate", "arm", "run"}
pytestmark = pytest.mark.timeout(400)


class Demo:
    """A running `efferent demo` with everything it has started."""

    def __init__(self, arguments: list[str], folder: Path, terminal: int | None = None) -> None:
        self.folder = folder
        self._mark = secrets.token_hex(8)
        self._log = folder / "demo.log"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cli.main", "demo", "--broker", "embedded", *arguments],
                stdin=subprocess.DEVNULL if terminal is None else terminal,
                stdout=log if terminal is None else terminal,
                stderr=log if terminal is None else terminal,
                env={
                    **{name: value for name, value in os.environ.items() if name not in SIZE},
                    MARK: self._mark,
                    "TMPDIR": str(folder),
                    "TERM": "xterm-256color",
                },
                cwd=ROOT,
                start_new_session=True,
            )

    @property
    def words(self) -> str:
        """What it wrote, where it has no terminal."""
        return self._log.read_text(encoding="utf-8")

    def parts(self) -> dict[str, psutil.Process]:
        """Return what it has started and still runs, by verb."""
        found: dict[str, psutil.Process] = {}
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                environment: dict[str, str] = process.environ()
                if environment.get(MARK) == self._mark and process.pid != self.process.pid:
                    line = process.cmdline()
                    name = "broker_process" if "sim.broker_process" in line else line[line.index("cli.main") + 1]
                    found[name] = process
        return found

    def until(self, what: Callable[[], bool], words: str) -> None:
        deadline_s = time.monotonic() + STARTS_WITHIN_S
        while not what():
            assert self.process.poll() is None, f"it ended before '{words}': {self.words}"
            assert time.monotonic() < deadline_s, f"'{words}' did not happen: {self.words}"
            time.sleep(0.05)

    def until_engaged(self) -> None:
        """Wait until the controller says so in its log."""
        words = "engaged: engage by demo"
        logs = self.folder.glob
        self.until(lambda: any(words in log.read_text() for log in logs("efferent-demo-*/controller.log")), words)

    def exit_code(self) -> int:
        return self.process.wait(ENDS_WITHIN_S)

    def left_behind(self) -> list[str]:
        """Name processes and folders that are still there a moment after its end."""
        deadline_s = time.monotonic() + 3.0
        while (parts := self.parts()) and time.monotonic() < deadline_s:
            time.sleep(0.1)
        return [*parts, *(path.name for path in self.folder.glob("efferent-demo-*"))]

    def kill_everything(self) -> None:
        for process in self.parts().values():
            with contextlib.suppress(psutil.Error):
                process.kill()
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def demo(folder: Path, *arguments: str, terminal: int | None = None) -> Iterator[Demo]:
    one = Demo(list(arguments), folder, terminal)
    try:
        yield one
    finally:
        one.kill_everything()


def report_in(folder: Path) -> dict[str, Any]:
    values: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return values


@pytest.mark.parametrize("device", ["serial", "lsl"])
def test_it_plays_and_reports_that_all_went_well(tmp_path: Path, device: str) -> None:
    arguments = ("--headless", "--duration", "6", "--device", device, "--report", str(tmp_path / "report.json"))
    begin_s = time.monotonic()
    with demo(tmp_path, *arguments) as running:
        code = running.process.wait(STARTS_WITHIN_S)
        took_s = time.monotonic() - begin_s
        report = report_in(tmp_path)
        assert (report["ok"], code) == ((False, 1) if report["problems"] else (True, 0))
        assert [each for each in report["problems"] if not any(late in each for late in LATE)] == [], running.words
        assert running.left_behind() == []
    assert (report["broker"], report["device"]) == ("embedded", device)
    assert report["engaged_s"] >= 6.0
    # At 100 hops a second each gets a decision, or is skipped when a busy machine lets several come at once.
    assert 0.95 * 100 * report["engaged_s"] <= report["decisions"] + report["skipped_hops"] <= 101 * took_s
    # Once per decision while it was engaged; besides that, signs of life.
    assert 0 < report["commands_published"] <= report["decisions"] * 1.2
    assert 0 < report["commands_accepted"] <= report["commands_published"]
    latency = report["latency_ms"]
    assert 0 < latency["p50"] < latency["p99"] <= latency["p999"] <= latency["max"]
    assert report["faults"] == 0
    assert report["joint_travel_rad"] > 0.5
    assert [(each["motion"], each["followed"]) for each in report["motions"]] == [
        ("elbow_flexion", True),
        ("elbow_extension", True),
    ]
    assert report["exit_codes"] == {"controller": 0, "arm": 0, "emulator": 0}


def test_a_report_that_the_disk_does_not_take_is_a_failure_and_nothing_is_left(tmp_path: Path) -> None:
    with demo(tmp_path, "--headless", "--duration", "1", "--report", "/dev/full") as running:
        assert running.process.wait(STARTS_WITHIN_S) == 1
        assert "the report could not be written to /dev/full: No space left on device" in running.words
        assert "Traceback" not in running.words
        assert running.left_behind() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_reports_what_was_until_then(tmp_path: Path, number: signal.Signals) -> None:
    with demo(tmp_path, "--headless", "--duration", "60", "--report", str(tmp_path / "report.json")) as running:
        running.until_engaged()
        assert set(running.parts()) == PARTS
        time.sleep(2.0)
        running.process.send_signal(number)
        assert running.exit_code() == 130
        assert running.left_behind() == []
        report = report_in(tmp_path)
        assert report["problems"][0] == "interrupted before the end"
        assert report["ok"] is False
        assert 1.5 < report["engaged_s"] < 10.0
        assert report["decisions"] > 100
        assert report["exit_codes"]["controller"] == 0
        assert "Traceback" not in running.words


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_while_it_sets_up_it_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    with demo(tmp_path, "--headless") as running:
        running.until(lambda: "emulate" in running.parts(), "the emulator")
        running.process.send_signal(number)
        assert running.exit_code() == 130, running.words
        assert running.left_behind() == []
        assert "Traceback" not in running.words


def test_killed_it_takes_its_processes_with_it(tmp_path: Path) -> None:
    with demo(tmp_path, "--headless") as running:
        running.until_engaged()
        running.process.kill()
        running.process.wait()
        deadline_s = time.monotonic() + 10.0
        while running.parts() and time.monotonic() < deadline_s:
            time.sleep(0.1)
        assert running.parts() == {}


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        ("emulate", "the emulator ended with exit code -9"),
        ("run", "the controller ended with exit code -9"),
        ("broker_process", "the broker ended"),
    ],
)
def test_a_part_that_is_killed_is_named(tmp_path: Path, part: str, problem: str) -> None:
    with demo(tmp_path, "--headless", "--duration", "60", "--report", str(tmp_path / "report.json")) as running:
        running.until_engaged()
        running.parts()[part].kill()
        assert running.exit_code() == 1
        assert running.left_behind() == []
        assert any(each.startswith(problem) for each in report_in(tmp_path)["problems"]), report_in(tmp_path)
        assert problem in " ".join(running.words.split())
        assert "Traceback" not in running.words


class Terminal:
    """A terminal of 45 × 150 characters: keeps all that is written to it, and presses keys."""

    def __init__(self) -> None:
        self._master, self.descriptor = os.openpty()
        termios.tcsetwinsize(self.descriptor, (45, 150))
        self.settings = termios.tcgetattr(self.descriptor)
        self._written = bytearray()
        self._since = 0
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # closed: EIO
            while data := os.read(self._master, 65536):
                self._written += data

    def press(self, key: bytes) -> None:
        """Press a key; from here on `shows` looks at what is written after it."""
        self._since = len(self._written)
        os.write(self._master, key)

    def shows(self, words: str) -> bool:
        return words.encode() in self._written[self._since :]

    def ever_showed(self, words: str) -> bool:
        return words.encode() in self._written

    def close(self) -> None:
        os.close(self.descriptor)
        self._reading.join(5.0)
        os.close(self._master)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    one = Terminal()
    yield one
    one.close()


ON = "ON: the arm follows the muscles"
STOPPED = "STOPPED: the arm holds still until somebody looks"
# Delete, F1, a superscript two (a key of French keyboards, and a digit for `str.isdigit`), bytes that are no text.
MEANINGLESS = (b"\x1b[3~", b"\x1bOP", "²".encode(), b"\x00", b"\xff", "é".encode() * 40)


def test_the_view_shows_what_the_keys_do_and_gives_the_terminal_back(tmp_path: Path, terminal: Terminal) -> None:
    with demo(tmp_path, terminal=terminal.descriptor) as running:

        def wait_for(words: str) -> None:
            running.until(lambda: terminal.shows(words), words)

        def press(key: str, *words: str) -> None:
            terminal.press(key.encode())
            for each in words:
                wait_for(each)

        wait_for(ON)
        wait_for("muscle signals")
        for keys in MEANINGLESS:
            terminal.press(keys)
        press("1", "elbow flexion 60%")
        press("+", "1.2 ×")
        press("0", "to rest")
        press("u", "the sensor's cable is out", STOPPED)
        press("u", "because: ")
        press("e", ON)
        press(" ", STOPPED, "because: stopped by demo: stop key")
        press("e", ON)
        press("d", "READY: the sensor works, the arm is switched off")
        press("q")
        assert running.exit_code() == 0
        assert termios.tcgetattr(terminal.descriptor) == terminal.settings
        assert not terminal.ever_showed("Traceback")
        assert not terminal.ever_showed("problem:")
        assert running.left_behind() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_view_and_gives_the_terminal_back(
    tmp_path: Path, terminal: Terminal, number: signal.Signals
) -> None:
    with demo(tmp_path, terminal=terminal.descriptor) as running:
        running.until(lambda: terminal.shows("muscle signals"), "the view")
        running.process.send_signal(number)
        assert running.exit_code() in (0, 130)
        assert termios.tcgetattr(terminal.descriptor) == terminal.settings
        assert running.left_behind() == []
