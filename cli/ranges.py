import argparse

# Far more sessions or repetitions than anyone records; a slip of the finger must not fill the memory.
MOST = 10_000


def numbers(text: str) -> tuple[int, ...]:
    """Return the numbers of a list such as `1-4` or `1,3,5-6`, for argparse."""
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise argparse.ArgumentTypeError(f"expected numbers such as 1-4 or 1,3,5-6, got '{text}'")
        span = range(int(first), int(last if dash else first) + 1)
        if span.stop - span.start > MOST:
            raise argparse.ArgumentTypeError(f"'{text}' names more than {MOST} numbers")
        found.extend(span)
    if not found:
        raise argparse.ArgumentTypeError(f"'{text}' names no number: the first of a range comes first")
    return tuple(found)
