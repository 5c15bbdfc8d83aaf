from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """What a file may leave open: which of its `stream`s is meant (by name), and at which `rate_hz` it was sampled.

    Empty and 0 where the file says so itself. A file that has no such question refuses an answer to it.
    """

    stream: str = ""
    rate_hz: float = 0.0


WHATEVER_IS_THERE = Choice()
