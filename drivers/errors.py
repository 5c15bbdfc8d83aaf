"""What can go wrong between a device and a chunk. Every message says what was expected, what came and what to do."""


class DriverError(Exception):
    """Base of every error that a driver raises."""


class SourceNotFoundError(DriverError):
    """The port, stream or recording that was asked for is not there."""


class SourceLostError(DriverError):
    """A source that was open has gone: unplugged, stopped or silent for good. Opening it again may succeed."""


class SettingsError(DriverError):
    """The settings given to a driver do not make sense."""


class RecordingError(DriverError):
    """A recording cannot be read, or does not hold what was asked for."""


class PortMissingError(SourceNotFoundError):
    """There is no such port, no such device on any port, or nobody at that address."""


class PortForbiddenError(SourceNotFoundError):
    """The port is there, and this user may not open it."""


class PortBusyError(SourceNotFoundError):
    """Another program has the port."""
