"""`efferent devices` and `efferent devices test` as a person starts them, on devices that are emulated."""

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from drivers.protocols.catalogue import PROTOCOLS
from sim.emg.generator import WearerSignal
from sim.emulator.bad_signal import ChannelState
from sim.emulator.byte_loss import ByteLoss
from sim.emulator.emulator import Emulator
from sim.emulator.feed import GENERATOR_UV_PER_COUNT, WearerFeed
from sim.emulator.lsl_device import LslDevice
from sim.emulator.pacing import Pacing
from sim.emulator.pty_device import PtyDevice
from sim.emulator.voices.efferent import EfferentVoice

SECONDS = "4"


@contextlib.contextmanager
def wearer(byte_loss: float = 0.0, lump_ms: float = 0.0) -> Iterator[tuple[Emulator, str]]:
    """A virtual wearer at rest, on a pty."""
    feed = WearerFeed(WearerSignal(8, 1000.0, seed=1))
    device = PtyDevice(EfferentVoice(feed.info, GENERATOR_UV_PER_COUNT), byte_loss=ByteLoss(byte_loss))
    with Emulator(feed, [device], Pacing(1000.0, 5, lump_ms)) as emulator:
        yield emulator, device.address


def measured(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = main(["devices", "test", *arguments, "--seconds", SECONDS, "--json"])
    values: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert values["good_enough"] == (code == 0)
    return code, values


def about(values: dict[str, Any]) -> set[str]:
    """Return what the bad findings are about; a machine that is too busy makes any device's samples old."""
    return {finding["about"] for finding in values["findings"] if finding["severity"] == "bad"} - {"age"}


def test_a_good_device_is_good(capsys: pytest.CaptureFixture[str]) -> None:
    with wearer() as (_, port):
        _, values = measured(capsys, port, "--protocol", "efferent")
    assert about(values) == set()
    assert abs(values["timing"]["rate_off"]) < 0.02
    assert len(values["channels"]) == 8
    assert all(2.0 < channel["noise_rms"] < 7.0 for channel in values["channels"])
    assert values["mains_hz"] == 50.0
    assert (values["timing"]["lost_samples"], values["timing"]["bad_frames"]) == (0, 0)


def test_a_channel_at_its_rail_and_one_that_hums_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    with wearer() as (emulator, port):
        emulator.spoil(2, ChannelState.RAILED)
        emulator.spoil(5, ChannelState.MAINS)
        code, values = measured(capsys, port, "--protocol", "efferent")
    assert code == 1
    assert about(values) == {"channel 2 (site 2)", "channel 5 (site 5)"}
    assert values["channels"][4]["mains_rms"] == pytest.approx(3000 / 2**0.5, rel=0.05)
    assert values["channels"][4]["mains_share"] > 0.99


def test_a_line_that_loses_bytes_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with wearer(byte_loss=0.0002) as (_, port):
        code, values = measured(capsys, port, "--protocol", "efferent")
    assert code == 1
    assert about(values) == {"loss"}
    assert values["timing"]["lost_share"] == pytest.approx(1 - (1 - 0.0002) ** 137, rel=0.5)


def test_lumps_make_samples_old(capsys: pytest.CaptureFixture[str]) -> None:
    with wearer(lump_ms=150.0) as (_, port):
        code, values = measured(capsys, port, "--protocol", "efferent")
    assert code == 1
    assert any("motion stops" in finding["words"] for finding in values["findings"])
    assert values["timing"]["age_ms"]["worst"] > 140.0


def test_a_device_that_is_pulled_out_meanwhile_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    with wearer() as (emulator, port):
        emulator.finish()
        assert main(["devices", "test", port, "--protocol", "efferent", "--seconds", SECONDS]) == 1
    said = capsys.readouterr().out
    assert "Hardly any samples came. Is it started" in said
    assert "Not good enough for control: 1 to mend." in said


def test_the_device_of_a_configuration_is_tested(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with wearer() as (_, port):
        file = tmp_path / "run.toml"
        file.write_text(f'device = {{ kind = "serial", settings = {{ port = "{port}" }} }}')
        _, values = measured(capsys, "--config", str(file))
    assert values["name"] == "virtual wearer"


def test_streams_are_listed_and_tested(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    name = f"devices-verb-{os.getpid()}"
    feed = WearerFeed(WearerSignal(8, 1000.0, seed=1), name=name, source_id=name)
    with Emulator(feed, [LslDevice(feed.info, feed.scale)], Pacing(1000.0, 5)):
        assert main(["devices", "--json"]) == 0
        values = json.loads(capsys.readouterr().out)
        (stream,) = (each for each in values["lsl"] if each["name"] == name)
        assert (stream["stream_type"], stream["channel_count"], stream["rate_hz"]) == ("EMG", 8, 1000.0)
        assert stream["looks_like"] == "EMG"
        _, values = measured(capsys, "--lsl", name)
        assert about(values) == set()
        assert main(["devices"]) == 0
        assert name in capsys.readouterr().out


def test_drivers_and_protocols_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["devices", "--no-lsl", "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert {"serial", "lsl", "replay"} <= {driver["name"] for driver in values["drivers"]}
    assert all(driver["problem"] == "" for driver in values["drivers"])
    assert {protocol["name"] for protocol in values["protocols"]} == set(PROTOCOLS)
    assert values["lsl"] == []
    assert main(["devices", "--no-lsl"]) == 0
    assert "what the driver serial speaks" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["test"], "test takes one of PORT, --lsl NAME and --config FILE"),
        (["test", "/dev/x", "--lsl", "y"], "test takes one of"),
        (["test", "/dev/nowhere", "--protocol", "efferent"], "there is no port /dev/nowhere"),
        (["test", "/dev/nowhere", "--protocol", "morse"], "no serial protocol is called 'morse'"),
        (["test", "/dev/nowhere", "--seconds", "1"], "--seconds takes 4 to 120, got 1"),
        (["test", "/dev/nowhere", "--seconds", "nan"], "--seconds takes a finite number"),
        (["probe", "/dev/nowhere"], "there is no port /dev/nowhere"),
        (["probe", "/dev/nowhere", "--baud", "-1"], "--baud takes a baud rate, got -1"),
        (["probe", "usb:nobody"], "no port has the USB device 'nobody'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["devices", *arguments]) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert said.out == ""
