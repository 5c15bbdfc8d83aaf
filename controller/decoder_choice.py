"""The decoders that are configured for an arm, and how another of them takes over while the controller runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from controller.config import DEFAULT_DECODER, RunConfig
from controller.decoders.model import Model
from controller.decoders.model_file import load_model
from controller.errors import ModelError
from controller.recent_hops import RecentHops
from controller.running_model import RunningModel
from controller.step import ControlStep

# Long enough for every filter to forget how it began: the narrowest, a notch with Q = 30 at 50 Hz, takes 0.2 s for two
# thirds of it.
SETTLE_S = 1.0


def load_models(config: RunConfig) -> dict[str, Model]:
    """Load every decoder that the configuration names, the default first. Raises `ModelError` that names the file.

    All must fit one stream and one hop, for they take each other's place between two hops.
    """
    models = {name: load_model(path) for name, path in config.decoder_files.items()}
    first = models[DEFAULT_DECODER].facts
    for name, model in models.items():
        for what in ("channel_count", "rate_hz", "unit", "hop_samples"):
            theirs, ours = getattr(model.facts, what), getattr(first, what)
            if theirs != ours:
                raise ModelError(
                    f"{config.decoder_files[name]} cannot take turns with {config.model}: its "
                    f"{what.removesuffix('_hz').replace('_', ' ')} is {theirs}, not {ours}; calibrate both alike"
                )
    return models


def recent_hops(models: Mapping[str, Model]) -> RecentHops:
    """Return what keeps enough of the stream for any of these models to take over at once."""
    facts = models[DEFAULT_DECODER].facts
    window = max(model.facts.window_hops for model in models.values())
    return RecentHops(window + round(SETTLE_S / facts.hop_s), facts.hop_samples, facts.channel_count)


@dataclass(slots=True)
class DecoderChoice:
    """`models`, by name; `in_force`: whose turn it is. `steps` are made when the controller starts, and remember.

    `changed` is told the name of the decoder that has taken over.
    """

    models: Mapping[str, Model]
    running: RunningModel
    recent: RecentHops
    changed: Callable[[str], None] = lambda _: None
    in_force: str = DEFAULT_DECODER
    _steps: dict[str, ControlStep] = field(init=False)

    def __post_init__(self) -> None:
        others = {name: model for name, model in self.models.items() if name != DEFAULT_DECODER}
        self._steps = {name: self.running.make_step(model) for name, model in others.items()}

    def switch(self, name: str, by: str) -> str:
        """Let the decoder `name` decide from the next hop on; return why that is refused, or an empty string.

        It has then seen the same stream, so no decision is left out; an engaged arm holds until the wearer rests.
        """
        if name not in self.models:
            return f"refused: no decoder is called '{name}'; there are {', '.join(self.models)}"
        if name == self.in_force:
            return f"refused: '{name}' is in force already"
        self._steps[self.in_force] = self.running.loop.step
        kept = {**self.models, self.in_force: self.running.model}
        step = self._steps[name]
        step.reset()
        for hop in self.recent.play():
            step.observe(hop)
        self.models, self.in_force = kept, name
        self.running.put_in_force(self.models[name], step, f"decoder '{name}' chosen by {by}")
        self.changed(name)
        return ""
