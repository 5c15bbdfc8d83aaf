"""`efferent devices`: what is attached, what it speaks, and whether it is good enough for control."""

from cli.devices.verb import add_arguments, run

__all__ = ["add_arguments", "run"]
