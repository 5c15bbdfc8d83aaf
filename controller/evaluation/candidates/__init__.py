"""The decoders that can be evaluated, by name. A module of candidates is imported when one of them is asked for."""

from importlib import import_module

from controller.errors import ControllerError
from controller.evaluation.candidate import Candidate

# Name → module that has it among its `CANDIDATES`. The first is the default.
_MODULES = {
    "gaussian": "controller.evaluation.candidates.product",
    "td4-lda": "controller.evaluation.candidates.product",
    "td6-lda": "controller.evaluation.candidates.product",
    "td4-ar4-lda": "controller.evaluation.candidates.product",
    "log-moments-lda": "controller.evaluation.candidates.product",
    "log-covariance-lda": "controller.evaluation.candidates.log_covariance_lda",
}


def candidate_names() -> tuple[str, ...]:
    """Return the names of the candidates; the first is the default."""
    return tuple(_MODULES)


def candidate(name: str) -> Candidate:
    """Return the candidate of this name. Raises `ControllerError` if there is none."""
    if name not in _MODULES:
        raise ControllerError(f"there is no decoder '{name}' to evaluate; known: {', '.join(_MODULES)}")
    candidates: tuple[Candidate, ...] = import_module(_MODULES[name]).CANDIDATES
    return next(found for found in candidates if found.name == name)
