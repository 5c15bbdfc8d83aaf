class ClinicError(Exception):
    """The clinic cannot start, or do what it was asked for; the message says what to do."""
