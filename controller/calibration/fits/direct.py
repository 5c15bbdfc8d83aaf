"""Fit direct control: whose motions give the sites, which channel each gets, and how reliable a pull is."""

from collections.abc import Mapping
from math import inf

import numpy as np
from numpy.typing import NDArray

from controller.calibration.training import Training
from controller.decoders.direct.choice import fit_sites
from controller.decoders.direct.pairs import Pair, PairedSites
from controller.decoders.direct.site import Site
from controller.decoders.reliability import AS_CLEAR, Reliability, fit_reliability
from controller.decoders.stored.direct import arrays
from controller.errors import CalibrationError


def fit(training: Training) -> dict[str, NDArray[np.float64]]:
    """Return the arrays of direct control by the scheme of `[direct]`."""
    settings = training.choices.direct
    joints = _joints(training)
    ways = 1 if settings.scheme == "one_site" else 2
    with_sites = joints if settings.scheme == "pairs" else joints[:1]
    moved = {joint: _motions_of(training, joint)[:ways] for joint in with_sites}
    motions = tuple(name for names in moved.values() for name in names)
    sites = _sites(training, np.ones(len(training.labels), dtype=np.bool_), motions)
    pairs = [[joint, *(motions.index(name) for name in names), *[-1] * (2 - ways)] for joint, names in moved.items()]
    return arrays([sites[name] for name in motions], pairs, joints, _reliability(training, moved, motions))


def _joints(training: Training) -> list[int]:
    """Return the joints of `[direct]`, or every one that can be moved by motions of its own, by their place."""
    names, settings = training.motions.joints, training.choices.direct
    found = [_single_motions(training, joint) for joint in range(len(names))]
    both = settings.scheme != "one_site"
    usable = [joint for joint, (forward, back) in enumerate(found) if forward and (back or not both)]
    if not settings.joints:
        if not usable:
            raise CalibrationError(
                "direct control needs a joint that one motion moves one way by itself, and another the other way; "
                "[motions] has none"
            )
        return usable if both else usable[:1]
    wanted = [names.index(name) for name in settings.joints]
    if not both and len(wanted) > 1:
        raise CalibrationError(f"[direct] one_site moves a single joint, and joints has {', '.join(settings.joints)}")
    # With two sites for several joints in turn, the first joint's motions are those that the wearer makes for all.
    for joint in wanted if settings.scheme == "pairs" else wanted[:1]:
        if joint not in usable:
            ways = "each way" if both else "forward (above zero)"
            raise CalibrationError(
                f"[direct] joint '{names[joint]}' needs a motion {ways} that moves this joint alone; "
                "add it to [motions], or leave the joint out"
            )
    return wanted


def _single_motions(training: Training, joint: int) -> tuple[str, str]:
    """Return the classes that move this joint alone, forward and backward; empty where there is none."""
    directions = training.directions
    alone = (np.delete(directions, joint, axis=1) == 0.0).all(axis=1)
    speeds = np.where(alone, directions[:, joint], 0.0)
    forward, back = int(speeds.argmax()), int(speeds.argmin())
    names = training.class_names
    return names[forward] if speeds[forward] > 0.0 else "", names[back] if speeds[back] < 0.0 else ""


def _motions_of(training: Training, joint: int) -> list[str]:
    return [name for name in _single_motions(training, joint) if name]


def _sites(training: Training, seen: NDArray[np.bool_], motions: tuple[str, ...]) -> dict[str, Site]:
    levels = training.vectors[seen, : training.channel_count] ** 2
    named = {name: channel for name, channel in training.choices.direct.sites.items() if name in motions}
    return fit_sites(levels, training.labels[seen], training.class_names, training.rest, motions, named)


def _reliability(training: Training, moved: Mapping[int, list[str]], motions: tuple[str, ...]) -> Reliability:
    """Play every repetition of rest and the sites' motions to sites fitted to the others."""
    places = [training.rest, *(training.class_names.index(name) for name in motions)]
    used = np.isin(training.labels, places)
    directions = training.directions
    clearness, right, rest_right = [], [], []
    for repetition in np.unique(training.repetition[used]):
        out = used & (training.repetition == repetition)
        seen = used & ~out
        if len(np.unique(training.labels[seen])) < len(places):
            continue
        try:
            sites = _sites(training, seen, motions)
        except CalibrationError:
            continue  # these few trials do not make sites; all together do
        decoder = PairedSites(
            [_pair(joint, names, sites) for joint, names in moved.items()], len(training.directions[0])
        )
        before = -1
        for vector, label in zip(training.vectors[out], training.labels[out].tolist(), strict=True):
            if label != before:
                decoder.restart()
                before = label
            intent = decoder.decode(vector)
            agrees = bool((np.sign(intent.direction) == np.sign(directions[label])).all())
            if intent.direction.any():
                clearness.append(intent.confidence)
                right.append(agrees)
            else:
                rest_right.append(agrees)
    if not right:
        return AS_CLEAR
    return fit_reliability(np.array(clearness), np.array(right), np.array(rest_right, dtype=np.bool_))


def _pair(joint: int, names: list[str], sites: Mapping[str, Site]) -> Pair:
    """Return the pair of a joint; a missing second site never pulls."""
    return Pair(joint, sites[names[0]], sites[names[1]] if len(names) > 1 else Site(0, inf, inf))
