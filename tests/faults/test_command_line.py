"""What a person can get wrong at the command line: each ends soon, with exit code 2 and a sentence that helps.

An interpreter that imports everything takes seconds to start. So every verb is typed once as a person would, and all
other cases run in processes that are forked from one that has imported what they need.
"""

import asyncio
import contextlib
import fcntl
import multiprocessing
import os
import pty
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import aiomqtt
import numpy as np
import pytest

from cli.main import main
from controller.broker_address import BrokerAddress
from controller.calibration.fit import FitSettings, fit_model
from controller.contract.topics import Topics
from controller.decoders.model_file import save_model
from drivers.recordings.own_npz import save_recording
from drivers.recordings.recording import Recording
from sim.broker import start_broker
from sim.emulator.stop_button import stop_button
from tests.unit.controller.streams import labelled_noise

ROOT = Path(__file__).resolve().parents[2]
# "Within a few seconds", on a machine that does other things too; half of it is spent on imports.
ENDS_WITHIN_S = 80.0
LONGEST_SENTENCE = 450

ARM = """name = "test"
[[joints]]
name = "hand"
min_rad = 0.0
max_rad = 1.4
max_speed_rad_s = 1.0
max_acceleration_rad_s2 = 10.0
"""
CONFIG = """arm = "arm.toml"
model = "model.npz"
[device]
kind = "replay"
settings = { path = "FOLDER/noise.npz" }
[broker]
url = "BROKER"
connect_timeout_s = 1.0
[motions]
hand_close = { hand = 1.0 }
"""
KIND, SETTINGS, URL = 'kind = "replay"', 'settings = { path = "FOLDER/noise.npz" }', 'url = "BROKER"'


def serial(port: str) -> tuple[tuple[str, str], ...]:
    return (KIND, 'kind = "serial"'), (SETTINGS, f'settings = {{ port = "{port}", describe_timeout_s = 0.4 }}')


def watching(port: str, folder: str, line: str = "") -> tuple[str, str]:
    tables = f'[stop_line]\nport = "{port}"\n{line}\n[black_box]\nfolder = "{folder}"\n'
    return "[motions]", f"{tables}[motions]"


# name of a configuration: what it has in place of something in CONFIG
CONFIGS: dict[str, tuple[tuple[str, str], ...]] = {
    "good": (),
    "several": ((KIND, 'knd = "replay"'), ("hand = 1.0", "hand = 3.0"), ("[broker]", "[broker]\nttl_ms = 1")),
    "not-toml": (("[device]", "[device"),),
    "other-joint": (("hand = 1.0", "knee = 1.0"),),
    "no-arm": (("arm.toml", "none.toml"),),
    "faulty-arm": (("arm.toml", "bad-arm.toml"),),
    "unknown-kind": ((KIND, 'kind = "telepathy"'),),
    "unknown-setting": ((SETTINGS, "settings = { colour = 1 }"),),
    "no-recording": (("noise.npz", "none.npz"),),
    "missing-port": serial("/dev/nowhere"),
    "busy-port": serial("BUSY"),
    "silent-port": serial("SILENT"),
    "chattering-port": serial("CHATTERING"),
    "no-port": serial("FOLDER/noise.npz"),
    "no-stream": (
        (KIND, 'kind = "lsl"'),
        (SETTINGS, 'settings = { name = "no-such-stream", resolve_timeout_s = 0.5 }'),
    ),
    "no-broker": (("BROKER", "mqtt://127.0.0.1:CLOSED"),),
    "mute-broker": (("BROKER", "mqtt://127.0.0.1:MUTE"),),
    "clear-text-broker": (("BROKER", "mqtt://192.168.1.5:1883"),),
    "no-password-file": ((URL, f'{URL}\nusername = "anna"\npassword_file = "none.txt"'),),
    "no-ca-file": ((URL, 'url = "mqtts://127.0.0.1:CLOSED"\nca_file = "none.pem"'),),
    "no-model": (("model.npz", "none.npz"),),
    "half-a-model": (("model.npz", "half.npz"),),
    "changed-model": (("model.npz", "changed.npz"),),
    "model-is-a-recording": (("model.npz", "noise.npz"),),
    "other-rate": (("model.npz", "500-hz.npz"),),
    "other-channels": (("model.npz", "2-channels.npz"),),
    "other-motion": (("hand_close", "juggle"),),
    "rest-moves": (("hand_close", "rest"),),
    "other-threshold": (("[motions]", "[shaping.rejection]\njuggle = 0.7\n[motions]"),),
    "even-vote": (("[motions]", "[shaping]\nvote = 4\n[motions]"),),
    "half-a-profile": (('model = "model.npz"', 'model = "model.npz"\nprofile = "half.json"'),),
    "all-wrong": (
        ("BROKER", "mqtt://127.0.0.1:CLOSED"),
        ("model.npz", "none.npz"),
        ("noise.npz", "none.npz"),
        watching("/dev/nowhere", "FOLDER/arm.toml"),
    ),
    "watched": (watching("BUTTON", "FOLDER/not-yet/boxes"),),
    "published": (("[motions]", '[lsl_outlet]\nname = "bench"\n[motions]'),),
    "published-nothing": (("[motions]", "[lsl_outlet]\nemg = false\ndecisions = false\n[motions]"),),
    "pressed": (watching("SILENT", "/proc"),),
    "no-pin": (watching("BUTTON", "FOLDER", 'sense = "cts"'),),
}


@dataclass(frozen=True, slots=True)
class Case:
    """Arguments, with the names of the stand in braces, and what the sentence must hold."""

    arguments: str
    says: tuple[str, ...]


def run_case(config: str, *says: str) -> Case:
    return Case(f"run --config {{folder}}/{config}.toml", says)


def fit_case(arguments: str, *says: str) -> Case:
    return Case(f"calibrate --recording {{folder}}/noise.npz {arguments}", says)


CASES = {
    # configuration
    "config missing": Case("run --config {folder}/none.toml", ("none.toml", "No such file")),
    "config is a folder": Case("run --config {folder}", ("{folder}", "Is a directory")),
    "config with several faults": run_case(
        "several",
        "several.toml:4: device.knd: unknown key; is it misspelt?",
        "several.toml:3: device.kind: is missing",
        "several.toml:7: broker.ttl_ms: unknown key",
        "several.toml:11: motions.hand_close.hand: Input should be less than or equal to 1 (got 3.0)",
    ),
    "config is not TOML": run_case("not-toml", "not-toml.toml is not valid TOML", "line 3"),
    "config names a joint that the arm lacks": run_case("other-joint", "no joint 'knee' (it has hand)"),
    "config names an arm that is not there": run_case("no-arm", "none.toml", "No such file"),
    "config names an arm with faults": run_case("faulty-arm", "bad-arm.toml:2: joints.0", "must be below max_rad"),
    # device
    "unknown device kind": run_case("unknown-kind", "'telepathy'", "installed are: lsl, lsl_merged, replay, serial"),
    "setting that the driver lacks": run_case("unknown-setting", "'replay'", "'colour'", "see docs/devices"),
    "recording to replay is not there": run_case("no-recording", "no recording", "none.npz"),
    "port missing": run_case("missing-port", "no port /dev/nowhere; ports found: ", "plugged in"),
    "port in use": run_case("busy-port", "{busy} is in use by another program; close that one"),
    "port is silent": run_case(
        "silent-port", "nothing came from {silent} at 921600 baud within 0.4 s", "is the device on"
    ),
    "port speaks something else": run_case("chattering-port", "bytes came from {chattering}", "no efferent frame"),
    "port is a file": run_case("no-port", "noise.npz cannot be used as a serial port"),
    "LSL stream not found": run_case("no-stream", "no-such-stream", "0.5 s"),
    # broker
    "broker refuses": run_case(
        "no-broker", "MQTT broker at mqtt://127.0.0.1:{closed}", "start one with 'efferent broker'"
    ),
    "broker never answers": run_case("mute-broker", "MQTT broker at mqtt://127.0.0.1:{mute}"),
    "broker on another machine without TLS": run_case(
        "clear-text-broker", "clear-text-broker.toml:6: broker", "use mqtts://"
    ),
    "broker given by --broker on another machine": Case(
        "run --config {folder}/good.toml --broker mqtt://arm.local", ("--broker: 'arm.local'", "use mqtts://")
    ),
    "password file is not there": run_case("no-password-file", "none.txt"),
    "certificate file is not there": run_case("no-ca-file", "none.pem"),
    # model
    "model missing": run_case("no-model", "model file at {folder}/none.npz", "make one with: efferent calibrate"),
    "model cut short": run_case("half-a-model", "half.npz is not a model", "fit it again with: efferent calibrate"),
    "model changed": run_case("changed-model", "changed.npz was changed after it was fitted", "fit it again"),
    "model is a recording": run_case("model-is-a-recording", "noise.npz is not a model", "efferent calibrate"),
    "model of another rate": run_case("other-rate", "fitted at 500 Hz", "runs at 1000 Hz", "calibrate again"),
    "model of other channels": run_case("other-channels", "fitted to 2 channels", "stream has 4", "calibrate again"),
    "motion that the model lacks": run_case(
        "other-motion", "[motions] names juggle", "decodes rest, hand_close, hand_open"
    ),
    "threshold for a motion that the model lacks": run_case(
        "other-threshold", "[shaping.rejection] names juggle", "decodes rest, hand_close, hand_open"
    ),
    "vote that can be even": run_case("even-vote", "even-vote.toml:10: shaping.vote: expected an odd number"),
    "profile cut short": run_case(
        "half-a-profile", "half.json is damaged (Invalid JSON", "half.json.previous in its place", "take it away"
    ),
    "rest that moves": run_case("rest-moves", "[motions.rest] must not move"),
    # check
    "check of a config that is not there": Case("check --config {folder}/none.toml", ("none.toml", "No such file")),
    # arm
    "arm with faults": Case("arm --arm {folder}/bad-arm.toml", ("bad-arm.toml:2: joints.0", "must be below max_rad")),
    "arm without broker": Case("arm --broker mqtt://127.0.0.1:{closed}", ("127.0.0.1:{closed}", "efferent broker")),
    "arm with a broker that is no url": Case("arm --broker localhost", ("--broker: expected mqtt://host:port",)),
    # requests
    **{
        f"{verb} without broker": Case(f"{verb} --broker mqtt://127.0.0.1:{{closed}}", ("{closed}", "efferent broker"))
        for verb in ("engage", "disengage", "stop", "clear")
    },
    "stop of an arm with no name": Case("stop --arm My/Arm", ("--arm: ", "got 'My/Arm'")),
    "engage through another machine in clear": Case("engage --broker mqtt://10.0.0.1", ("use mqtts://",)),
    # broker
    "broker port taken": Case("broker --port {mute}", ("port {mute} on 127.0.0.1 is taken", "another --port")),
    "broker port out of range": Case("broker --port 70000", ("0 to 65535, not 70000",)),
    # emulate
    "emulate a recording that is not there": Case(
        "emulate --recording {folder}/none.npz", ("none.npz cannot be read",)
    ),
    "emulate what is no recording": Case(
        "emulate --recording {folder}/arm.toml", ("arm.toml is none of the recordings",)
    ),
    "emulate a model": Case("emulate --recording {folder}/model.npz", ("model.npz is none of the recordings",)),
    "emulate repetitions that are not there": Case(
        "emulate --recording {folder}/noise.npz --repetitions 9", ("other sessions or repetitions",)
    ),
    "emulate with a jitter that is no number": Case("emulate --jitter-ms nan", ("--jitter-ms", "nan")),
    "emulate at a rate that has no end": Case("emulate --rate inf", ("--rate", "inf")),
    # calibrate
    "fit without --out": fit_case("", "--recording needs --out FILE"),
    "fit repetitions that are not there": fit_case("--out {folder}/m.npz --repetitions 9", "--repetitions"),
    "fit into a folder that takes no files": fit_case(
        "--out /proc/m.npz --settle-ms 100", "cannot write the model to /proc/m.npz"
    ),
    "fit a band that the rate does not hold": fit_case(
        "--out {folder}/m.npz --band 600 900", "600-900 Hz", "1000 Hz", "below 450 Hz"
    ),
    "fit trials that are too short": fit_case("--out {folder}/m.npz --settle-ms 5000", "settling time"),
    "fit windows of no length that is a number": fit_case("--out {folder}/m.npz --window-ms nan", "--window-ms", "nan"),
    "fit windows without a sample": fit_case("--out {folder}/m.npz --window-ms -3", "--window-ms", "above zero"),
    "fit hops without a sample": fit_case("--out {folder}/m.npz --hop-ms 0", "--hop-ms", "above zero"),
    "fit with hum of no frequency": fit_case("--out {folder}/m.npz --notch-hz 0", "--notch-hz", "above zero"),
    "fit with hum of a frequency below zero": fit_case(
        "--out {folder}/m.npz --notch-hz -50", "--notch-hz", "above zero"
    ),
    "fit a band without an end": fit_case("--out {folder}/m.npz --band 20 inf", "--band", "inf"),
    "fit without rest": Case(
        "calibrate --recording {folder}/no-rest.npz --out {folder}/m.npz",
        ("needs the class 'rest', the recording has hand_close, hand_open",),
    ),
    "fit what is no recording": Case(
        "calibrate --recording {folder}/arm.toml --out {folder}/m.npz", ("arm.toml is none of the recordings",)
    ),
    "calibrate through a controller that does not run": Case(
        "calibrate --live --config {folder}/good.toml", ("no controller runs for the arm", "efferent run")
    ),
    "calibrate through a controller without a broker": Case(
        "calibrate --live --config {folder}/no-broker.toml", ("MQTT broker at mqtt://127.0.0.1:{closed}",)
    ),
    "calibrate through no controller in particular": fit_case("--live", "--live needs --config FILE"),
    "add to no model in particular": fit_case("--add", "needs --model FILE"),
    "leave out a trial that is not there": fit_case(
        "--out {folder}/m.npz --settle-ms 100 --without fist:7", "has no trial fist:7; it has rest:1"
    ),
    "prompt for no time": Case("calibrate --config {folder}/good.toml --hold 0", ("--hold", "above zero")),
    "prompt although the recording cannot be kept": Case(
        "calibrate --config {folder}/good.toml --trials 1 --hold 0.2 --rest 0.2 --save-recording /proc/r.npz",
        ("/proc/r.npz", "No such file"),
    ),
    # faults, bench and demo
    "faults that are not known": Case("faults --only flood", ("no fault 'flood'", "device, signal", "--list")),
    "faults with a config that is not there": Case("faults --config {folder}/none.toml", ("none.toml", "No such file")),
    "faults without a model": Case("faults --config {folder}/no-model.toml", ("model file at {folder}/none.npz",)),
    "measure for no time": Case("bench latency --duration 0", ("--duration takes at least 1 s, got 0",)),
    "measure for a time that is no number": Case("bench latency --duration nan", ("--duration", "nan")),
    "measure packets of no samples": Case("bench latency --samples-per-packet 0", ("--samples-per-packet", "0")),
    "demo without a terminal": Case("demo", ("needs a terminal", "--headless")),
    "demo for no time": Case("demo --headless --duration 0", ("--duration takes seconds above zero, got 0",)),
    "demo for a time that is no number": Case("demo --headless --duration nan", ("--duration", "nan")),
    "demo with a report into nowhere": Case("demo --headless --report {folder}/no/r.json", ("--report", "{folder}/no")),
}

# One of each verb, in an interpreter of its own.
AS_TYPED = {case.arguments.split()[0]: case for case in reversed(CASES.values())}
# What argparse refuses comes with the usage of the verb, and after it one sentence.
USAGE_CASES = {
    "no verb": Case("", ("required: VERB",)),
    "unknown verb": Case("fly", ("invalid choice: 'fly'", "demo", "calibrate")),
    "unknown option": Case("run --config x --fast", ("unrecognized arguments: --fast",)),
    "run without config": Case("run", ("required: --config",)),
    "leave out a trial that has no number": Case(
        "calibrate --recording r.npz --without fist", ("expected a trial as MOTION:N, such as hand_close:2",)
    ),
    "calibrate from nothing": Case("calibrate", ("one of the arguments --recording --config is required",)),
    "repetitions that are no numbers": Case("emulate --repetitions a-b", ("expected numbers such as 1-4", "'a-b'")),
    "port that is no number": Case("broker --port mqtt", ("invalid int value: 'mqtt'",)),
    "benchmark of nothing": Case("bench", ("required: WHAT",)),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an ended command looked from outside."""

    code: int
    out: str
    err: str


FORKED = multiprocessing.get_context("forkserver")
IMPORTED_ONCE = ["cli.run", "cli.arm", "cli.calibrate", "cli.emulate", "cli.bench.report", "cli.demo", __name__]


@dataclass(frozen=True, slots=True)
class Stand:
    """Everything that a case may name: files in `folder`, ports, brokers."""

    names: dict[str, str]

    def typed(self, case: Case) -> Outcome:
        """Run it in an interpreter of its own."""
        command = [sys.executable, "-m", "cli.main", *self.arguments(case)]
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=ENDS_WITHIN_S,
            cwd=ROOT,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def forked(self, case: Case) -> Outcome:
        """Run it in a process that has imported everything."""
        out, err = (Path(self.names["folder"]) / name for name in ("stdout", "stderr"))
        process = FORKED.Process(target=run_main, args=(self.arguments(case), out, err))
        process.start()
        process.join(ENDS_WITHIN_S)
        if process.exitcode is None:
            process.kill()
            process.join()
            pytest.fail(f"did not end within {ENDS_WITHIN_S} s; it said: {err.read_text()}")
        return Outcome(process.exitcode, out.read_text(), err.read_text())

    def arguments(self, case: Case) -> list[str]:
        return case.arguments.format(**self.names).split()

    def says(self, case: Case) -> list[str]:
        return [words.format(**self.names) for words in case.says]


def run_main(arguments: list[str], out: Path, err: Path) -> None:
    for number, file in ((1, out), (2, err)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.exit(main(arguments))


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """Set up the files, ports and brokers of all cases."""
    FORKED.set_forkserver_preload(IMPORTED_ONCE)
    folder = tmp_path_factory.mktemp("stand")
    with ExitStack() as stack:
        names = {
            "folder": str(folder),
            "busy": stack.enter_context(Port(holds_lock=True)).name,
            "silent": stack.enter_context(Port()).name,
            "chattering": stack.enter_context(Port(chatters=True)).name,
            "button": stack.enter_context(stop_button()).path,
            "closed": str(stack.enter_context(Listener(listens=False)).port),
            "mute": str(stack.enter_context(Listener(listens=True)).port),
            "broker": stack.enter_context(start_broker("embedded")).url,
        }
        write_files(folder, names)
        yield Stand(names)


def write_files(folder: Path, names: dict[str, str]) -> None:
    (folder / "arm.toml").write_text(ARM)
    (folder / "bad-arm.toml").write_text(ARM.replace("1.4", "-1.4"))
    for name, changes in CONFIGS.items():
        text = CONFIG
        for old, new in changes:
            assert old in text, f"'{old}' is not in the configuration that '{name}' changes"
            text = text.replace(old, new)
        for place, value in names.items():
            text = text.replace(place.upper(), value)
        (folder / f"{name}.toml").write_text(text)
    noise = labelled_noise()
    save_recording(noise, folder / "noise.npz")
    save_recording(without_rest(noise), folder / "no-rest.npz")
    settings = FitSettings(settle_ms=100.0)
    model = fit_model(noise, settings, "noise")
    save_model(model, folder / "model.npz")
    save_model(fit_model(labelled_noise(rate_hz=500.0), settings, "noise"), folder / "500-hz.npz")
    save_model(fit_model(labelled_noise(channels=2), settings, "noise"), folder / "2-channels.npz")
    (folder / "half.json").write_text('{"format": 1, "arm": "te')
    (folder / "half.npz").write_bytes((folder / "model.npz").read_bytes()[:2000])
    with np.load(folder / "model.npz", allow_pickle=False) as arrays:
        np.savez(folder / "changed.npz", allow_pickle=False, **{**arrays, "effort_low": model.effort_low + 1.0})


def without_rest(recording: Recording) -> Recording:
    keep = recording.class_of_sample > 0
    columns = {
        name: getattr(recording, name)[keep]
        for name in ("samples", "class_of_sample", "repetition", "session", "segment")
    }
    return replace(recording, **columns)


class Port:
    """A serial port without an efferent device behind it."""

    def __init__(self, holds_lock: bool = False, chatters: bool = False) -> None:
        self._master, self._slave = pty.openpty()
        self.name = os.ttyname(self._slave)
        self._ended = threading.Event()
        self._chatter = threading.Thread(target=self._chatter_on) if chatters else None
        if holds_lock:
            fcntl.flock(self._slave, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _chatter_on(self) -> None:
        os.set_blocking(self._master, False)
        while not self._ended.wait(0.05):
            with contextlib.suppress(BlockingIOError):  # nobody reads it yet
                os.write(self._master, b"$GPGGA,123519,4807.038,N\r\n")

    def __enter__(self) -> "Port":
        if self._chatter is not None:
            self._chatter.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._chatter is not None:
            self._chatter.join()
        os.close(self._master)
        os.close(self._slave)


class Listener:
    """A TCP port of this machine: closed to everyone, or open without ever an answer."""

    def __init__(self, listens: bool) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        if listens:
            self._socket.listen()
        self.port: int = self._socket.getsockname()[1]

    def __enter__(self) -> "Listener":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()


def named(cases: dict[str, Case], *marks: pytest.MarkDecorator) -> pytest.MarkDecorator:
    parameters = [pytest.param(case, id=name.replace(" ", "-"), marks=marks) for name, case in cases.items()]
    return pytest.mark.parametrize("case", parameters)


@named(CASES)
def test_what_cannot_be_done_is_explained(case: Case, stand: Stand) -> None:
    assert_explained(case, stand.forked(case), stand)


@named(AS_TYPED)
def test_so_it_is_as_a_person_types_it(case: Case, stand: Stand) -> None:
    assert_explained(case, stand.typed(case), stand)


def assert_explained(case: Case, outcome: Outcome, stand: Stand) -> None:
    assert "Traceback" not in outcome.err
    assert outcome.code == 2, outcome.err
    assert outcome.out == ""
    # What was well before it went wrong may stand above, one line each.
    sentence = re.sub(r"\A(?:broker: connected to \S+\n)?", "", outcome.err)
    assert sentence.startswith(f"efferent {case.arguments.split()[0]}: ")
    for words in stand.says(case):
        assert words in sentence
    lines = sentence.removesuffix("\n").split("\n")
    assert max(len(line) for line in lines) < LONGEST_SENTENCE
    assert len(lines) == 1 or all(re.search(r"\.toml:\d+: ", line) for line in lines), "one line, or one per fault"


@named(USAGE_CASES)
def test_what_is_typed_wrong_is_explained_after_the_usage(case: Case, stand: Stand) -> None:
    outcome = stand.forked(case)
    assert outcome.code == 2
    assert outcome.out == ""
    usage, _, sentence = outcome.err.rstrip("\n").rpartition("\n")
    assert usage.startswith("usage: efferent")
    assert "error: " in sentence
    for words in stand.says(case):
        assert words in sentence


def test_check_tells_everything_that_is_wrong_at_once(stand: Stand) -> None:
    outcome = stand.typed(Case("check --config {folder}/all-wrong.toml", ()))
    assert (outcome.code, outcome.err) == (2, "")
    ok, model, device, broker, line, box, verdict = outcome.out.splitlines()
    assert ok.startswith("  ok      configuration: ")
    assert model.startswith("  FAULT   model: expected a model file at ")
    assert device.startswith("  FAULT   device: there is no recording ")
    assert broker.startswith("  FAULT   broker: expected an MQTT broker at ")
    assert line.startswith("  FAULT   stop line: there is no port /dev/nowhere; ports found: ")
    assert box.startswith("  FAULT   black box: cannot write in ")
    assert box.endswith("arm.toml: Not a directory; give another folder in [black_box]")
    assert verdict == "not ready: model, device, broker, stop line, black box"


def test_check_of_what_is_in_order_says_so(stand: Stand) -> None:
    outcome = stand.typed(Case("check --config {folder}/good.toml", ()))
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines()[-1] == "ready"
    assert "noise, 4 channels, 1000 samples/s" in outcome.out or "4 channels" in outcome.out


def test_check_looks_at_the_stop_line_and_leaves_nothing_where_the_black_box_will_be(stand: Stand) -> None:
    outcome = stand.forked(Case("check --config {folder}/watched.toml", ()))
    assert (outcome.code, outcome.err) == (0, "")
    assert f"  ok      stop line: heartbeat on {stand.names['button']}, it lets the arm move" in outcome.out
    folder = Path(stand.names["folder"]) / "not-yet"
    assert f"  ok      black box: {folder}/boxes, " in outcome.out
    assert not folder.exists()


def test_check_names_the_streams_that_will_be_published(stand: Stand) -> None:
    outcome = stand.typed(Case("check --config {folder}/published.toml", ()))
    assert (outcome.code, outcome.err) == (0, "")
    assert "  ok      LSL outlet: 'bench EMG', 'bench decisions'\n" in outcome.out


def test_a_table_that_publishes_nothing_is_a_fault(stand: Stand) -> None:
    outcome = stand.forked(Case("check --config {folder}/published-nothing.toml", ()))
    assert outcome.code == 2
    assert "expected emg or decisions to be true" in outcome.err


@pytest.mark.parametrize(
    ("config", "faults"),
    [
        (
            "pressed",
            (
                "stop line: {silent} opened, but says stop: silent for more than 250 ms: button pressed, cable or",
                "black box: cannot write in /proc: ",
            ),
        ),
        ("no-pin", ("stop line: port {button} has no CTS pin; use a real serial port, or the sense 'heartbeat'",)),
    ],
)
def test_check_finds_a_stop_line_or_black_box_that_cannot_be_used(
    stand: Stand, config: str, faults: tuple[str, ...]
) -> None:
    outcome = stand.forked(Case(f"check --config {{folder}}/{config}.toml", ()))
    assert (outcome.code, outcome.err) == (2, "")
    told = [line for line in outcome.out.splitlines() if line.startswith("  FAULT   ")]
    assert len(told) == len(faults)
    for line, fault in zip(told, faults, strict=True):
        assert fault.format(**stand.names) in line


def test_a_request_that_nobody_answers_is_no_success(stand: Stand) -> None:
    outcome = stand.typed(Case("stop --broker {broker} --arm nobody", ()))
    assert (outcome.code, outcome.err) == (1, "")
    assert "no controller of arm 'nobody' answered within 2 s" in outcome.out


def test_a_request_is_not_disturbed_by_what_others_leave_on_the_bus(stand: Stand) -> None:
    asyncio.run(leave_on_the_bus(stand.names["broker"], Topics("untidy").event, b"junk"))
    outcome = stand.typed(Case("stop --broker {broker} --arm untidy", ()))
    assert (outcome.code, outcome.err) == (1, "")


async def leave_on_the_bus(url: str, topic: str, payload: bytes) -> None:
    address = BrokerAddress(url=url)
    async with aiomqtt.Client(address.host, address.port) as client:
        await client.publish(topic, payload, qos=1, retain=True)
