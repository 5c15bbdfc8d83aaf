"""The messages that a SpikerBox puts between, and into, its samples.

"SpikerBox USB Communication Guide" R7, docs.backyardbrains.com: a message stands between two escape sequences. Two
bytes 0xFF in a row never occur in samples, because the second byte of each is below 0x80.
"""

import re

from drivers.source import SourceHealth

BEGIN, END = b"\xff\xff\x01\x01\x80\xff", b"\xff\xff\x01\x01\x81\xff"
LONGEST_TEXT = 128
# A byte that is no text, and not the end, shows that the end was lost: then no samples are taken for text.
_TEXT = re.compile(rb"[\x20-\x7e]{0,%d}" % LONGEST_TEXT)
_PAIR = re.compile(r"([A-Z]+):([^;]*);")


class EscapedMessages:
    """Takes the messages out of a stream that is cut anywhere; keeps less than one of them.

    What is left of a message whose end was lost counts as `discarded_bytes` in `health`.
    """

    def __init__(self, health: SourceHealth) -> None:
        self._health = health
        self._held = b""

    def feed(self, data: bytes) -> tuple[bytes, list[tuple[int, str]]]:
        """Return the samples' bytes, and the messages that ended, each with the number of those bytes before it."""
        line = self._held + data
        kept: list[bytes] = []
        messages: list[tuple[int, str]] = []
        place = before = 0
        while (begin := line.find(BEGIN, place)) >= 0:
            kept.append(line[place:begin])
            before += begin - place
            ended = self._message_end(line, begin + len(BEGIN))
            if ended is None:
                self._held = line[begin:]
                return b"".join(kept), messages
            text, place = ended
            if text is None:
                self._health.discarded_bytes += place - begin
            else:
                messages.append((before, text))
        hold_from = len(line) - _begun_at_the_end(line[place:])
        kept.append(line[place:hold_from])
        self._held = line[hold_from:]
        return b"".join(kept), messages

    @staticmethod
    def _message_end(line: bytes, start: int) -> tuple[str | None, int] | None:
        """Return the text and the place behind its end; no text where the end was lost; None where more must come."""
        match = _TEXT.match(line, start)
        text_end = match.end() if match else start
        tail = line[text_end : text_end + len(END)]
        if tail == END:
            return line[start:text_end].decode("ascii"), text_end + len(END)
        if END.startswith(tail) and text_end + len(tail) == len(line):
            return None
        return None, text_end


def _begun_at_the_end(line: bytes) -> int:
    """Return how many of the last bytes may be the beginning of a message."""
    return next((length for length in range(len(BEGIN) - 1, 0, -1) if line.endswith(BEGIN[:length])), 0)


def pairs_of(text: str) -> list[tuple[str, str]]:
    """Return the keys and values of a message, such as `EVNT:2;`."""
    return _PAIR.findall(text)


def message(text: str) -> bytes:
    """Return the text as a board sends it."""
    return BEGIN + text.encode("ascii") + END
