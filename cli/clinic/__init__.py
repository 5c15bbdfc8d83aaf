"""`efferent clinic`: the clinic's pages."""

from cli.clinic.verb import add_arguments, run

__all__ = ["add_arguments", "run"]
