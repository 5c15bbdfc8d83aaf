"""Parts that work as long as the service does."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

AGAIN_S = 2.0
LOG = logging.getLogger("efferent.clinic")


async def stay_at_work(name: str, run: Callable[[], Awaitable[None]], again_s: float = AGAIN_S) -> None:
    """Let a part work until cancelled; one that fails is written about on stderr and begins again after `again_s`.

    Its failure is its own: the stop button of a page must not go because a log could not be counted.
    """
    while True:
        try:
            await run()
        except Exception:
            LOG.exception("the part '%s' of the clinic failed and begins again", name)
        else:
            LOG.error("the part '%s' of the clinic ended by itself and begins again", name)
        await asyncio.sleep(again_s)
