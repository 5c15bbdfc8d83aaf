"""Writing XDF, the format of LabRecorder: sans I/O, chunk by chunk, so that a file that was cut still opens.

Format: https://github.com/sccn/xdf/wiki/Specifications, names of metadata: https://github.com/sccn/xdf/wiki/Meta-Data.
"""

import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

MAGIC = b"XDF:"
# By this a reader finds the next chunk after damage.
BOUNDARY = bytes.fromhex("43a546dccbf5410fb30ed5467383cbe4")
FORMATS = {"float32": "<f4", "double64": "<f8", "int8": "<i1", "int16": "<i2", "int32": "<i4", "int64": "<i8"}
TEXT = "string"
# What XML 1.0 cannot say in any way; a device's name may hold it all the same.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Tag(IntEnum):
    """Kinds of chunks."""

    FILE_HEADER = 1
    STREAM_HEADER = 2
    SAMPLES = 3
    CLOCK_OFFSET = 4
    BOUNDARY = 5
    STREAM_FOOTER = 6


@dataclass(frozen=True, slots=True)
class XdfStream:
    """One stream. `rate_hz` 0: irregular. `labels` and `units`: one for each channel. `details` go below `desc`.

    `places_mm`: x, y and z of each channel's electrodes, or none.
    `even`: stamps are those of the device's own count, so that a step between two is lost samples and nothing else;
    readers are told not to smooth them over (`can_drop_samples`).
    """

    name: str
    stream_type: str
    channel_format: str
    rate_hz: float = 0.0
    labels: tuple[str, ...] = ("text",)
    units: tuple[str, ...] = ()
    source_id: str = ""
    even: bool = False
    details: Mapping[str, str] = field(default_factory=dict)
    places_mm: tuple[tuple[float, float, float], ...] = ()


@dataclass(slots=True)
class _Written:
    stream: XdfStream
    added_s: float
    samples: int = 0
    first_s: float = 0.0
    last_s: float = 0.0


class XdfWriter:
    """Turns samples and texts into chunks. Stamps are seconds of one clock for all streams; offsets to it are zero.

    Each method returns whole chunks, to be written in the order in which they were made.
    """

    def __init__(self) -> None:
        self._streams: list[_Written] = []

    def header(self, started_at: str) -> bytes:
        """Return the beginning of the file; `started_at`: date and time for people, ISO 8601."""
        xml = f'<?xml version="1.0"?><info><version>1.0</version><datetime>{_text(started_at)}</datetime></info>'
        return MAGIC + _chunk(Tag.FILE_HEADER, xml.encode())

    def add(self, stream: XdfStream, now_s: float) -> tuple[int, bytes]:
        """Return the number of a new stream, and its header with a clock offset of zero.

        One and no more: through several a reader lays a line, and its zero is one but for rounding.
        """
        self._streams.append(_Written(stream, now_s))
        number = len(self._streams)
        offset = _chunk(Tag.CLOCK_OFFSET, struct.pack("<dd", now_s, 0.0), number)
        return number, _chunk(Tag.STREAM_HEADER, _header_xml(stream, now_s), number) + offset

    def samples(self, number: int, values: NDArray[np.float64], stamps_s: NDArray[np.float64] | float) -> bytes:
        """Return samples [n, channels] with a stamp for each, or with the first one's where they are regular."""
        written = self._streams[number - 1]
        stream = written.stream
        numbers = np.ascontiguousarray(values, dtype=FORMATS[stream.channel_format])
        count = len(numbers)
        if count == 0:
            return b""
        body = numbers.view(np.uint8).reshape(count, -1)
        if isinstance(stamps_s, float):
            first_s, last_s = stamps_s, stamps_s + (count - 1) / stream.rate_hz
            rows = np.hstack((np.zeros((count, 1), dtype=np.uint8), body))
            content = b"\x08" + struct.pack("<d", first_s) + rows.tobytes()[1:]
        else:
            first_s, last_s = float(stamps_s[0]), float(stamps_s[-1])
            times = np.ascontiguousarray(stamps_s, dtype="<f8").view(np.uint8).reshape(count, 8)
            content = np.hstack((np.full((count, 1), 8, dtype=np.uint8), times, body)).tobytes()
        return self._sampled(number, written, content, count, first_s, last_s)

    def texts(self, number: int, rows: Sequence[tuple[float, str]]) -> bytes:
        """Return texts with their stamps, for a stream of format `string` with one channel."""
        if not rows:
            return b""
        content = bytearray()
        for stamp_s, text in rows:
            encoded = text.encode(errors="replace")
            content += b"\x08" + struct.pack("<d", stamp_s) + _length(len(encoded)) + encoded
        return self._sampled(number, self._streams[number - 1], bytes(content), len(rows), rows[0][0], rows[-1][0])

    def boundary(self) -> bytes:
        """Return a place at which reading can begin again after damage."""
        return _chunk(Tag.BOUNDARY, BOUNDARY)

    def footers(self) -> bytes:
        """Return what ends the file: for each stream how many samples it has, and from when to when."""
        return b"".join(
            _chunk(Tag.STREAM_FOOTER, _footer_xml(written), number) for number, written in enumerate(self._streams, 1)
        )

    def _sampled(self, number: int, written: _Written, content: bytes, n: int, first_s: float, last_s: float) -> bytes:
        if written.samples == 0:
            written.first_s = first_s
        written.samples += n
        written.last_s = last_s
        return _chunk(Tag.SAMPLES, _length(n) + content, number)


def _length(value: int) -> bytes:
    if value < 1 << 8:
        return struct.pack("<BB", 1, value)
    return struct.pack("<BI", 4, value) if value < 1 << 32 else struct.pack("<BQ", 8, value)


def _chunk(tag: Tag, content: bytes, stream: int | None = None) -> bytes:
    body = struct.pack("<H", tag) + (b"" if stream is None else struct.pack("<I", stream)) + content
    return _length(len(body)) + body


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text))


def _header_xml(stream: XdfStream, now_s: float) -> bytes:
    units = stream.units or ("",) * len(stream.labels)
    kind = _text(stream.stream_type)
    places = [f"<location><X>{x!r}</X><Y>{y!r}</Y><Z>{z!r}</Z></location>" for x, y, z in stream.places_mm]
    channels = "".join(
        f"<channel><label>{_text(label)}</label><unit>{_text(unit)}</unit><type>{kind}</type>{place}</channel>"
        for label, unit, place in zip(stream.labels, units, places or [""] * len(stream.labels), strict=True)
    )
    synchronization = (
        "<synchronization><can_drop_samples>true</can_drop_samples></synchronization>" if stream.even else ""
    )
    details = "".join(f"<{name}>{_text(value)}</{name}>" for name, value in stream.details.items())
    return (
        f'<?xml version="1.0"?><info><name>{_text(stream.name)}</name><type>{_text(stream.stream_type)}</type>'
        f"<channel_count>{len(stream.labels)}</channel_count><nominal_srate>{stream.rate_hz!r}</nominal_srate>"
        f"<channel_format>{stream.channel_format}</channel_format><source_id>{_text(stream.source_id)}</source_id>"
        f"<version>1.1</version><created_at>{now_s!r}</created_at><uid></uid><session_id>default</session_id>"
        f"<hostname></hostname><desc>{details}{synchronization}<channels>{channels}</channels></desc></info>"
    ).encode()


def _footer_xml(written: _Written) -> bytes:
    offset = f"<offset><time>{written.added_s!r}</time><value>0.0</value></offset>"
    return (
        f'<?xml version="1.0"?><info><first_timestamp>{written.first_s!r}</first_timestamp>'
        f"<last_timestamp>{written.last_s!r}</last_timestamp><sample_count>{written.samples}</sample_count>"
        f"<clock_offsets>{offset}</clock_offsets></info>"
    ).encode()
