"""Backyard Brains SpikerBoxes and SpikerShields: which board, how many channels, its samples and its events.

"SpikerBox USB Communication Guide" R7, docs.backyardbrains.com; firmware at github.com/BackyardBrains/SpikerShield.
"""

from drivers.errors import SettingsError
from drivers.protocols.protocol import Described, DeviceMarker, Event, StreamRestarted, Ticks
from drivers.protocols.spikerbox_boards import BOARDS, SpikerBoard
from drivers.protocols.spikerbox_frames import MOST_CHANNELS, ChannelCount, SpikerFrames
from drivers.protocols.spikerbox_messages import EscapedMessages, pairs_of
from drivers.sample_clock import RATE_ON_PAPER
from drivers.source import SourceHealth, StreamInfo, Unit

WHICH_BOARD, START, STOP = b"b:;\n", b"start:;\n", b"h:;\n"
# An Uno that restarts when its port is opened hears nothing for two seconds.
SILENT_START_S = 2.0
ASK_AGAIN_S = 1.0


class SpikerBoxParser:
    """The host's side: asks which board it is, finds the channels in the frames. Samples are counts around mid scale.

    `channels`: how many to ask a shield for, and to wait for; 0 for those that come. `rate_hz` and `bits`: for a board
    that does not say what it is, or differs from its kind; 0 for its kind's. Raises `SettingsError` for what no board
    has.
    """

    def __init__(
        self, health: SourceHealth | None = None, channels: int = 0, rate_hz: float = 0.0, bits: int = 0
    ) -> None:
        if not (0 <= channels <= MOST_CHANNELS and 0 <= rate_hz <= 1e5 and (bits == 0 or 8 <= bits <= 14)):
            raise SettingsError(
                f"a SpikerBox has 1 to {MOST_CHANNELS} channels, a rate_hz up to 1e5 and 8 to 14 bits (0: as the board "
                f"says); got {channels}, {rate_hz} and {bits}"
            )
        self.health = SourceHealth() if health is None else health
        self._channels, self._rate_hz, self._bits = channels, rate_hz, bits
        self._messages = EscapedMessages(self.health)
        self._name = ""
        self._counter = ChannelCount(channels)
        self._frames: SpikerFrames | None = None
        self._heard = False
        self._ask_at_s = self._tell_at_s = 0.0

    def feed(self, data: bytes) -> list[Event]:
        """Take the next bytes; messages are taken out of them wherever they stand."""
        self._heard |= bool(data)
        line, messages = self._messages.feed(data)
        events: list[Event] = []
        if self._frames is None:
            self._hear_names([text for _, text in messages])
            line, messages = self._look_for_frames(line, events), []
        if self._frames is None:
            return events
        blocks, indices = self._frames.feed(line, [place for place, _ in messages])
        events += blocks
        for index, (_, text) in zip(indices, messages, strict=True):
            events += [DeviceMarker(index, f"{key}:{value}") for key, value in pairs_of(text) if key == "EVNT"]
        if other := self._frames.other_channels:
            events.append(StreamRestarted(f"the board sends {other} channels now"))
            self._frames, self._counter = None, ChannelCount(self._channels)
        return events

    def say(self, elapsed_s: float) -> bytes:
        """Ask which board it is until it says so; then for channels, and for samples where the board waits for that."""
        if self._frames is not None:
            return b""
        board = BOARDS.get(self._name)
        if board is None:
            may_listen = elapsed_s == 0.0 or self._heard or elapsed_s >= SILENT_START_S
            if may_listen and elapsed_s >= self._ask_at_s:
                self._ask_at_s = elapsed_s + ASK_AGAIN_S
                return WHICH_BOARD
            return b""
        if elapsed_s < self._tell_at_s:
            return b""
        self._tell_at_s = elapsed_s + ASK_AGAIN_S
        channels = b"c:%d;\n" % self._channels if self._channels and board.counts_channels else b""
        return channels + (START if board.waits_for_start else b"")

    def farewell(self) -> bytes:
        """Stop a board that was started; the others know no stop."""
        board = BOARDS.get(self._name)
        return STOP if board is not None and board.waits_for_start else b""

    def why_not_described(self) -> str:
        """Tell what is missing: the board's kind, its rate, or its frames."""
        if not self._counter.seen:
            return f"the board '{self._name}' answered, but sends no frames" if self._name else ""
        came = f"frames of {self._counter.seen} channels came"
        if self._channels not in (0, self._counter.seen):
            return f"{came}, not of {self._channels}; does this board offer them?"
        if self._name:
            return f"{came} from a board '{self._name}', for which no rate is known here; set rate_hz and bits"
        return f"{came}, but the board does not say what it is; set rate_hz and bits"

    def _hear_names(self, messages: list[str]) -> None:
        for text in messages:
            for key, value in pairs_of(text):
                if key == "HWT":
                    self._name = value

    def _look_for_frames(self, line: bytes, events: list[Event]) -> bytes:
        """Describe the stream as soon as its channels and its kind are known; return the bytes from there on."""
        count, rest = self._counter.feed(line)
        if not count:
            return b""
        board = BOARDS.get(self._name)
        rate_hz = self._rate_hz or (board.rates_hz.get(count, 0.0) if board else 0.0)
        bits = self._bits or (board.bits if board else 0)
        if not (rate_hz and bits):
            return b""
        self._frames = SpikerFrames(count, bits, self.health)
        events.append(_described(self._name, board, count, rate_hz, bits))
        return rest


def _described(name: str, board: SpikerBoard | None, channels: int, rate_hz: float, bits: int) -> Described:
    title = board.title if board else name or "SpikerBox"
    info = StreamInfo(title, channels, rate_hz, Unit.ARBITRARY, full_scale=float(1 << (bits - 1)))
    # 10 kHz of a shield are 10,050 Hz by its timer and a ceramic resonator
    return Described(info, Ticks(1e9 / rate_hz, RATE_ON_PAPER, unseen_loss=1))
