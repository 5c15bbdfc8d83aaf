"""Lines of text for the fuzz harness."""

from collections.abc import Sequence

import numpy as np

from drivers.protocols.csv_bare_numbers import ALIKE_LINES
from drivers.protocols.csv_lines import CsvLinesParser
from drivers.protocols.csv_text import Header, write_header, write_row
from drivers.protocols.protocol import WireProtocol
from tests.unit.drivers.protocols.fuzz import MOST_FALSE_FRAMES_PER_BYTE, FuzzedFraming

HEADER = Header("fuzzed", 2, 500.0, 0.0)
PERIOD_US = 2000


def numbered_talk(parser: WireProtocol) -> None:
    parser.feed(b"\n" + write_header(HEADER) + write_row(0, 0, np.zeros(2, dtype=np.int32)))


def numbered_frames(count: int, generator: np.random.Generator) -> Sequence[bytes]:
    rows = generator.integers(-512, 512, (count, 2))
    return [write_row(n, n * PERIOD_US, row) for n, row in enumerate(rows, start=1)]


def sealed(generator: np.random.Generator) -> bytes:
    """Return a row or, one time in ten, a header, with a right check sum and all else by chance."""
    channels = int(generator.integers(1, 4))
    if generator.random() < 0.1:
        return write_header(Header("x", channels, float(generator.integers(1, 1000)), 0.0))
    values = generator.integers(-(10**6), 10**6, channels)
    return write_row(int(generator.integers(1 << 16)), int(generator.integers(1 << 32)), values)


# A whole line between two ends (1/256 each), of at least four numbers of at least one digit (10/256 + (10/256)^2 + ...
# = 0.041, a minus 0.0002 more), three commas and a star (1/256 each), two digits that are the check sum (two ways to
# write a to f: 4/256^2 at most): 256^-2 * 0.042^4 * 256^-4 * 4/256^2. A header begins with five given bytes, and needs
# its check sum as well.
NUMBERED = FuzzedFraming(
    CsvLinesParser,
    numbered_talk,
    numbered_frames,
    MOST_FALSE_FRAMES_PER_BYTE,
    sealed=sealed,
    sealed_per_byte=256.0**-6 * 0.042**4 * 4 / 256**2 + 256.0**-5 * 4 / 256**2,
    check_sum=True,
)


def bare_parser() -> WireProtocol:
    return CsvLinesParser(rate_hz=500.0)


def bare_talk(parser: WireProtocol) -> None:
    parser.feed(b"\n" + b"512\r\n" * ALIKE_LINES)


def bare_frames(count: int, generator: np.random.Generator) -> Sequence[bytes]:
    return [b"%d\r\n" % value for value in generator.integers(0, 1024, count)]


# Lines of one number, the weakest of all: an end, a number, an end. Measured.
BARE = FuzzedFraming(bare_parser, bare_talk, bare_frames, false_frames_per_byte=6e-7)
