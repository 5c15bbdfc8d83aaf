"""How well each site heard its muscle in the last calibration: signal over rest, and how much of it was its own."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clinic.sites.site import Site
from controller.contract.calibration_result import CalibrationResult
from controller.rest_class import REST


@dataclass(frozen=True, slots=True)
class SiteQuality:
    """Of one site; None for what cannot be told.

    `rest`, `effort`: mean level (mean absolute value) at rest and in its function's motion, in the device's unit.
    `over_rest_db` = 20 log10(effort / rest). `own_share`: of all channels' level above rest in that motion, as in
    `clinic.course.measures`. `alike`: the channel whose level goes most with this one's in motions, `alike_share` the
    correlation, -1 to 1.
    """

    channel: int
    rest: float | None = None
    effort: float | None = None
    over_rest_db: float | None = None
    own_share: float | None = None
    alike: int | None = None
    alike_share: float | None = None


def quality_of(sites: Sequence[Site], result: CalibrationResult | None) -> list[SiteQuality]:
    """Return what the last fit tells of each site, in their order."""
    if result is None or not result.levels or REST not in result.classes:
        return [SiteQuality(site.channel) for site in sites]
    levels = np.array(result.levels, dtype=np.float64)
    rest = levels[result.classes.index(REST)]
    found = []
    for site in sites:
        index = site.channel - 1
        if index >= levels.shape[1]:
            found.append(SiteQuality(site.channel))
            continue
        effort = over_rest_db = own_share = None
        if site.function in result.classes and site.function != REST:
            motion = levels[result.classes.index(site.function)]
            effort = float(motion[index])
            if rest[index] > 0.0 and effort > 0.0:
                over_rest_db = round(20.0 * float(np.log10(effort / rest[index])), 1)
            above = np.maximum(motion - rest, 0.0)
            own_share = round(float(above[index] / above.sum()), 3) if above.sum() > 0.0 else None
        alike, alike_share = _most_alike(result, index)
        found.append(SiteQuality(site.channel, float(rest[index]), effort, over_rest_db, own_share, alike, alike_share))
    return found


def _most_alike(result: CalibrationResult, index: int) -> tuple[int | None, float | None]:
    if index >= len(result.correlation) or len(result.correlation) < 2:
        return None, None
    row = np.array(result.correlation[index], dtype=np.float64)
    row[index] = -np.inf
    other = int(np.argmax(row))
    return other + 1, round(float(row[other]), 3)
