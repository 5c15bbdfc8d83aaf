"""`efferent calibrate`: teach the controller a wearer's motions."""

from cli.calibrate.verb import add_arguments, run

__all__ = ["add_arguments", "run"]
