from cli.errors import UsageError


class SimulationError(UsageError):
    """A simulation could not go on; what was finished is kept. The message says what to do."""
