"""Samples as lines of text: our own form with check sums, or bare numbers as sketches print them for a plotter."""

from drivers.errors import SettingsError
from drivers.protocols.csv_bare_numbers import BareNumbers
from drivers.protocols.csv_sealed_rows import SealedRows
from drivers.protocols.csv_text import LineCutter, read_sealed
from drivers.protocols.protocol import Event
from drivers.source import SourceHealth


class CsvLinesParser:
    """The host's side; the device hears nothing. The first header, or `ALIKE_LINES` of numbers, decide on the form.

    `rate_hz`: how often a sketch prints bare numbers; 0 to count for `MEASURE_S` how often lines come, and to take that
    for the rate. Lines of our own form say theirs. Raises `SettingsError` for what is no rate.
    """

    def __init__(self, health: SourceHealth | None = None, rate_hz: float = 0.0) -> None:
        if not 0 <= rate_hz <= 1e5:
            raise SettingsError(f"rate_hz is how often the sketch prints a line, or 0 to measure it, not {rate_hz}")
        self.health = SourceHealth() if health is None else health
        self._cutter = LineCutter(self.health)
        self._bare = BareNumbers(rate_hz, self.health)
        self._sealed = SealedRows(self.health)
        self._whole = False  # the first line may be half of one: only a check sum can tell

    def feed(self, data: bytes) -> list[Event]:
        """Take the next bytes; the lines that they complete make one block, or more where some are missing."""
        events: list[Event] = []
        for line in self._cutter.feed(data):
            said = None if self._bare.described else read_sealed(line)
            if said is not None:
                self._sealed.take(said, events)
            elif self._sealed.header is None and self._whole:
                self._bare.take(line, events)
            else:
                self.health.bad_frames += self._whole
                self.health.discarded_bytes += len(line)
            self._whole = True
        self._sealed.end_block(events)
        self._bare.end_block(events)
        return events

    def say(self, elapsed_s: float) -> bytes:
        """Say nothing; learn how late it is, to count how often lines come."""
        self._bare.hear_time(elapsed_s)
        return b""

    def farewell(self) -> bytes:
        """Say nothing: who prints lines hears none."""
        return b""

    def why_not_described(self) -> str:
        """Tell what came instead of lines of equally many numbers."""
        if self.health.extra.get("undescribed_lines"):
            return "lines with a check sum came, but no header; the device must send `EMG1,...` every second"
        return self._bare.why_not_described()
