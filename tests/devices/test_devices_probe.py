"""What is on a port is found out, on real pseudo-terminals."""

import json
import os
import threading
import tty
from collections.abc import Iterable, Iterator

import pytest

from cli.devices import probing
from cli.devices.probing import Probed, polite_order, probe_port
from cli.main import main
from drivers.errors import PortMissingError
from drivers.protocols.catalogue import PROTOCOLS
from drivers.serial_source import SerialSource
from sim.emulator.catalogue import EMULATED
from tests.rigs.played import played_serial, protocol_of

# Emulated boards need no time to start, and answer at once.
SHORT_S = {"START_S": 0.2, "LISTEN_S": 0.15, "CONFIRM_S": 0.3, "ASK_S": 0.7}


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in SHORT_S.items():
        monkeypatch.setattr(probing, name, seconds)


@pytest.fixture
def silent_port() -> Iterator[tuple[int, str]]:
    """Return both ends of a pty on which nobody answers."""
    master, slave = os.openpty()
    tty.setraw(slave)
    yield master, os.ttyname(slave)
    os.close(master)
    os.close(slave)


def probe(port: str, names: Iterable[str] = PROTOCOLS) -> Probed:
    return probe_port(port, [{name: PROTOCOLS[name] for name in names}], 0, lambda _doing: None)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_protocol_is_recognised(protocol: str) -> None:
    device = next(name for name in EMULATED if protocol_of(name) == protocol)
    with played_serial(device, lambda port: SerialSource(port, protocol)) as played:
        # Beside one that is asked first; all of them take half a minute on a board that they wake up.
        found = probe(played.device.address, {"efferent", protocol}).found
    assert found is not None
    assert (found.protocol, found.baud) == (protocol, PROTOCOLS[protocol].baud)
    assert found.unused < 0.05


def test_one_that_has_to_be_asked_is_found_among_all() -> None:
    with played_serial("chords", SerialSource) as played:
        found = probe(played.device.address).found
    assert found is not None
    assert (found.protocol, found.asked) == ("chords", True)


def test_who_sends_by_itself_is_not_spoken_to() -> None:
    with played_serial("efferent", SerialSource) as played:
        found = probe(played.device.address).found
        assert found is not None
        assert not found.asked
        assert played.device.counters.unknown_commands == 0
        assert played.device.counters.descriptions < 10


def test_a_silent_port_is_silent(silent_port: tuple[int, str], capsys: pytest.CaptureFixture[str]) -> None:
    _, port = silent_port
    assert main(["devices", "probe", port, "--protocol", "efferent"]) == 1
    assert f"{port}: nothing came" in capsys.readouterr().out


def test_bytes_that_nobody_understands_are_shown(
    silent_port: tuple[int, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    master, port = silent_port
    monkeypatch.setattr(probing, "TEXT_S", 1.0)
    told = threading.Event()

    def tell() -> None:
        while not told.wait(0.02):
            os.write(master, b"Hello, I am a printer.\r\n")

    teller = threading.Thread(target=tell)
    teller.start()
    code = main(["devices", "probe", port, "--protocol", "efferent", "--json"])
    told.set()
    teller.join()
    values = json.loads(capsys.readouterr().out)
    assert (code, values["protocol"]) == (1, None)
    assert values["heard"][0]["byte_count"] >= 24
    assert b"I am a printer" in bytes.fromhex(values["heard"][0]["beginning"])


def test_a_missing_port_is_told() -> None:
    with pytest.raises(PortMissingError, match="there is no port /dev/nowhere"):
        probe("/dev/nowhere")


def test_a_found_protocol_is_told_as_a_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    with played_serial("efferent", SerialSource) as played:
        address = played.device.address
        assert main(["devices", "probe", address]) == 0
    said = capsys.readouterr().out
    assert f"{address} speaks efferent at 921600 baud (it sends by itself)." in said
    assert f'settings = {{ port = "{address}", protocol = "efferent" }}' in said


def test_binary_words_come_before_lines_and_lines_before_single_letters() -> None:
    order = polite_order(PROTOCOLS)
    assert order.index("myo") < order.index("efferent") < order.index("cyton")
    assert "olimex" not in order, "who says nothing need not be asked"
