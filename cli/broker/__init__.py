"""`efferent broker`: an MQTT broker for this machine, or the files of one for several."""

from cli.broker.verb import add_arguments, run

__all__ = ["add_arguments", "run"]
