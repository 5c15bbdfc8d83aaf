"""What can go wrong in the simulation. Every message says what was expected, what came and what to do."""


class SimError(Exception):
    """Base of every error that the simulation raises; its text is one sentence for the person at the terminal."""


class NotPermittedError(SimError):
    """This user or this machine does not allow what was to be tried."""
