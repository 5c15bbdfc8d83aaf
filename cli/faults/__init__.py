"""`efferent faults`: break the running system in every way we know, and see that nothing moves that should not."""

from cli.faults.verb import add_arguments, run

__all__ = ["add_arguments", "run"]
