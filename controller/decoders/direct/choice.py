"""Which channel is whose site: the one that tells its motion best from rest and from the motions of other sites."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from controller.decoders.direct.site import (
    CROSSTALK_PERCENTILE,
    FULL_PERCENTILE,
    REST_MARGIN,
    REST_PERCENTILE,
    Site,
    fit_site,
)
from controller.errors import CalibrationError


def fit_sites(
    levels: NDArray[np.float64],
    labels: NDArray[np.int64],
    class_names: tuple[str, ...],
    rest: int,
    motions: tuple[str, ...],
    named: Mapping[str, int],
) -> dict[str, Site]:
    """Return a site for each of `motions`, from `levels` [n, ch] in the signal's unit and `labels` [n].

    `named`: motion → channel, counted from 1, where people have said it. No channel serves two motions. Raises
    `CalibrationError` for channels that are not there or named twice, and for sites that cannot be told apart.
    """
    channels = levels.shape[1]
    for motion, channel in named.items():
        if channel > channels:
            raise CalibrationError(f"[direct.sites] {motion}: there is no channel {channel}, only 1 to {channels}")
    if len(set(named.values())) < len(named):
        raise CalibrationError(f"[direct.sites] gives a channel to two motions: {dict(named)}; one muscle, one motion")
    if channels < len(motions):
        raise CalibrationError(f"{len(motions)} sites need as many channels, there are {channels}; name fewer joints")
    at_rest = levels[labels == rest]
    own = {motion: levels[labels == class_names.index(motion)] for motion in motions}
    others = {motion: _stacked([own[one] for one in motions if one != motion], channels) for motion in motions}
    column = {motion: named[motion] - 1 for motion in motions if motion in named}
    for motion in _clearest_first(at_rest, own, others, column):
        clearness = _clearness(at_rest, own[motion], others[motion])
        clearness[list(column.values())] = -np.inf
        column[motion] = int(clearness.argmax())
    return {
        motion: fit_site(
            column[motion],
            at_rest[:, column[motion]],
            own[motion][:, column[motion]],
            others[motion][:, column[motion]],
            f"{motion} (channel {column[motion] + 1})",
        )
        for motion in motions
    }


def _clearest_first(
    at_rest: NDArray[np.float64],
    own: Mapping[str, NDArray[np.float64]],
    others: Mapping[str, NDArray[np.float64]],
    taken: Mapping[str, int],
) -> list[str]:
    """Return the motions that have no channel yet; who is clearest anywhere chooses first."""
    free = [motion for motion in own if motion not in taken]
    return sorted(free, key=lambda motion: -float(_clearness(at_rest, own[motion], others[motion]).max()))


def _clearness(
    at_rest: NDArray[np.float64], own: NDArray[np.float64], others: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return by how much each channel's usual effort exceeds its threshold, were it the site, [ch]."""
    full = np.percentile(own, FULL_PERCENTILE, axis=0)
    threshold = REST_MARGIN * np.percentile(at_rest, REST_PERCENTILE, axis=0)
    if len(others):
        threshold = np.maximum(threshold, np.percentile(others, CROSSTALK_PERCENTILE, axis=0))
    ratio: NDArray[np.float64] = full / np.maximum(threshold, np.finfo(np.float64).tiny)
    return ratio


def _stacked(parts: list[NDArray[np.float64]], channels: int) -> NDArray[np.float64]:
    return np.concatenate(parts) if parts else np.zeros((0, channels))
