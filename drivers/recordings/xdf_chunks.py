"""Looking at an XDF file before a library reads it: what is whole, and how much memory it asks for."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

from drivers.recordings.xdf_writer import BOUNDARY, FORMATS, MAGIC, TEXT, Tag

_LENGTHS = {1: struct.Struct("<B"), 4: struct.Struct("<I"), 8: struct.Struct("<Q")}
_OF_A_STREAM = (Tag.STREAM_HEADER, Tag.SAMPLES, Tag.CLOCK_OFFSET, Tag.STREAM_FOOTER)
# A description of 1024 channels with labels, units and places is a tenth of it.
_MOST_XML_BYTES = 4 << 20
_MOST_CHANNELS = 100_000


@dataclass(slots=True)
class FoundStream:
    """A stream as its header declares it, and the `values` (samples times channels) that its whole chunks hold."""

    number: int
    name: str
    stream_type: str
    channels: int
    rate_hz: float
    channel_format: str
    header: ElementTree.Element
    samples: int = 0

    @property
    def values(self) -> int:
        """How many numbers or texts there are."""
        return self.samples * self.channels


@dataclass(slots=True)
class WholeChunks:
    """What of a file is whole. `content`: the file without the rest, which is `left_out` bytes."""

    streams: dict[int, FoundStream] = field(default_factory=dict)
    content: bytes = b""
    left_out: int = 0


def whole_chunks(data: bytes) -> WholeChunks:
    """Go through the chunks; never raises. A damaged one is left out, and reading goes on after the next boundary."""
    found = WholeChunks()
    spans = [(start, end) for start, end in _spans(data) if _is_whole(data, start, end, found.streams)]
    found.left_out = len(data) - len(MAGIC) - sum(end - start for start, end in spans)
    found.content = b"".join([MAGIC, *(data[start:end] for start, end in spans)]) if found.left_out else data
    return found


def _spans(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield where each chunk that lies within the data begins and ends."""
    position = len(MAGIC)
    while position < len(data):
        length, begin = _varlen(data, position, len(data))
        if length < 2 or begin + length > len(data):
            found = data.find(BOUNDARY, position)
            if found < 0:
                return
            position = found + len(BOUNDARY)
            continue
        yield position, begin + length
        position = begin + length


def _varlen(data: bytes, position: int, end: int) -> tuple[int, int]:
    """Return a length and where what it counts begins; -1 where there is none."""
    form = _LENGTHS.get(data[position]) if position < end else None
    if form is None or position + 1 + form.size > end:
        return -1, position
    return form.unpack_from(data, position + 1)[0], position + 1 + form.size


def _is_whole(data: bytes, start: int, end: int, streams: dict[int, FoundStream]) -> bool:
    _, begin = _varlen(data, start, end)
    tag, begin = struct.unpack_from("<H", data, begin)[0], begin + 2
    number = -1
    if tag in _OF_A_STREAM:
        if begin + 4 > end:
            return False
        number, begin = struct.unpack_from("<I", data, begin)[0], begin + 4
    if tag == Tag.STREAM_HEADER:
        stream = _declared(number, data[begin:end]) if end - begin <= _MOST_XML_BYTES else None
        if stream is None or number in streams:
            return False
        streams[number] = stream
        return True
    if tag == Tag.FILE_HEADER:
        return _xml(data[begin:end]) is not None
    if tag not in _OF_A_STREAM:
        return True
    stream = streams.get(number)
    if stream is None:
        return False
    if tag == Tag.CLOCK_OFFSET:
        return end - begin == 16 and all(abs(value) < 1e15 for value in struct.unpack_from("<dd", data, begin))
    if tag == Tag.STREAM_FOOTER:
        return _footer_counts(_xml(data[begin:end]))
    count, begin = _varlen(data, begin, end)
    if count < 0 or not _holds(data, begin, end, count, stream):
        return False
    stream.samples += count
    return True


def _declared(number: int, content: bytes) -> FoundStream | None:
    root = _xml(content.decode(errors="replace"))
    if root is None:
        return None
    words = ("name", "type", "channel_format", "channel_count", "nominal_srate")
    name, stream_type, channel_format, channel_count, nominal_srate = (root.findtext(word, "") for word in words)
    try:
        channels, rate_hz = int(channel_count), float(nominal_srate)
    except ValueError:
        return None
    if not (name and 0 < channels <= _MOST_CHANNELS and 0 <= rate_hz < 1e9) or channel_format not in (*FORMATS, TEXT):
        return None
    return FoundStream(number, name, stream_type, channels, rate_hz, channel_format, root)


def _xml(content: bytes | str) -> ElementTree.Element | None:
    if len(content) > _MOST_XML_BYTES or _has_entities(content):
        return None  # entities have no place in a description of a stream
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - no entity gets here
    except (ElementTree.ParseError, ValueError):
        return None
    return root if root.tag == "info" else None


def _has_entities(content: bytes | str) -> bool:
    text = content if isinstance(content, str) else content.decode("latin-1")
    return "<!" in text.replace("<!--", "")


def _footer_counts(root: ElementTree.Element | None) -> bool:
    if root is None:
        return False
    count = root.findtext("sample_count")
    return count is None or (count.strip().isdecimal() and len(count) < 16)


def _holds(data: bytes, begin: int, end: int, count: int, stream: FoundStream) -> bool:
    """Say whether `count` samples lie from `begin` to `end`, exactly."""
    if stream.channel_format == TEXT:
        return count * (1 + 2 * stream.channels) <= end - begin and _holds_texts(data, begin, end, count, stream)
    size = stream.channels * int(FORMATS[stream.channel_format][2:])
    missing = end - begin - count * (1 + size)
    if missing < 0 or missing % 8 or missing > 8 * count:
        return False
    if missing == 8 * count:  # every sample has its stamp
        return data[begin : end : size + 9].count(8) == count
    for _ in range(count):
        if data[begin] not in (0, 8):
            return False
        begin += 1 + data[begin] + size
        if begin > end:
            return False
    return begin == end


def _holds_texts(data: bytes, begin: int, end: int, count: int, stream: FoundStream) -> bool:
    for _ in range(count):
        if begin >= end or data[begin] not in (0, 8):
            return False
        begin += 1 + data[begin]
        for _ in range(stream.channels):
            length, begin = _varlen(data, begin, end)
            if length < 0 or begin + length > end:
                return False
            begin += length
    return begin == end
