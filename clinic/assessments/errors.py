"""What can go wrong in a test. Every message says what was expected, what came and what to do."""


class AssessmentError(Exception):
    """A sample, a target or a setting that no honest figure can be made of."""
