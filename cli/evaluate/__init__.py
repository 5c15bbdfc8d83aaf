"""`efferent evaluate`: how well a decoder does on recorded people."""

from cli.evaluate.verb import add_arguments, run

__all__ = ["add_arguments", "run"]
