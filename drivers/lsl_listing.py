"""Which LSL streams there are, without opening any."""

from dataclasses import dataclass

from drivers.lsl_description import NUMBERS
from drivers.lsl_library import load_pylsl

# liblsl asks at once and again after 0.5 s; a second of waiting has heard everybody who answers at all.
LISTEN_S = 1.2


@dataclass(frozen=True, slots=True)
class FoundStream:
    """What an LSL stream says of itself when it is looked for. `rate_hz`: 0 where it names none."""

    name: str
    stream_type: str
    channel_count: int
    rate_hz: float
    carries_numbers: bool
    source_id: str
    host: str


def list_streams(resolve_scope: str = "machine", wait_s: float = LISTEN_S) -> list[FoundStream]:
    """Look for streams for so long, and return them sorted by name. Blocks. Raises `SettingsError` without liblsl."""
    pylsl = load_pylsl(resolve_scope)
    found = [
        FoundStream(
            info.name(),
            info.type(),
            info.channel_count(),
            info.nominal_srate(),
            info.channel_format() in NUMBERS,
            info.source_id(),
            info.hostname(),
        )
        for info in pylsl.resolve_streams(wait_s)
    ]
    return sorted(found, key=lambda stream: (stream.name, stream.source_id))
