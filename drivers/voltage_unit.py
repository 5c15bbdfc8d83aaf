# Microvolts per unit, by the names that the XDF wiki, EDF files and the common LSL programs give.
_MICROVOLTS = {
    **dict.fromkeys(("microvolts", "microvolt", "uv", "µv", "μv"), 1.0),
    **dict.fromkeys(("millivolts", "millivolt", "mv"), 1e3),
    **dict.fromkeys(("volts", "volt", "v"), 1e6),
    **dict.fromkeys(("nanovolts", "nanovolt", "nv"), 1e-3),
}


def microvolts_per(unit: str) -> float | None:
    """Return how many µV one of this unit is, whatever its case; None for what is no voltage."""
    return _MICROVOLTS.get(unit.strip().lower())
