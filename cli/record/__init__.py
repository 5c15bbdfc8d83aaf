"""`efferent record`: keep what a device sends, and what is decided on it."""

from cli.record.verb import add_arguments, run

__all__ = ["add_arguments", "run"]
