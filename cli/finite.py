import math

from cli.errors import UsageError


def require_finite(**options: float | None) -> None:
    """Raise `UsageError` for an option that is no number or has no end; names with _ for -."""
    for name, value in options.items():
        if value is not None and not math.isfinite(value):
            raise UsageError(f"--{name.replace('_', '-')} takes a finite number, got {value:g}")
