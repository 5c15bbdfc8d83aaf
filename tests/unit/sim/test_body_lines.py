from pathlib import Path

import pytest

from sim.emulator.body_lines import BodyLine, Bump, Drive, LiftSite, ShiftSites, Sweat, TakePosture, Tire, prepared
from sim.emulator.control import parse_control
from sim.errors import SimError
from sim.muscles.muscle_signal import MuscleSignal
from sim.muscles.muscle_wearer import MuscleWearer
from sim.muscles.preset import Background, load_wearer

FOUR = load_wearer(Path(__file__).resolve().parents[3] / "configs/wearers/transhumeral_four.toml")
SILENT = Background(skin_noise_uv=0.0, mains_uv=0.0, impedance_drift=0.0)


@pytest.fixture
def wearer() -> MuscleWearer:
    return MuscleWearer(FOUR.model_copy(update={"background": SILENT, "tiring": 0.0}), rate_hz=500.0)


@pytest.fixture
def body(wearer: MuscleWearer) -> MuscleSignal:
    return wearer.signal


def tightened(body: MuscleSignal) -> float:
    """Return the RMS at the first site while its muscle works."""
    body.set_activations({"biceps, long head": 0.7})
    body.next(500)
    return float(body.next(2500)[:, 0].std())


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("shift 5 -10", ShiftSites(5.0, -10.0, None)),
        ("shift 0 8.5 2", ShiftSites(0.0, 8.5, 2)),
        ("lift 1", LiftSite(1, lifted=True)),
        ("press 1", LiftSite(1, lifted=False)),
        ("sweat 0.4", Sweat(0.4)),
        ("tire 1", Tire(1.0)),
        ("posture raised", TakePosture("raised")),
        ("posture none", TakePosture(None)),
        ("bump", Bump()),
        ("drive 0 0.5 1 0", Drive((0.0, 0.5, 1.0, 0.0))),
    ],
)
def test_lines_are_understood(line: str, meant: BodyLine) -> None:
    assert parse_control(line) == meant


@pytest.mark.parametrize("line", ["shift 5", "lift x", "lift -1", "sweat", "bump now", "shift 1 2 3 4", "drive"])
def test_a_wrong_line_is_answered_with_what_can_be_said(line: str) -> None:
    with pytest.raises(SimError, match=r"is not understood; say one of: .*shift ALONG_MM AROUND_MM"):
        parse_control(line)


@pytest.mark.parametrize(
    ("there", "back", "factor"),
    [
        (ShiftSites(0.0, 15.0, 1), ShiftSites(0.0, 0.0, None), (0.0, 0.8)),
        (LiftSite(1, lifted=True), LiftSite(1, lifted=False), (0.0, 1e-9)),
        (Sweat(1.0), Sweat(0.0), (0.5, 0.7)),
        (Tire(1.0), Tire(0.0), (1.1, 2.0)),
        (TakePosture("overhead"), TakePosture(None), (0.4, 0.97)),
    ],
)
def test_what_is_asked_for_is_done_and_undone(
    wearer: MuscleWearer, body: MuscleSignal, there: BodyLine, back: BodyLine, factor: tuple[float, float]
) -> None:
    before = tightened(body)
    prepared(there, wearer)()
    assert factor[0] <= tightened(body) / before <= factor[1]
    prepared(back, wearer)()
    assert tightened(body) == pytest.approx(before, rel=0.15)


def test_a_bump_is_heard(wearer: MuscleWearer, body: MuscleSignal) -> None:
    assert not body.next(500).any()
    prepared(Bump(), wearer)()
    assert body.next(500).any()


def test_nothing_happens_before_it_is_done(wearer: MuscleWearer, body: MuscleSignal) -> None:
    other = MuscleSignal(body.preset, rate_hz=500.0)
    prepared(ShiftSites(0.0, 15.0, None), wearer)
    assert tightened(body) == tightened(other)


def test_what_this_body_cannot_is_refused(wearer: MuscleWearer) -> None:
    wrongs: tuple[tuple[BodyLine, str], ...] = (
        (ShiftSites(0.0, 0.0, 5), "there is no site 5; there are 1 to 4"),
        (ShiftSites(0.0, 500.0, None), "up to 100 mm, not by 500 mm"),
        (ShiftSites(0.0, float("nan"), None), "up to 100 mm"),
        (LiftSite(0, lifted=True), "there is no site 0"),
        (Sweat(1.5), "between 0 and 1"),
        (Tire(-1.0), "between 0 and 1"),
        (Drive((0.1, 0.2)), "has 4 muscles .*, not 2"),
        (Drive((0.0, 0.0, 0.0, 1.1)), "between 0 and 1, not 0 0 0 1.1"),
        (TakePosture("flying"), "no posture 'flying'; there are: raised, overhead"),
    )
    for line, reason in wrongs:
        with pytest.raises(SimError, match=reason):
            prepared(line, wearer)()
