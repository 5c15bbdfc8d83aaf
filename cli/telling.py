"""What long-running verbs say while they run."""

import contextlib
import sys


def tell(line: str) -> None:
    """Say what changed, on stderr, so that stdout stays free for data."""
    with contextlib.suppress(OSError):  # a log on a full disk, a terminal that was closed: no reason to stop
        print(line, file=sys.stderr, flush=True)
