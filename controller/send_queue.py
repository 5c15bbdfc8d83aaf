"""How much of what was sent the other side of a connection has not confirmed yet."""

import socket
import sys

# What bulk may leave unconfirmed: several blocks of raw samples, and little of the send buffer that commands need.
SPARE_BYTES = 16_384


def is_spare(sender: socket.socket) -> bool:
    """Return whether a connection has room for more than commands; true where the system cannot tell."""
    if sys.platform == "win32":
        return True
    import fcntl  # noqa: PLC0415 - not on Windows
    import termios  # noqa: PLC0415

    try:
        waiting = fcntl.ioctl(sender.fileno(), termios.TIOCOUTQ, bytes(4))
    except OSError:
        return False  # a connection that breaks: let nothing but a command find out
    return int.from_bytes(waiting, sys.byteorder) < SPARE_BYTES
