"""One fault after the other on a running system: contract, break, measure, mend, recover."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from cli.faults.running import running_system
from cli.faults.stage import Setup
from cli.faults.system import RunningSystem
from controller.safety.states import State
from sim.broker import BrokerKind
from sim.errors import NotPermittedError, SimError
from sim.faults.fault import Fault, Recovery

# Between two states of the arm 20 ms pass; the rest until an action of ours has reached its process.
MEASURED_WITHIN_MS = 100.0
# With the cause gone the wearer still contracts: nothing may take up the motion again.
CONTRACTS_ON_S = 1.0
# A person is needed: resting must not be enough. Longer than resume_rest_ms.
RESTS_S = 1.5


@dataclass(slots=True)
class Outcome:
    """What became of one fault. `motion_after_ms` None: nothing moved after it. `skipped`: why it was not tried.

    `measured_by`: the arm's states, or, where none came, the way that it had gone when they came again. `not_followed`:
    contractions to which the engaged arm did nothing, so that another one was needed.
    """

    fault: Fault
    bound_ms: float
    motion_after_ms: float | None = None
    measured_by: Literal["state", "way"] = "state"
    recovered: bool = False
    kept: bool = False
    problems: list[str] = field(default_factory=list)
    skipped: str = ""
    not_followed: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether all held; a fault that was not tried is none."""
        return not self.problems

    def as_values(self) -> dict[str, object]:
        """Return what `--json` prints."""
        moved = self.motion_after_ms
        return {
            "name": self.fault.name,
            "what": self.fault.what,
            "device": self.fault.device,
            "ok": None if self.skipped else self.ok,
            "motion_after_ms": None if moved is None else round(moved, 1),
            "measured_by": self.measured_by,
            "bound_ms": self.bound_ms,
            "why": self.fault.bound.value,
            "recovery": self.fault.recovery.value,
            "recovered": self.recovered,
            "kept": self.kept,
            "problems": self.problems,
            "skipped": self.skipped,
            "not_followed": self.not_followed,
        }


async def try_faults(
    faults: Sequence[Fault], setup: Setup, broker: BrokerKind, tell: Callable[[Outcome | Fault], None]
) -> list[Outcome]:
    """Try them in groups of one device each, those of the stop lines apart; `tell` gets each fault and each outcome.

    All faults of a group are tried on one running system, so that recovery is proved by the next; only after one that
    it has not recovered from, a new one is set up. Raises `SimError` when none can be.
    """
    outcomes: list[Outcome] = []
    for device, stop_lines in (("serial", False), ("serial", True), ("lsl", False)):
        waiting = [fault for fault in faults if (fault.device, fault.stop_lines) == (device, stop_lines)]
        while waiting:
            async with running_system(setup, broker, device, stop_lines) as system:
                while waiting:
                    fault = waiting.pop(0)
                    tell(fault)
                    outcome = await try_fault(system, fault)
                    outcomes.append(outcome)
                    tell(outcome)
                    if not outcome.recovered:
                        break
    return outcomes


async def try_fault(system: RunningSystem, fault: Fault) -> Outcome:
    """Try one fault on an engaged system; on return the system is engaged again, or `recovered` is False."""
    outcome = Outcome(fault, system.stage.setup.bounds.of(fault.bound))
    system.not_followed = outcome.not_followed
    model, version = system.fingerprint(), system.stored_version
    try:
        await system.contract()
        before, since_ns = system.motion.states[-1], time.monotonic_ns()
        speed_rad_s = system.motion.speed_before(since_ns)
        if fault.recovery is Recovery.GOES_ON:
            system.rest()
        try:
            await _bring(system, fault)
        except NotPermittedError as error:
            outcome.skipped = str(error)
            await system.rested()
            outcome.recovered = True
            return outcome
        mended_ns = time.monotonic_ns()
        await system.until(lambda: system.motion.states[-1][0] > mended_ns, "the arm says nothing")
        await asyncio.sleep(CONTRACTS_ON_S)
        _judge_motion(system, outcome, since_ns, before, speed_rad_s)
        system.watcher.status = None  # what was said before the fault counts no more
        await _recover(system, fault)
        outcome.recovered = True
        await system.until(lambda: not system.kept(), "the profile is not whole")
        outcome.kept = system.fingerprint() == model and system.stored_version >= version - _taken_back(fault)
        if not outcome.kept:
            outcome.problems.append("the model or the profile is not what it was")
    except SimError as error:
        outcome.problems.append(str(error))
        system.hog_processors(0)
    return outcome


async def _bring(system: RunningSystem, fault: Fault) -> None:
    try:
        await fault.inject(system)
        await asyncio.sleep(fault.lasts_s)
    except BaseException:  # a person who ends it too: nobody's clock stays wrong
        with contextlib.suppress(SimError, OSError):
            await fault.mend(system)
        raise
    await fault.mend(system)


def _taken_back(fault: Fault) -> int:
    """Return how many versions of the profile a person gives up: the damaged one, for the one before."""
    return 1 if fault.name == "profile-truncated" else 0


def _judge_motion(
    system: RunningSystem, outcome: Outcome, since_ns: int, before: tuple[int, bool, float], speed_rad_s: float
) -> None:
    allowed_ms = outcome.bound_ms + MEASURED_WITHIN_MS
    outcome.motion_after_ms = system.motion.last_motion_ms(since_ns)
    before_ns, _, before_rad = before
    way_rad = system.motion.states[-1][2] - before_rad
    if not system.motion.seen_between(since_ns, since_ns + outcome.bound_ms * 1e6):
        # Without a broker no state comes; the way that was gone meanwhile tells for how long, at the speed of before.
        outcome.measured_by = "way"
        if way_rad > 0.0 and speed_rad_s > 0.0:
            gone_ms = way_rad / speed_rad_s * 1e3 - (since_ns - before_ns) / 1e6  # what it went before the fault
            outcome.motion_after_ms = max(outcome.motion_after_ms or 0.0, gone_ms)
    moved_ms = outcome.motion_after_ms
    if moved_ms is not None and moved_ms > allowed_ms:
        outcome.problems.append(f"moved {moved_ms:.0f} ms after the fault, bound {outcome.bound_ms:.0f} ms")


async def _recover(system: RunningSystem, fault: Fault) -> None:
    system.rest()
    if fault.recovery is Recovery.BY_A_PERSON:
        await asyncio.sleep(RESTS_S)
        if system.state is State.ENGAGED:
            raise SimError("it engaged by itself where a person should have looked")
        await system.engage()
    await system.until(lambda: system.state is State.ENGAGED, "it does not recover by itself")
    await system.until(lambda: system.ready_to_move, "the arm takes no commands")
    await system.rested()
    await system.contract()
    await system.rested()
