"""`efferent bench closed-loop`: pty, driver, decoder, broker, guard and an arm with mass, closed by a virtual wearer.

Who moves no muscle completes nothing; who does not see the arm completes by chance, such as with a hand at its end.
"""

import json

import pytest

from cli.main import main


def test_the_wearer_completes_targets_live_and_the_rate_lies_within_its_interval(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["bench", "closed-loop", "--targets", "3", "--moved-joints", "1", "--takes", "1", "--json"])
    result = json.loads(capsys.readouterr().out)
    assert code == (0 if result["agrees"] else 1)
    live, virtual = result["live"], result["virtual"]
    assert live["targets"] == virtual["targets"] == 3
    # Nearly all are completed; without muscles none was, and without sight one of three.
    assert live["completed"] >= 2
    assert virtual["completed"] >= 2
    assert len(live["times_s"]) == live["completed"]
    assert all(0.0 < time_s <= 30.0 for time_s in live["times_s"])
    assert result["decisions"] > 500
    low, high = live["rate_95"]
    assert result["agrees"] == (low <= virtual["rate"] <= high)
