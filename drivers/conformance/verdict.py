"""How a check says that a driver does not conform; no test framework is needed for it."""


class NotConformingError(AssertionError):
    """A driver does not keep what it owes; the message says what was expected and what happened."""


def require(holds: bool, otherwise: str) -> None:
    """Raise `NotConformingError` with the message unless it holds."""
    if not holds:
        raise NotConformingError(otherwise)
