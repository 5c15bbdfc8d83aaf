"""Dead-band: what a regressor says near rest is noise, not a wish (Ameri et al. 2014; LibEMG's example is 0.25)."""


def dead_band(speed: float, width: float) -> float:
    """Return 0 for |speed| up to `width`, and from there a straight line to full speed at 1, without a jump.

    `speed` in [-1, 1] (more is taken as full), `width` in [0, 1). What is no number is rest.
    """
    size = abs(speed)
    if not size > width:
        return 0.0
    share = min((size - width) / (1.0 - width), 1.0)
    return share if speed > 0.0 else -share
