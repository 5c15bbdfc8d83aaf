"""What other packages bring, and what becomes of the broken ones; with packages as an installer leaves them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.errors import SettingsError
from drivers.protocols import catalogue
from drivers.protocols.catalogue import PROTOCOLS, make_protocol, protocol_kind, protocol_names
from drivers.registry import driver_names, make_source
from drivers.source import SourceHealth

Install = Callable[[str, str, str], None]

MODULE = """
from drivers.protocols.catalogue import PROTOCOLS
from drivers.replay_source import ReplaySource

KIND = PROTOCOLS["efferent"]
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Return what installs a package: its name, a group, and one line of entry points."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "plug_in_that_works.py").write_text(MODULE)
    (tmp_path / "plug_in_that_is_broken.py").write_text("import a_package_that_nobody_has\n")

    def add(package: str, group: str, line: str) -> None:
        info = tmp_path / f"{package}-2.1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 2.1\n")
        (info / "entry_points.txt").write_text(f"[{group}]\n{line}\n")

    return add


def test_a_driver_of_another_package_is_found(install: Install) -> None:
    ours = driver_names()
    assert {"lsl", "replay", "serial"} <= set(ours)
    install("mine", "efferent.drivers", "tape = plug_in_that_works:ReplaySource")
    assert driver_names() == tuple(sorted((*ours, "tape")))
    assert type(make_source("tape", {"path": "x.npz"})).__name__ == "ReplaySource"
    with pytest.raises(SettingsError, match="driver 'tape' refuses its settings"):
        make_source("tape", {"colour": "red"})


def test_an_unknown_driver_is_told_with_those_that_there_are() -> None:
    with pytest.raises(SettingsError, match=r"no driver is called 'tape'; installed are: lsl, .*serial"):
        make_source("tape", {})


def test_a_broken_package_is_named_and_the_others_work(install: Install) -> None:
    install("broken", "efferent.drivers", "tape = plug_in_that_is_broken:TapeSource")
    with pytest.raises(SettingsError, match=r"'tape' cannot be loaded from the package broken 2\.1: ModuleNotFound"):
        make_source("tape", {})
    assert make_source("replay", {"path": "x.npz"}).health.samples == 0


def test_a_name_that_two_packages_bring_is_refused(install: Install) -> None:
    install("mine", "efferent.drivers", "serial = plug_in_that_works:ReplaySource")
    with pytest.raises(SettingsError, match=r"'serial' is brought by more than one package, efferent .* and mine 2\.1"):
        make_source("serial", {"port": "x"})


def test_a_protocol_of_another_package_is_found(install: Install) -> None:
    install("mine", catalogue.GROUP, "tape = plug_in_that_works:KIND")
    assert protocol_names() == (*PROTOCOLS, "tape")
    assert protocol_kind("tape") is PROTOCOLS["efferent"]
    assert make_protocol("tape", SourceHealth(), {}).say(0.0) == b"describe\n"


def test_our_protocols_cannot_be_replaced(install: Install) -> None:
    install("mine", catalogue.GROUP, "efferent = plug_in_that_is_broken:KIND")
    assert protocol_names() == tuple(PROTOCOLS)
    assert protocol_kind("efferent") is PROTOCOLS["efferent"]


def test_what_is_no_protocol_is_refused(install: Install) -> None:
    install("mine", catalogue.GROUP, "tape = plug_in_that_works:ReplaySource")
    with pytest.raises(SettingsError, match="the entry point 'tape' of mine must name a ProtocolKind"):
        protocol_kind("tape")


def test_an_unknown_protocol_is_told_with_those_that_there_are() -> None:
    with pytest.raises(SettingsError, match=r"no serial protocol is called 'tape'; there are: .*efferent"):
        protocol_kind("tape")
