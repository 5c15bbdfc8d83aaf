"""What-if says what the running path would have done: to the last bit, whatever is computed once for both."""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from clinic.errors import ClinicError
from clinic.what_if.decided import decide
from clinic.what_if.moved import move
from clinic.what_if.recent_emg import Excerpt
from clinic.what_if.replay import Replayer
from controller.config import RunConfig
from controller.configured_step import configured_step
from controller.contract.requests import ProfileValues
from controller.decoders.model import Model
from controller.emg.hop_buffer import HopBuffer
from controller.errors import ModelError
from controller.profile import changed, speed_shares
from controller.safety.governor import Governor
from controller.safety.states import Event, State
from drivers.chunk import Chunk
from tests.unit.clinic.what_if.persons import ARM, RATE_HZ, excerpt, today

NOTHING = ProfileValues()
PROPOSALS = {
    "gain": ProfileValues(gain={"hand": 2.5}),
    "off": ProfileValues(gain={"hand": 0.0}),
    "dead-band": ProfileValues(dead_band=0.4),
    "ramp": ProfileValues(ramp_ms=600.0),
    "vote": ProfileValues(vote=15),
    "rejection": ProfileValues(rejection_threshold=0.999),
    "rejection of one": ProfileValues(rejection={"hand_open": 1.0}),
    "speed limit": ProfileValues(speed_limit={"hand": 0.3}),
    "gain of one motion": ProfileValues(class_gain={"hand_close": 0.4}),
    "nothing": ProfileValues(),
}


def chunks_of_ten(given: Excerpt) -> Iterator[Chunk]:
    """Yield an excerpt in pieces of ten samples, unlike the replay."""
    before, index = int(given.index[0]) - 1, given.index.tolist()
    first = 0
    while first < len(index):
        end = first + 1
        while end < len(index) and end - first < 10 and index[end] == index[end - 1] + 1:
            end += 1
        yield Chunk(
            np.ascontiguousarray(given.samples[first:end], dtype=np.float64),
            round((index[end - 1] - index[0]) * 1e9 / RATE_HZ),
            index[first],
            index[first] - before - 1,
        )
        before, first = index[end - 1], end


def whole_run(model: Model, config: RunConfig, values: ProfileValues, given: Excerpt) -> NDArray[np.float64]:
    """Return [hops, joints] commanded by one run that does everything itself, as `ControlLoop` calls its parts."""
    step = configured_step(model, config, ARM, values)
    safety = config.safety
    governor = Governor(ARM.limits, safety.freshness, safety.resume_rest_ms, safety.soft_engage_ms)
    governor.limit_speed(speed_shares(values, ARM))
    buffer = HopBuffer(model.facts.hop_samples, model.facts.channel_count, RATE_HZ)
    hop_ns, found, engaged = 10_000_000, [], False
    last_ns = hop_ns
    for chunk in chunks_of_ten(given):
        for hop in buffer.hops(chunk):
            now_ns = round((hop.newest_index - int(given.index[0])) * 1e9 / RATE_HZ) + hop_ns
            while now_ns - last_ns > 15_000_000:
                last_ns += hop_ns
                governor.tick(last_ns)
            last_ns = now_ns
            decided = step.decide(hop)
            if decided.intent is None:
                governor.tick(now_ns)
            else:
                governor.decide(decided.wanted, decided.healthy, now_ns, now_ns)
                if not engaged and governor.machine.state is State.READY:
                    engaged = governor.machine.apply(Event.ENGAGE, now_ns, "test")
                elif governor.machine.state is State.READY:
                    governor.request(Event.ENGAGE, now_ns, "test")
            if governor.machine.state is State.FAULT:
                governor.request(Event.CLEAR, now_ns, "test")
            found.append(list(governor.last.velocity_rad_s))
            step.learn()
    return np.array(found)


@pytest.mark.parametrize("adapt", [True, False])
@pytest.mark.parametrize("name", PROPOSALS)
def test_two_profiles_give_bit_for_bit_what_two_whole_runs_give(
    model: Model, config: RunConfig, name: str, adapt: bool
) -> None:
    config = config.model_copy(update={"adapt": adapt})
    given, now = excerpt(lose=slice(7000, 7300)), today(config, model)
    proposed = changed(now, PROPOSALS[name])
    replayer = Replayer(config, ARM)
    # In this order what the first one left behind would show in the second.
    runs = [replayer._run(model, ("test",), values, given)[1].velocity for values in (now, proposed, now)]
    for velocity, values in zip(runs, (now, proposed, now), strict=True):
        np.testing.assert_array_equal(velocity, whole_run(model, config, values, given))
    assert np.any(runs[0] != 0.0)
    # Between two motions this decoder always decides for rest, which no vote delays.
    assert np.any(runs[0] != runs[1]) == (name not in ("nothing", "vote"))


def test_a_long_loss_ends_in_a_fault_that_is_cleared_and_the_arm_stands_meanwhile(
    model: Model, config: RunConfig
) -> None:
    given, now = excerpt(lose=slice(2000, 2900)), today(config, model)
    moved = move(model, config, ARM, now, decide(model, config, ARM, now, given))
    decided = decide(model, config, ARM, now, given)
    after = (decided.t_s > 2.9) & (decided.t_s < 3.05)
    assert not moved.velocity[after].any()
    assert not moved.engaged[after].any()
    assert moved.engaged[-1]
    np.testing.assert_array_equal(moved.velocity, whole_run(model, config, now, given))


def test_samples_that_are_no_numbers_hold_the_arm_and_what_is_said_is_finite(model: Model, config: RunConfig) -> None:
    given = excerpt()
    samples = given.samples.copy()
    samples[4000:4100] = np.nan
    samples[6000, 1] = np.inf
    found = Replayer(config, ARM).what_if(
        "default", today(config, model), NOTHING, Excerpt(1, RATE_HZ, samples, given.index), 0.0
    )
    assert "nan" not in found.model_dump_json().lower()
    assert found.today.engaged_s < found.counted_s


def test_other_channels_than_the_models_are_told_in_a_sentence(model: Model, config: RunConfig) -> None:
    given = excerpt()
    wide = Excerpt(2, RATE_HZ, np.hstack((given.samples, given.samples)), given.index)
    with pytest.raises(ModelError, match="fitted to 4 channels and the stream has 8"):
        Replayer(config, ARM).what_if("default", today(config, model), NOTHING, wide, 0.0)


def test_too_little_emg_is_told_in_a_sentence(model: Model, config: RunConfig) -> None:
    given = excerpt()
    short = Excerpt(2, RATE_HZ, given.samples[:60], given.index[:60])
    with pytest.raises(ClinicError, match="no whole window"):
        Replayer(config, ARM).what_if("default", today(config, model), NOTHING, short, 0.0)


def test_a_model_that_has_been_replaced_is_read_anew_and_one_that_is_gone_is_told(
    model: Model, config: RunConfig
) -> None:
    replayer, now = Replayer(config, ARM), today(config, model)
    replayer.what_if("default", now, NOTHING, excerpt(), 0.0)
    config.model.unlink()
    with pytest.raises(ClinicError, match="expected a model at"):
        replayer.what_if("default", now, NOTHING, excerpt(), 0.0)
    with pytest.raises(ClinicError, match="does not name"):
        replayer.what_if("another", now, NOTHING, excerpt(), 0.0)


def test_the_model_in_the_file_learns_nothing_from_a_replay(model: Model, config: RunConfig) -> None:
    replayer, now = Replayer(config, ARM), today(config, model)
    first = replayer.what_if("default", now, NOTHING, excerpt(), 0.0)
    replayer.what_if("default", now, NOTHING, excerpt(seed=12), 0.0)
    replayer._decided.made.clear()
    replayer._moved.made.clear()
    assert replayer.what_if("default", now, NOTHING, excerpt(), 0.0) == first
