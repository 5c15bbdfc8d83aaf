"""What can go wrong in the controller. Every message says what was expected, what came, where and what to do."""


class ControllerError(Exception):
    """Base of every error that the controller raises."""


class ConfigError(ControllerError):
    """A configuration cannot be used; the message holds all faults found, with file and line."""


class ModelError(ControllerError):
    """A model file is broken, foreign, or does not fit the stream it is to decode."""


class CalibrationError(ControllerError):
    """The training data cannot give a usable model."""


class BusError(ControllerError):
    """The MQTT broker cannot be reached or refuses us."""


class BlackBoxError(ControllerError):
    """A file is no black box, or too damaged to be read."""
