"""The closed loop of a run, and what happens beside it at every hop."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cli.simulate.assessments import AnyAssessment, AnyTest, trial_count
from cli.simulate.faults import Story
from cli.simulate.fitting import USE, speeds_of, step_of, turns_of
from cli.simulate.job import Job
from clinic.assessments.assessment import Phase
from clinic.assessments.box_and_blocks_test import BoxAndBlocksTest
from clinic.assessments.clothespin_test import ClothespinTest
from controller.decoders.model import Model
from sim.arm.physics.arm import PhysicalArm
from sim.arm.physics.box_and_blocks import box_and_blocks
from sim.arm.physics.clothespins import clothespins
from sim.arm.physics.scene import Scene
from sim.arm.physics.table import PhysicalTable
from sim.errors import SimError
from sim.muscles.muscle_signal import MuscleSignal
from sim.muscles.preset import WearerPreset
from sim.wearer.closed_loop import ClosedLoop
from sim.wearer.emg import DrivenMuscles
from sim.wearer.interpreter import Interpreted, Interpreter
from sim.wearer.moves_blocks import take_box_and_blocks
from sim.wearer.moves_clothespins import take_clothespins
from sim.wearer.signal_decoder import SignalDecoder
from sim.wearer.traits import WearerTraits
from sim.wearer.wearer import VirtualWearer

Told = Callable[[int, int], None]


@dataclass(slots=True)
class Pace:
    """Keeps a virtual clock to the wall clock; `behind_s`: by how much it was late at worst."""

    behind_s: float = 0.0
    _began_s: float | None = None

    def keep(self, simulated_s: float) -> None:
        """Wait until the wall clock is there, too."""
        if self._began_s is None:
            self._began_s = time.monotonic() - simulated_s
        ahead_s = self._began_s + simulated_s - time.monotonic()
        if ahead_s > 0.0:
            time.sleep(ahead_s)
        else:
            self.behind_s = max(self.behind_s, -ahead_s)


@dataclass(slots=True)
class EveryHop:
    """An interpreter, and what else happens once per hop."""

    interpreter: Interpreter
    on_hop: Callable[[], None]

    @property
    def hop_s(self) -> float:
        """Time between two decisions."""
        return self.interpreter.hop_s

    def interpret(self, activation: NDArray[np.float64]) -> Interpreted:
        """Let happen what does, and decide."""
        self.on_hop()
        return self.interpreter.interpret(activation)


@dataclass(slots=True)
class Stage:
    """The closed loop of a run, with what happens at every hop beside it.

    `trials_began_s`: of each test by its place, when its trials began, since the arm was engaged.
    """

    job: Job
    preset: WearerPreset
    traits: WearerTraits
    model: Model
    tests: Sequence[tuple[AnyAssessment, AnyTest]]
    told: Told
    pace: Pace | None
    closed: ClosedLoop = field(init=False)
    _story: Story = field(init=False)
    _began_s: float | None = None
    _done: int = -1
    _trials: int = field(init=False)
    trials_began_s: dict[int, list[float]] = field(default_factory=dict)
    _commanded_before_rad: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        job, scenario = self.job, self.job.scenario
        signal = MuscleSignal(self.preset, scenario.wearer.rate_hz, job.seed, USE)
        if scenario.shift_mm:
            signal.shift_sites(around_mm=scenario.shift_mm)
        arm = None if job.table is None else PhysicalArm(job.arm, job.table, seed=job.seed)
        self._story = Story(scenario.faults, signal, arm, (0.0, scenario.shift_mm))
        joints = tuple(joint.name for joint in job.arm.joints)
        turns = turns_of(job, self.preset)
        wearer = VirtualWearer(self.preset.motions, speeds_of(self.preset), joints, self.traits, job.seed, turns)
        decoder = SignalDecoder(DrivenMuscles(signal), step_of(job, self.model, self.preset), self.model.facts)
        self.closed = ClosedLoop(job.arm, wearer, EveryHop(decoder, self._hop), scenario.added_delay_ms, arm)
        self._trials = sum(trial_count(test) for _, test in self.tests)

    def take(self, number: int) -> float:
        """Let the wearer take a test, by its place; return what way the arm was sent from its beginning, in rad.

        A test with things is taken with an arm in its scene; after it the former arm is back.
        """
        test = self.tests[number][1]
        if isinstance(test, BoxAndBlocksTest):
            blocks = test.settings.blocks
            with self._in_scene(lambda table: box_and_blocks(table, blocks)) as arm:
                take_box_and_blocks(self.closed, arm, test, self.job.seed)
        elif isinstance(test, ClothespinTest):
            pinch_n = test.settings.pinch_n
            with self._in_scene(lambda table: clothespins(table, pinch_n)) as arm:
                take_clothespins(self.closed, arm, test, pinch_n, self.job.seed)
        else:
            self.closed.take(test)
        return self.closed.commanded_rad - self._commanded_before_rad[number]

    @contextmanager
    def _in_scene(self, scene: Callable[[PhysicalTable], Scene]) -> Iterator[PhysicalArm]:
        former, table = self._story.arm, self.job.table
        if former is None or table is None:
            raise SimError("a test with things needs an arm with mass")
        arm = PhysicalArm(self.job.arm, table, seed=self.job.seed, scene=scene(table), faults=former.faults)
        self._story.arm = arm
        self.closed.go_on_with(arm)
        yield arm
        former.faults = arm.faults
        self._story.arm = former
        self.closed.go_on_with(former)

    def begin(self) -> None:
        """The arm is engaged: faults are counted from now."""
        self._began_s = self.closed.now_s

    def _hop(self) -> None:
        now_s = self.closed.now_s
        if self._began_s is not None:
            self._story.pass_until(now_s - self._began_s)
        for number, (_, test) in enumerate(self.tests):
            if test.phase == Phase.RUNNING:
                self._commanded_before_rad.setdefault(number, self.closed.commanded_rad)
                began_s = self.trials_began_s.setdefault(number, [])
                if len(began_s) == len(test.trials):
                    # The hop that begins a trial has been counted already.
                    began_s.append(now_s - self.closed.interpreter.hop_s - (self._began_s or 0.0))
        done = sum(len(test.trials) for _, test in self.tests)
        if done != self._done:
            self._done = done
            self.told(done, self._trials)
        if self.pace is not None:
            self.pace.keep(now_s)
