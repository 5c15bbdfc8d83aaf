"""The process a broker lives in: `python -m sim.broker_process KIND PORT PARENT`, started by `sim.broker_keeper`.

It says one line of JSON on stdout (`{"port": 1883, "pid": 77}`), and ends with 0 on SIGTERM, on SIGINT and when stdin
reaches its end, which is how it learns on every platform that its parent has gone. Linux tells it by signal as well.
"""

import ctypes
import errno
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from types import FrameType

HOST = "127.0.0.1"
# Exit code for "the port is taken", so that the parent may try another one without reading anyone's prose.
EXIT_PORT_TAKEN = 3

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_TERMINATE_S = 2.0

_MOSQUITTO_CONFIG = """\
listener {port} {host}
allow_anonymous true
# Without it QoS 0 stalls about 40 ms after each connect: Nagle against delayed acknowledgement.
set_tcp_nodelay true
persistence false
sys_interval 0
# The largest message is a fitted profile of some 100 kB; a runaway publisher is cut off here.
max_packet_size 1048576
connection_messages false
log_dest stderr
log_type error
log_type warning
"""


class _Ending:
    """Whatever ends this process writes one byte here: safe from a signal handler, waited for without polling."""

    def __init__(self) -> None:
        self._read_end, self._write_end = os.pipe()

    def now(self) -> None:
        os.write(self._write_end, b".")

    def wait(self) -> None:
        os.read(self._read_end, 1)

    def on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.now()

    def follow(self, parent_pid: int) -> None:
        """End on signals and with the parent, however it dies."""
        signal.signal(signal.SIGTERM, self.on_signal)
        signal.signal(signal.SIGINT, self.on_signal)
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent_pid:  # it died before the line above
            self.now()
        threading.Thread(target=self._until_stdin_ends, daemon=True).start()

    def after(self, child: "subprocess.Popen[bytes]") -> None:
        child.wait()
        self.now()

    def _until_stdin_ends(self) -> None:
        # os.read, because a daemon thread inside sys.stdin would hold its lock while the interpreter ends
        while os.read(0, 1):
            pass
        self.now()


def port_fault(port: int) -> OSError | None:
    """Tell what keeps a server from listening on the port now; None when nothing does, as always for 0."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if sys.platform != "win32":  # there it would allow to share the port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            return error
    return None


def _say(port: int, pid: int) -> None:
    sys.stdout.write(json.dumps({"port": port, "pid": pid}) + "\n")
    sys.stdout.flush()


def _run_embedded(port: int, ending: _Ending) -> int:
    from sim.broker_embedded import PortTakenError, serve  # noqa: PLC0415 - amqtt and asyncio, 20 MB

    try:
        serve(HOST, port, lambda bound_port: _say(bound_port, os.getpid()), ending.wait)
    except PortTakenError:
        return EXIT_PORT_TAKEN
    return 0


def _run_mosquitto(port: int, ending: _Ending) -> int:
    executable = shutil.which("mosquitto")
    if executable is None:
        sys.stderr.write("no mosquitto on PATH\n")
        return 1
    # from stdin, so that no file is left behind whoever is killed
    child = subprocess.Popen([executable, "-c", "/dev/stdin"], stdin=subprocess.PIPE)  # noqa: S603 - found above
    assert child.stdin is not None  # noqa: S101 - asked for above; tells the type checker
    with child.stdin:
        child.stdin.write(_MOSQUITTO_CONFIG.format(port=port, host=HOST).encode())
    threading.Thread(target=ending.after, args=(child,), daemon=True).start()
    _say(port, child.pid)
    ending.wait()
    return _end_mosquitto(child, port)


def _end_mosquitto(child: "subprocess.Popen[bytes]", port: int) -> int:
    """End mosquitto if it has not ended by itself, and return this process's exit code."""
    if child.poll() is not None:
        fault = port_fault(port)
        return EXIT_PORT_TAKEN if fault is not None and fault.errno == errno.EADDRINUSE else 1
    child.terminate()
    try:
        child.wait(_TERMINATE_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    return 0


def main(kind: str, port: int, parent_pid: int) -> int:
    """Run one broker until it is told to end; returns the exit code."""
    ending = _Ending()
    ending.follow(parent_pid)
    return _run_mosquitto(port, ending) if kind == "mosquitto" else _run_embedded(port, ending)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
