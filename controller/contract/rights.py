"""Who may write and who may read each topic of an arm: what a broker with an access list enforces."""

from enum import StrEnum


class Role(StrEnum):
    """A part of the system that has credentials of its own."""

    CONTROLLER = "controller"
    ARM = "arm"
    CLINIC = "clinic"  # pages and programs of a clinic: watches all, tunes, asks
    PERSON = "person"  # engage, disengage, stop, clear; sees how it stands, but no biosignal


EVERYONE = frozenset(Role)
CONTROLLER, ARM, CLINIC, PERSON = (frozenset({role}) for role in Role)

# Topic below the arm's prefix: (who writes, who reads). What is not here is refused. Who sends a request or a status
# reads it too: that it comes back is the only way to learn that the broker passes it on.
RIGHTS: dict[str, tuple[frozenset[Role], frozenset[Role]]] = {
    "command": (CONTROLLER, ARM | CLINIC),
    "state": (ARM, CONTROLLER | CLINIC | PERSON),
    "controller/status": (CONTROLLER, CONTROLLER | CLINIC | PERSON),
    "arm/status": (ARM, ARM | CONTROLLER | CLINIC | PERSON),
    "signal": (CONTROLLER, CLINIC),
    "profile": (CONTROLLER, CLINIC),
    "profile/set": (CLINIC, CONTROLLER | CLINIC),
    "profile/result": (CONTROLLER, CLINIC),
    "profile/confirm": (CLINIC, CONTROLLER | CLINIC),
    "emg": (CONTROLLER, CLINIC),
    "emg/set": (CLINIC, CONTROLLER | CLINIC),
    "mode/set": (CLINIC | PERSON, EVERYONE),
    "stop": (EVERYONE, EVERYONE),
    # What follows is the controller's too: `efferent calibrate --live` runs beside it, with its configuration.
    "event": (CONTROLLER | ARM | CLINIC, CONTROLLER | CLINIC | PERSON),
    "calibration/set": (CONTROLLER | CLINIC, CONTROLLER | CLINIC),
    "calibration/state": (CONTROLLER, CONTROLLER | CLINIC),
    "calibration/result": (CONTROLLER, CONTROLLER | CLINIC),
}
