"""What a program does once all of it is loaded, and before somebody waits for it."""

import gc


def settle_garbage() -> None:
    """Let no later pass of the collector go through all that was loaded: it takes 100 ms, and stops every thread.

    What is made from now on is still collected.
    """
    gc.collect()
    gc.freeze()
