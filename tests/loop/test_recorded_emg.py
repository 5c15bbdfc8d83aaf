"""The main job on real recorded EMG: fit on repetitions 1-4 of a session, stream another the whole way to the arm.

In real time: by day the first half of each prompt of repetition 5, at night all of 5 and 6, 81 s each.
"""

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from cli.main import main
from controller.calibration.batch import BatchDecisions, stream_decisions
from controller.decoders.model import Model
from controller.decoders.model_file import load_model
from controller.step import control_step
from drivers.recordings.load import load_recording
from drivers.recordings.own_npz import save_recording
from drivers.recordings.recording import Recording
from sim.broker import BrokerKind
from tests.rigs.recorded import Way, stream

# Which joint each motion moves, and to which side (configs/myo_transradial.toml).
MOVES = {
    "flexion": ("wrist_flexion", 1),
    "extension": ("wrist_flexion", -1),
    "radial_deviation": ("wrist_deviation", 1),
    "ulnar_deviation": ("wrist_deviation", -1),
    "pronation": ("wrist_rotation", -1),
    "supination": ("wrist_rotation", 1),
    "fist": ("hand", 1),
}
SKIP_S = 1.0  # people lag the prompt
NIGHT = os.environ.get("EFFERENT_HYPOTHESIS") == "nightly"
REPETITIONS = (5, 6) if NIGHT else (5,)
PROMPT_S = 10.0 if NIGHT else 5.0
BROKERS: tuple[BrokerKind, ...] = ("embedded", "mosquitto") if shutil.which("mosquitto") else ("embedded",)
pytestmark = [pytest.mark.recordings, pytest.mark.timeout(700)]


@dataclass(frozen=True)
class Streamed:
    recording: Recording
    model: Model
    ways: dict[str, Way]


def shortened(recording: Recording) -> Recording:
    """Leave the first `PROMPT_S` of each prompt."""
    rows = np.arange(len(recording))
    prompt = np.flatnonzero(np.diff(recording.class_of_sample, prepend=-1) | np.diff(recording.segment, prepend=-1))
    since = rows - prompt[np.searchsorted(prompt, rows, side="right") - 1]
    kept = np.flatnonzero(since < PROMPT_S * recording.info.rate_hz)
    return replace(
        recording,
        samples=np.ascontiguousarray(recording.samples[kept]),
        class_of_sample=recording.class_of_sample[kept],
        repetition=recording.repetition[kept],
        session=recording.session[kept],
        segment=np.cumsum(np.diff(kept, prepend=kept[:1]) > 1),
    )


@pytest.fixture(scope="module")
def streamed(recordings_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Streamed:
    """Stream once, over every way at the same time: pty and LSL, each broker."""
    folder = tmp_path_factory.mktemp("recorded")
    file, model = recordings_dir / "myo_readings/P01.npz", folder / "myo.npz"
    fit = [
        "calibrate",
        "--recording",
        str(file),
        "--session",
        "1",
        "--repetitions",
        "1-4",
        "--ring",
        "--out",
        str(model),
    ]
    assert main(fit) == 0
    recording = shortened(load_recording(file).select((1,), REPETITIONS))
    played_file = folder / "played.npz"
    save_recording(recording, played_file)
    ways = [Way(device, broker) for device in ("serial", "lsl") for broker in BROKERS]
    seconds = len(recording) / recording.info.rate_hz
    played = f"{REPETITIONS[0]}-{REPETITIONS[-1]}"
    stream(ways, played_file, model, ["--session", "1", "--repetitions", played], seconds, folder)
    return Streamed(recording, load_model(model), {way.name: way for way in ways})


EVERY_WAY = [
    pytest.param(f"{device}-{broker}", marks=[pytest.mark.mosquitto] if broker == "mosquitto" else [])
    for device in ("serial", "lsl")
    for broker in ("embedded", "mosquitto")
]


def batch_from(streamed: Streamed, first_row: int) -> BatchDecisions:
    """Decide the recording from `first_row` on, without any of the live parts."""
    rest = streamed.recording
    step = control_step(streamed.model, np.zeros((8, 4)), [1.0] * 4, 0.6, 300.0)
    step.learns = False
    tail = Recording(
        rest.info,
        rest.samples[first_row:],
        rest.class_names,
        rest.class_of_sample[first_row:],
        rest.repetition[first_row:],
        rest.session[first_row:],
        rest.segment[first_row:],
    )
    return stream_decisions(step, tail)


def first_row_of(streamed: Streamed, way: Way) -> int:
    """LSL numbers no samples and an inlet misses what came while it opened: find the row its count begins at."""
    if way.device == "serial":
        return 0
    report = way.heard.reports[0]
    for row in range(round(10 * streamed.recording.info.rate_hz)):
        tail = streamed.recording.samples[row : row + report.sample_index + 1]
        if len(tail) > report.sample_index and np.allclose(level_of(streamed, tail), report.level, atol=1.1e-3):
            return row
    raise AssertionError("the first report matches no place of the recording")


def level_of(streamed: Streamed, samples: np.ndarray) -> np.ndarray:
    step = control_step(streamed.model, np.zeros((8, 4)), [1.0] * 4, 0.6, 300.0)
    features, hop = step.path.features, streamed.model.facts.hop_samples
    for first in range(0, len(samples) - hop + 1, hop):
        step.path.conditioning.process(np.ascontiguousarray(samples[first : first + hop]), features.conditioned)
        features.update()
    return features.level.copy()


@pytest.mark.parametrize("name", EVERY_WAY)
def test_decides_what_the_batch_path_decides(streamed: Streamed, name: str) -> None:
    way = streamed.ways[name]
    first_row = first_row_of(streamed, way)
    batch = batch_from(streamed, first_row)
    row_of = {int(row): index for index, row in enumerate(batch.newest_row)}
    names = streamed.model.facts.class_names
    for report in way.heard.reports:
        index = row_of[report.sample_index]
        assert report.decided == names[batch.class_index[index]]
        assert report.scores == pytest.approx(batch.scores[index], abs=1e-6)
    # What a stall of the machine made the loop skip has no decision of its own.
    assert len(way.heard.reports) >= 0.8 * (len(batch.newest_row))


@pytest.mark.parametrize("name", EVERY_WAY)
def test_the_decided_class_is_right(streamed: Streamed, name: str) -> None:
    way = streamed.ways[name]
    recording, names = streamed.recording, streamed.model.facts.class_names
    first_row = first_row_of(streamed, way)
    prompt = np.flatnonzero(np.diff(recording.class_of_sample, prepend=-1) | np.diff(recording.segment, prepend=-1))
    right, judged = 0, 0
    for report in way.heard.reports:
        row = first_row + report.sample_index
        since_s = (row - prompt[np.searchsorted(prompt, row, side="right") - 1]) / recording.info.rate_hz
        if since_s >= SKIP_S:
            judged += 1
            right += report.decided == names[recording.class_of_sample[row]]
    assert judged > 50 * 8 * (PROMPT_S - SKIP_S) * len(REPETITIONS)
    assert right / judged >= 0.90


@pytest.mark.parametrize("name", EVERY_WAY)
def test_the_joint_moves_the_prompted_way(streamed: Streamed, name: str) -> None:
    way = streamed.ways[name]
    recording, names = streamed.recording, streamed.model.facts.class_names
    rows = np.array([row for row, _ in way.heard.positions]) + first_row_of(streamed, way)
    for motion, (joint, sign) in MOVES.items():
        prompted = np.flatnonzero(recording.class_of_sample == names.index(motion))
        first, last = np.searchsorted(rows, prompted[[0, -1]])
        before = way.heard.positions[first][1][joint]
        after = way.heard.positions[min(last, len(rows) - 1)][1][joint]  # the stream ends with the last prompt
        assert (after - before) * sign > 0.1, f"{motion} moved {joint} from {before:+.2f} to {after:+.2f} rad"


@pytest.mark.parametrize("name", EVERY_WAY)
def test_nothing_is_lost_on_the_way(streamed: Streamed, name: str) -> None:
    heard = streamed.ways[name].heard
    assert heard.status is not None
    assert heard.arm is not None
    assert (heard.status.lost_samples, heard.status.bad_frames) == (0, 0)
    assert heard.arm.guard.accepted >= 0.9 * heard.status.commands_published
