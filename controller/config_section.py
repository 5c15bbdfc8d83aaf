"""What every table of a configuration file has in common."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A table of a configuration file. Unknown keys are faults: a misspelt limit must not be a missing limit."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
