"""Which model is in force, and how another one takes its place between two hops."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from controller.decoders.gaussian.decoder import GaussianDecoder
from controller.decoders.gaussian.learnt import learnt_arrays
from controller.decoders.model import Model
from controller.loop import ControlLoop
from controller.safety.governor import Governor
from controller.step import ControlStep


@dataclass(slots=True)
class RunningModel:
    """`make_step` builds what decides with a model; it raises `ConfigError` for one that the configuration rules out.

    `changed` is told when another model is in force; it tunes it to the profile.
    """

    model: Model
    loop: ControlLoop
    governor: Governor
    make_step: Callable[[Model], ControlStep]
    changed: Callable[[Model], None]

    def snapshot(self) -> Model:
        """Return the model with what its decoder has learnt until now, copied."""
        decoder = self.loop.step.listening.whole
        if not isinstance(decoder, GaussianDecoder):
            return self.model
        return replace(self.model, decoder={**self.model.decoder, **learnt_arrays(decoder.state)})

    def why_not(self, model: Model) -> str:
        """Return why a model cannot take over while the controller runs, or an empty string."""
        ours, theirs = self.model.facts, model.facts
        for what in ("channel_count", "rate_hz", "unit", "hop_samples"):
            if getattr(ours, what) != getattr(theirs, what):
                name = what.removesuffix("_hz").replace("_", " ")
                return f"its {name} is {getattr(theirs, what)}, that of the running one {getattr(ours, what)}"
        return ""

    def put_in_force(self, model: Model, step: ControlStep, cause: str) -> None:
        """Decide with `step` from the next hop on; `step` has followed the stream, so that no command is left out.

        An engaged arm holds until the wearer has rested: what moved it has changed.
        """
        self.governor.model_changed(time.monotonic_ns(), cause)
        self.loop.step, self.model = step, model
        self.changed(model)
        self.loop.watch()
