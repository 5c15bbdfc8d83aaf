"""What every message of the contract has in common."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# Far above any message of the contract (the largest, `signal` of 256 channels, is 12 kB); a broker or peer that
# sends more is not speaking the contract.
MAX_PAYLOAD_BYTES = 65_536
# What a receiver gets in place of a larger payload: no JSON, so nothing takes it for a message.
TOO_LARGE = b"(larger than any message of the contract)"

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Session = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
Count = Annotated[int, Field(ge=0, lt=2**53)]
# Stamps of one machine's monotonic clock; JSON numbers above 2**53 lose digits in other languages (104 days in ns).
Nanoseconds = Annotated[int, Field(ge=0, lt=2**63)]
Text = Annotated[str, Field(max_length=300)]


class Message(BaseModel):
    """A frozen JSON payload; unknown fields, NaN and infinities are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    def encode(self) -> bytes:
        """Return the payload as JSON."""
        return self.model_dump_json().encode()


def joint_values(values: Mapping[str, float]) -> dict[str, float]:
    """Return a plain copy that a message may hold, rounded to 1e-6: a microradian is far below any encoder."""
    return {name: round(value, 6) for name, value in values.items()}
