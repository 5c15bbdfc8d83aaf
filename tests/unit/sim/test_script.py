import pytest

from sim.emg.script import Script, ScriptStep
from sim.errors import SimError


def test_steps_hold_one_after_another() -> None:
    rest, close = ScriptStep(1.0, "rest"), ScriptStep(0.5, "hand_close", 0.8)
    script = Script((rest, close))
    assert script.duration_s == 1.5
    assert [script.step_at(time_s) for time_s in (0.0, 0.999, 1.0, 1.499, 1.5)] == [rest, rest, close, close, None]


@pytest.mark.parametrize("steps", [(), (ScriptStep(0.0, "rest"),)])
def test_a_script_without_time_is_refused(steps: tuple[ScriptStep, ...]) -> None:
    with pytest.raises(SimError, match="at least one step, each of more than 0 seconds"):
        Script(steps)
