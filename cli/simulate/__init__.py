"""`efferent simulate`: virtual wearers take outcome tests, as a scenario's file says."""

from cli.simulate.verb import add_arguments, run

__all__ = ["add_arguments", "run"]
