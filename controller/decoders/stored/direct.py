"""Direct control in a model file: sites, which of them make a pair, and which joints take turns."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from controller.decoders.direct.one_site import OneSite
from controller.decoders.direct.pairs import Pair, PairedSites
from controller.decoders.direct.site import Site
from controller.decoders.direct.two_sites import TwoSites
from controller.decoders.intent import Decoder
from controller.decoders.model import Model
from controller.decoders.reliability import Reliability
from controller.decoders.stored.arrays import (
    WITH_LEVELS,
    require_features,
    require_motions,
    require_shapes,
    whole_numbers,
)
from controller.errors import ModelError


def arrays(
    sites: Sequence[Site], pairs: Sequence[Sequence[int]], turn: Sequence[int], reliability: Reliability
) -> dict[str, NDArray[np.float64]]:
    """Return what the file holds. `pairs`: joint, site forward, site backward (-1: none); `turn`: joints in turn."""
    return {
        "sites": np.array([[site.column, site.threshold, site.full] for site in sites]),
        "pairs": np.array(pairs, dtype=np.float64).reshape(-1, 3),
        "turn": np.array(turn, dtype=np.float64),
        "reliability": np.array([reliability.offset, reliability.slope, reliability.at_rest]),
    }


def check(model: Model) -> None:
    """Raise `ModelError` for arrays that cannot be one."""
    require_features(model, WITH_LEVELS)
    joints, settings = require_motions(model), model.facts.direct
    if settings is None:
        raise ModelError("a model of the decoder 'direct' must say by which scheme its sites work; fit it again")
    sites, pairs, turn = (len(np.atleast_1d(model.decoder.get(name, ()))) for name in ("sites", "pairs", "turn"))
    require_shapes(model, {"sites": (sites, 3), "pairs": (pairs, 3), "turn": (turn,), "reliability": (3,)})
    spans = model.decoder["sites"]
    columns = spans[:, 0]
    if (
        (columns != columns.astype(np.int64)).any()
        or (columns < 0).any()
        or (columns >= model.facts.channel_count).any()
    ):
        raise ModelError("a site of the model is on a channel that is not there; fit it again")
    if not (spans[:, 2] > spans[:, 1]).all():
        raise ModelError("a site of the model is full below its threshold; fit it again")
    numbers = whole_numbers(model, "pairs", -1, max(sites, joints) - 1)
    moved = numbers[:, 0]
    whole_numbers(model, "turn", 0, joints - 1)
    least = -1 if settings.scheme == "one_site" else 0
    if not pairs or (numbers[:, 1:] >= sites).any() or (numbers[:, 1] < 0).any() or (numbers[:, 2] < least).any():
        raise ModelError("a pair of the model lacks a site; fit it again")
    if (moved < 0).any() or (moved >= joints).any() or len(np.unique(moved)) < pairs:
        raise ModelError("each pair of the model needs a joint of its own; fit it again")
    if settings.scheme == "two_site" and not turn:
        raise ModelError("two sites need the joints that they move in turn; fit it again")


def build(model: Model, directions: NDArray[np.float64]) -> Decoder:
    """Return the decoder of the scheme."""
    stored, settings, joints = model.decoder, model.facts.direct, directions.shape[1]
    if settings is None:
        raise ModelError("a model of the decoder 'direct' must say by which scheme its sites work; fit it again")
    sites = [Site(int(column), threshold, full) for column, threshold, full in stored["sites"].tolist()]
    reliability = Reliability(*stored["reliability"].tolist())
    pairs = stored["pairs"].astype(np.int64).tolist()
    hop_ms = model.facts.hop_s * 1e3
    if settings.scheme == "pairs":
        paired = [Pair(joint, sites[forward], sites[backward]) for joint, forward, backward in pairs]
        return PairedSites(paired, joints, reliability)
    joint, forward, backward = pairs[0]
    if settings.scheme == "one_site":
        decide_hops = max(round(settings.decide_ms / hop_ms), 1)
        return OneSite(joint, sites[forward], joints, decide_hops, settings.strong_share, reliability)
    turn = stored["turn"].astype(np.int64).tolist()
    switch_hops = max(round(settings.switch_ms / hop_ms), 1) if len(turn) > 1 else 0
    return TwoSites(turn, sites[forward], sites[backward], joints, switch_hops, reliability)
