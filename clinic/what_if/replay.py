"""Both profiles on an excerpt of EMG; what two questions have in common is computed once."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np

from clinic.errors import ClinicError
from clinic.what_if.answer import answer
from clinic.what_if.decided import Decided, decide
from clinic.what_if.moved import Moved, move
from clinic.what_if.recent_emg import Excerpt
from clinic.what_if.shown import WhatIf
from controller.arm_config import ArmConfig
from controller.config import RunConfig
from controller.contract.requests import ProfileValues
from controller.decoders.model import Model
from controller.decoders.model_file import load_model
from controller.profile import changed, why_not

# A page slides one value after the other over the same EMG: today, and what was proposed last.
KEPT = 6
Key = tuple[object, ...]
T = TypeVar("T")


@dataclass(slots=True)
class Kept:
    """The last few results of one computation, by what they depend on."""

    made: "OrderedDict[Key, object]" = field(default_factory=OrderedDict)

    def get(self, key: Key, make: Callable[[], T]) -> T:
        """Return what is kept for `key`, made if there is nothing yet."""
        if key not in self.made:
            self.made[key] = make()
            while len(self.made) > KEPT:
                self.made.popitem(last=False)
        self.made.move_to_end(key)
        return self.made[key]  # type: ignore[return-value]  # a key is asked for with one kind of result only


@dataclass(slots=True)
class Replayer:
    """Answers questions about one run configuration. Its decoders are its own: nothing that runs is touched."""

    config: RunConfig
    arm: ArmConfig
    _models: Kept = field(default_factory=Kept)
    _decided: Kept = field(default_factory=Kept)
    _moved: Kept = field(default_factory=Kept)

    def what_if(
        self, decoder: str, today: ProfileValues, change: ProfileValues, excerpt: Excerpt, lead_s: float
    ) -> WhatIf:
        """Replay `today`, and it with what `change` names.

        Raises `ClinicError`, `ModelError` or `ConfigError` with a sentence for people.
        """
        path = self.config.decoder_files.get(decoder)
        if path is None:
            raise ClinicError(f"the controller uses the decoder '{decoder}', which the configuration does not name")
        key, model = self._model(path)
        if reason := why_not(change, self.arm, model.facts):
            raise ClinicError(reason)
        where = (key, excerpt.stream, int(excerpt.index[0]), int(excerpt.index[-1]))
        runs = [self._run(model, where, values, excerpt) for values in (today, changed(today, change))]
        if not (runs[0][0].ready & (runs[0][0].t_s >= lead_s)).any():
            raise ClinicError("there is no whole window of EMG yet; wait a few seconds")
        lost = excerpt.seconds - len(excerpt.index) / excerpt.rate_hz
        return answer(model, self.arm, today, excerpt.stream, int(excerpt.index[-1]), lead_s, lost, runs[0], runs[1])

    def _model(self, path: Path) -> tuple[Key, Model]:
        try:
            found = path.stat()
        except OSError as error:
            raise ClinicError(f"expected a model at {path}, cannot read it: {error.strerror}") from error
        key = (str(path), found.st_mtime_ns, found.st_size)
        return key, self._models.get(key, lambda: load_model(path))

    def _run(self, model: Model, where: Key, values: ProfileValues, excerpt: Excerpt) -> tuple[Decided, Moved]:
        """Decode, shape, govern. What is decided depends on the profile only through what the decoder learns from."""
        taught_by = (values.rejection_threshold, tuple(sorted(values.rejection.items()))) if self.config.adapt else ()
        of_decided = (*where, taught_by)
        decided = self._decided.get(of_decided, lambda: decide(model, self.config, self.arm, values, excerpt))
        of_moved = (*of_decided, values.model_dump_json())
        return decided, self._moved.get(of_moved, lambda: move(model, self.config, self.arm, values, decided))


def quiet_excerpt(channels: int, rate_hz: float, seconds: float) -> Excerpt:
    """Return noise to warm up with: libraries load and machine code is read before somebody waits for it."""
    count = round(seconds * rate_hz)
    samples = np.random.default_rng(0).normal(0.0, 1.0, (count, channels)).astype(np.float32)
    return Excerpt(-1, rate_hz, samples, np.arange(count, dtype=np.int64))
