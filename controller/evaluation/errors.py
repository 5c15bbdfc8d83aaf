from controller.errors import ControllerError


class EvaluationError(ControllerError):
    """An evaluation cannot be done; the message says of whom and why."""
