"""Direct control with the channels that are left when too few are good for the decoder."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from controller.decoders.direct.pairs import Pair, PairedSites
from controller.decoders.direct.site import (
    CROSSTALK_PERCENTILE,
    FULL_PERCENTILE,
    LEAST_SPAN,
    REST_MARGIN,
    REST_PERCENTILE,
    Site,
)
from controller.errors import ModelError

# Far below any device's noise, whatever its unit: keeps a channel that says nothing from dividing by zero.
LEAST_LEVEL = 1e-12


@dataclass(frozen=True, slots=True)
class ChannelLevels:
    """How strong each channel was in training (mean absolute value, conditioned, in the signal's unit).

    `rest` [ch]: hardly ever exceeded at rest. `usual` [classes, ch]: full effort. `often` [classes, ch]: mostly not
    exceeded. The percentiles are those of `direct.site`.
    """

    rest: NDArray[np.float64]
    usual: NDArray[np.float64]
    often: NDArray[np.float64]

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """Return the arrays by name, for a model file."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)}


def measure_levels(
    levels: NDArray[np.float64], labels: NDArray[np.int64], class_count: int, rest: int
) -> ChannelLevels:
    """Measure training windows: `levels` [n, ch], `labels` [n]. Every class must have a window."""
    of_class = [levels[labels == index] for index in range(class_count)]
    return ChannelLevels(
        REST_MARGIN * np.percentile(of_class[rest], REST_PERCENTILE, axis=0),
        np.array([np.percentile(own, FULL_PERCENTILE, axis=0) for own in of_class]),
        np.array([np.percentile(own, CROSSTALK_PERCENTILE, axis=0) for own in of_class]),
    )


def levels_from_arrays(
    arrays: Mapping[str, NDArray[np.float64]], class_count: int, channel_count: int
) -> ChannelLevels:
    """Rebuild levels from `ChannelLevels.arrays`. Raises `ModelError` if they do not fit the model."""
    of_classes = (class_count, channel_count)
    for name, shape in {"rest": (channel_count,), "usual": of_classes, "often": of_classes}.items():
        found = arrays.get(name)
        if found is None or found.shape != shape or not (found >= 0.0).all():
            raise ModelError(
                f"the model's channel levels '{name}' should be {shape} numbers from zero up, they are "
                f"{'missing' if found is None else found.shape}; fit it again"
            )
    return ChannelLevels(arrays["rest"], arrays["usual"], arrays["often"])


@dataclass(frozen=True, slots=True)
class LeftOver:
    """Makes direct control of what is left. `directions` [classes, joints]; `rest`: the class that moves nothing."""

    levels: ChannelLevels
    directions: NDArray[np.float64]
    rest: int

    def decoder(self, good: NDArray[np.bool_]) -> PairedSites | None:
        """Return control of the joints for which two of the `good` channels [ch] are clear; None where there is none.

        Clear: the motion's usual effort is 1.5 times what the channel shows at rest and in *any* other motion. Stricter
        than direct control that was chosen, because here the wearer did not choose the sites and may try any motion.
        The clearest joint chooses first; no channel serves twice. Takes the roots of the levels, column = channel.
        """
        free, pairs = good.copy(), []
        joints = range(self.directions.shape[1])
        found = {joint: self._ways(joint) for joint in joints}
        left = {joint for joint in joints if all(ways for ways in found[joint])}
        while left:
            best = max(((self._pair(found[joint], free), joint) for joint in left), key=lambda one: one[0][0])
            (clearness, sites), joint = best
            left.discard(joint)
            if sites is None or clearness < LEAST_SPAN:
                break
            pairs.append(Pair(joint, *sites))
            for site in sites:
                free[site.column] = False
        return PairedSites(pairs, self.directions.shape[1]) if pairs else None

    def _ways(self, joint: int) -> tuple[list[int], list[int]]:
        """Return the classes that move this joint alone, forward and backward."""
        alone = np.count_nonzero(self.directions, axis=1) == 1
        forward = np.flatnonzero(alone & (self.directions[:, joint] > 0)).tolist()
        return forward, np.flatnonzero(alone & (self.directions[:, joint] < 0)).tolist()

    def _pair(
        self, ways: tuple[list[int], list[int]], free: NDArray[np.bool_]
    ) -> tuple[float, tuple[Site, Site] | None]:
        """Return how clear the less clear of the two best sites is, and the sites."""
        best: tuple[float, tuple[Site, Site] | None] = (0.0, None)
        for forward in ways[0]:
            for backward in ways[1]:
                one, other = self._clearness(forward, free), self._clearness(backward, free)
                first, second = int(one.argmax()), int(other.argmax())
                if first == second:  # the motion that loses least takes its second best
                    without_one, without_other = one.copy(), other.copy()
                    without_one[first] = without_other[second] = 0.0
                    if min(without_one.max(), other[second]) >= min(one[first], without_other.max()):
                        first, one = int(without_one.argmax()), without_one
                    else:
                        second, other = int(without_other.argmax()), without_other
                clearness = float(min(one[first], other[second]))
                if clearness > best[0] and first != second:
                    best = (clearness, (self._site(forward, first), self._site(backward, second)))
        return best

    def _threshold(self, motion: int) -> NDArray[np.float64]:
        """Return what each channel shows without this motion being made [ch]."""
        others = np.delete(self.levels.often, (motion, self.rest), axis=0)
        threshold: NDArray[np.float64] = np.maximum(self.levels.rest, others.max(axis=0, initial=0.0))
        return threshold

    def _clearness(self, motion: int, free: NDArray[np.bool_]) -> NDArray[np.float64]:
        ratio: NDArray[np.float64] = self.levels.usual[motion] / np.maximum(self._threshold(motion), LEAST_LEVEL)
        return np.where(free, ratio, 0.0)

    def _site(self, motion: int, channel: int) -> Site:
        return Site(channel, float(self._threshold(motion)[channel]), float(self.levels.usual[motion, channel]))
