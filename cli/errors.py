class UsageError(Exception):
    """What the user typed cannot be done; the message says what to type instead."""
