"""The thread that watches a stop line, on real pseudo-terminals and on a line that does what a test says."""

import threading
import time

import pytest

from controller.stop_line import Line, SerialLine, StopLine, StopLineConfig
from drivers.errors import SourceNotFoundError
from sim.emulator.stop_button import StopButton, stop_button

# Patience of a test on a busy machine; no figure of the system.
SOON_S = 20.0


class Watched:
    """A watched line and what it called."""

    def __init__(self, line: Line) -> None:
        self.causes: list[str] = []
        self.stopped = threading.Event()
        self.line = StopLine(line, self._stop)
        self.line.start()

    def _stop(self, why: str) -> None:
        self.causes.append(why)
        self.stopped.set()

    def released(self) -> bool:
        deadline_s = time.monotonic() + SOON_S
        while self.line.release():
            if time.monotonic() > deadline_s:
                return False
            time.sleep(0.01)
        self.stopped.clear()
        return True


def on(button: StopButton) -> Watched:
    return Watched(SerialLine(StopLineConfig(port=button.path, silence_ms=1000)))


@pytest.mark.parametrize("last", [b"S", b"\x00", b""])
def test_a_pressed_button_stops_until_it_is_let_go_and_a_person_releases(last: bytes) -> None:
    with stop_button() as button:
        watched = on(button)
        try:
            assert not watched.stopped.wait(0.3)
            button.press(last)
            assert watched.stopped.wait(SOON_S)
            if last == b"":
                assert watched.line.release().startswith("refused: the stop line says stop: silent")
            button.let_go()
            assert watched.released()
            button.press(b"S")
            assert watched.stopped.wait(SOON_S)
            assert len(watched.causes) == 2
        finally:
            watched.line.close()


def test_a_cable_that_is_pulled_is_a_stop_that_nobody_can_release() -> None:
    with stop_button() as button:
        watched = on(button)
        try:
            button.pull_out()
            assert watched.stopped.wait(SOON_S)
            assert "refused" in watched.line.release()
        finally:
            watched.line.close()


class ScriptedLine:
    """Breaks, and cannot be opened for a while, then is well again."""

    def __init__(self) -> None:
        self.broken = False
        self.fails = False

    def open(self) -> None:
        if self.broken:
            raise SourceNotFoundError("there is no port")

    def look(self) -> str:
        if self.fails:
            raise RuntimeError("a bug")
        if self.broken:
            raise OSError("the port is gone")
        time.sleep(0.001)
        return ""

    def close(self) -> None:
        pass


def test_a_port_that_comes_back_can_be_released() -> None:
    line = ScriptedLine()
    watched = Watched(line)
    try:
        line.broken = True
        assert watched.stopped.wait(SOON_S)
        assert "gone" in watched.causes[0]
        assert "refused" in watched.line.release()
        line.broken = False
        assert watched.released()
    finally:
        watched.line.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_dies_of_a_fault_of_ours_stops_the_arm() -> None:
    line = ScriptedLine()
    watched = Watched(line)
    line.fails = True
    assert watched.stopped.wait(SOON_S)
    assert watched.causes == ["its thread ended"]
    assert "refused" in watched.line.release()
    watched.line.close()


def test_to_end_is_no_stop() -> None:
    with stop_button() as button:
        watched = on(button)
        watched.line.close()
        assert not watched.causes
        assert not watched.line.latch.cause


def test_a_port_that_cannot_be_what_is_asked_for_is_refused_at_the_start() -> None:
    with stop_button() as button, pytest.raises(SourceNotFoundError, match="no CTS pin"):
        Watched(SerialLine(StopLineConfig(port=button.path, sense="cts")))
    with pytest.raises(SourceNotFoundError, match="no port"):
        Watched(SerialLine(StopLineConfig(port="/dev/nowhere")))
