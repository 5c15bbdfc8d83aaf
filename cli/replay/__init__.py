"""`efferent replay`: a recording of any kind, as a device, to a decoder, or into another file."""

from cli.replay.verb import add_arguments, run

__all__ = ["add_arguments", "run"]
