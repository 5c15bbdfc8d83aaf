"""Python's garbage collector, in programs that somebody waits for all the time."""

import gc


def settle_garbage() -> None:
    """Let no later pass go through all that was loaded: it takes 70 to 100 ms, and stops every thread.

    To be called once all is loaded. What is made from now on is still collected.
    """
    gc.collect()
    gc.freeze()
