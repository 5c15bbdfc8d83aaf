"""Last words to a device: closing a port drops what has not left it, so it is waited for, with an end."""

import asyncio
import contextlib
from collections.abc import Callable

# How often it is looked; a byte at 115,200 baud takes 0.09 ms.
LOOK_S = 0.002


async def wait_until_said(waiting: Callable[[], bool], within_s: float) -> None:
    """Return when nothing is `waiting` to be sent any more, after `within_s` at the latest."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            while waiting():  # noqa: ASYNC110 - the system tells nobody that its buffer is empty
                await asyncio.sleep(LOOK_S)
