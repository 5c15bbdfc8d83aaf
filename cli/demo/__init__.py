"""`efferent demo`: the whole loop on one machine, with no hardware."""

from cli.demo.verb import add_arguments, run

__all__ = ["add_arguments", "run"]
