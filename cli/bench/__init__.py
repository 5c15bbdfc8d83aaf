"""`efferent bench`: the figures, measured on this machine."""

from cli.bench.verb import add_arguments, run

__all__ = ["add_arguments", "run"]
