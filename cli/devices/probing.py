"""Finding out what a port speaks: first listen, then ask politely, one protocol after the other."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import serial

from cli.devices.ear import MOST_UNUSED, Ear, Recognised
from drivers.errors import SourceLostError
from drivers.protocols.catalogue import ProtocolKind, make_protocol
from drivers.serial_port import PORT_ERRORS, READ_BYTES, SerialPort, close_port, open_port
from drivers.source import SourceHealth

# Boards that start when their port is opened are silent for about two seconds (an Uno's boot loader).
START_S = 2.5
# How long to wait for bytes, and once they come for a protocol that understands them (a uMyo base gathers its sensors
# for a second).
LISTEN_S, UNDERSTAND_S = 0.7, 1.6
# Lines of bare numbers say nothing of their rate: they are counted for 5 s before they are described.
TEXT_S = 8.0
# Who has not answered by then will not, unless it has said something.
ASK_S = 1.5
# How long a protocol that was recognised is listened to: its rate, and how much of what comes it understands.
CONFIRM_S = 1.0
SAY_EVERY_S = 0.05
KEPT_BYTES = 32


@dataclass(slots=True)
class Heard:
    """What came at one baud rate, while nothing was said or while `asked` was."""

    baud: int
    asked: str
    byte_count: int = 0
    beginning: bytes = b""

    def take(self, data: bytes) -> None:
        """Count the bytes and keep the first."""
        self.byte_count += len(data)
        self.beginning += data[: KEPT_BYTES - len(self.beginning)]

    @property
    def is_text(self) -> bool:
        """Whether the beginning can be read."""
        return is_text(self.beginning)


@dataclass(frozen=True, slots=True)
class Probed:
    """What a probe found: the protocol, or None and what was heard."""

    found: Recognised | None
    heard: tuple[Heard, ...]


class Prober:
    """Tries the protocols of one round on an open port. `heard` grows; `tell` hears what is being done."""

    def __init__(
        self, port: SerialPort, kinds: Mapping[str, ProtocolKind], heard: list[Heard], tell: Callable[[str], None]
    ) -> None:
        self.kinds, self.heard = kinds, heard
        self._port, self._tell = port, tell

    def listen(self, baud: int, start_s: float) -> Recognised | None:
        """Let every protocol hear what comes by itself; the one that understands most of it is returned."""
        self._tell(f"listening at {baud} baud")
        self._set_baud(baud)
        heard = Heard(baud, "")
        self.heard.append(heard)
        ears = [Ear(name, make_protocol(name, SourceHealth(), {})) for name in self.kinds]
        began_s = time.monotonic()
        ends_s = began_s + max(start_s, LISTEN_S)
        confirming = False
        while (now_s := time.monotonic()) < ends_s:
            data = self._read()
            for ear in ears:
                ear.protocol.say(now_s - began_s)  # tells it the time; nothing of it is sent
            if not data:
                continue
            began_to_come = heard.byte_count == 0
            heard.take(data)
            if began_to_come:
                ends_s = now_s + (TEXT_S if heard.is_text else UNDERSTAND_S)
            for ear in ears:
                ear.take(data, time.monotonic())
            if not confirming and any(ear.samples for ear in ears):
                confirming, ends_s = True, now_s + CONFIRM_S
        understood = [found for ear in ears if (found := ear.understands(baud, asked=False))]
        return min(understood, key=lambda found: (found.unused, self.kinds[found.protocol].baud != baud), default=None)

    def ask(self, name: str, baud: int, patient: bool) -> Recognised | None:
        """Talk as this protocol does until the stream is described, then listen, then take leave of the device.

        `patient`: give it as long as such a device may take, else no longer than what comes makes sense.
        """
        self._tell(f"asking as {name} does, at {baud} baud")
        self._set_baud(baud)
        heard = Heard(baud, name)
        self.heard.append(heard)
        ear = Ear(name, make_protocol(name, SourceHealth(), {}))
        began_s = time.monotonic()
        longest_s = began_s + self.kinds[name].timeout_s
        ends_s = longest_s if patient else began_s + ASK_S
        while (now_s := time.monotonic()) < ends_s:
            if ear.info is None and (words := ear.protocol.say(now_s - began_s)):
                self._write(words)
            data = self._read()
            if not data:
                continue
            heard.take(data)
            undescribed = ear.info is None
            ear.take(data, time.monotonic())
            if undescribed and ear.unused <= MOST_UNUSED:  # whoever says something sensible may have more to say
                ends_s = max(ends_s, min(now_s + ASK_S, longest_s))
            if undescribed and ear.info is not None:
                ends_s = time.monotonic() + CONFIRM_S
        if words := ear.protocol.farewell():
            self._write(words)
            time.sleep(SAY_EVERY_S)
        return ear.understands(baud, asked=True)

    def _set_baud(self, baud: int) -> None:
        # A plain socket has no rate of its own.
        if isinstance(self._port, serial.Serial) and self._port.baudrate != baud:
            self._port.baudrate = baud
            self._port.reset_input_buffer()

    def _read(self) -> bytes:
        try:
            data = self._port.read(1)
            return data + self._port.read(min(self._port.in_waiting, READ_BYTES)) if data else b""
        except PORT_ERRORS as error:
            raise SourceLostError(f"the device on {self._port.name} went while it was probed: {error}") from error

    def _write(self, words: bytes) -> None:
        try:
            self._port.write(words)
        except serial.SerialTimeoutException:
            return  # it does not listen
        except PORT_ERRORS as error:
            raise SourceLostError(f"the device on {self._port.name} went while it was probed: {error}") from error


def probe_port(
    port: str, rounds: Sequence[Mapping[str, ProtocolKind]], baud: int, tell: Callable[[str], None]
) -> Probed:
    """Find out which protocol the port speaks. Blocks.

    `rounds`: the protocols to try, the likely ones in a round of their own. `baud`: that rate alone, 0 for the usual
    one of each. The port is opened once, because opening starts many boards anew; in each round nothing is said before
    every rate was listened to.
    Raises what `open_port` raises, and `SourceLostError` when the device goes meanwhile.
    """
    heard: list[Heard] = []
    start_s = START_S
    opened = open_port(port, baud or next(iter(rounds[0].values())).baud).serial
    try:
        for kinds in rounds:
            prober = Prober(opened, kinds, heard, tell)
            bauds = [baud] if baud else list(dict.fromkeys(kind.baud for kind in kinds.values()))
            found = _listen_at_all(prober, bauds, start_s) or _ask_all(prober, baud)
            if found is not None:
                return Probed(found, tuple(heard))
            start_s = 0.0
        return Probed(None, tuple(heard))
    finally:
        close_port(opened)


def _listen_at_all(prober: Prober, bauds: Sequence[int], start_s: float) -> Recognised | None:
    for baud in bauds:
        found = prober.listen(baud, start_s)
        start_s = 0.0
        if found is None:
            continue
        usual = prober.kinds[found.protocol].baud
        if usual == baud or usual not in bauds:
            return found
        # A port without a rate of its own brings the same at any; then the usual one is told.
        again = prober.listen(usual, 0.0)
        return again if again is not None and again.protocol == found.protocol else found
    return None


def _ask_all(prober: Prober, baud: int) -> Recognised | None:
    """Ask in the polite order, quickly first; where anything was heard then again, with patience."""
    for patient in (False, True):
        for name in polite_order(prober.kinds):
            found = prober.ask(name, baud or prober.kinds[name].baud, patient)
            if found is not None:
                return found
        if not any(heard.byte_count for heard in prober.heard):
            break
    return None


def polite_order(kinds: Mapping[str, ProtocolKind]) -> list[str]:
    """Return the protocols that say something, in the order in which their words do the least harm to each other.

    Binary commands first: text would be the beginning of one, and its device would wait for the rest. Then lines, whose
    end makes a device forget what it did not understand. Single letters last: they act at once (`v` resets a Cyton,
    other letters switch channels), and their device is reset before it is used.
    """

    def rank(name: str) -> int:
        words = make_protocol(name, SourceHealth(), {}).say(0.0)
        if not words:
            return -1
        return (1 if words[-1:] in (b"\n", b";") else 2) if is_text(words) else 0

    return [name for name in sorted(kinds, key=rank) if rank(name) >= 0]


def is_text(data: bytes) -> bool:
    """Whether these are letters, digits and the like, and ends of lines."""
    return all(0x20 <= byte < 0x7F or byte in b"\r\n\t" for byte in data)
