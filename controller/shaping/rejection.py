"""Rather do nothing than the wrong thing: decisions below a confidence are taken as rest.

Thresholds of 0.60-0.75 on a calibrated confidence gave the best throughput (Robertson et al., IEEE JBHI 2019).
"""


def accepts(confidence: float, threshold: float) -> bool:
    """Return whether a decision of this confidence may move the arm. A confidence that is no number may not."""
    return confidence >= threshold
