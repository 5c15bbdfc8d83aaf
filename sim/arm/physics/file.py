"""The physical table of an arm's file: beside it, with the ending `.physical.toml`."""

import tomllib
from pathlib import Path

from pydantic import ValidationError

from controller.config_faults import describe_faults
from sim.arm.physics.table import PhysicalTable
from sim.errors import SimError

MAX_BYTES = 1_000_000


def physical_file(arm_file: Path) -> Path:
    """Return where the physical table of this arm's file is looked for."""
    return arm_file.with_suffix(".physical.toml")


def load_physical(path: Path) -> PhysicalTable:
    """Read a physical table; raises `SimError` with all its faults."""
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES).decode()
        return PhysicalTable.model_validate(tomllib.loads(text))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise SimError(f"expected an arm's physical table at {path}, cannot read it: {reason}") from error
    except tomllib.TOMLDecodeError as error:
        raise SimError(f"{path} is not valid TOML: {error}") from error
    except ValidationError as error:
        raise SimError(describe_faults(path, text, error)) from error
