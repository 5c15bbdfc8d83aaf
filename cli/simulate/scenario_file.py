"""From a scenario's file to its runs: sweep applied, files read, everything checked before anything is computed."""

import json
import tomllib
from copy import deepcopy
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cli.simulate.faults import OfArm, Posture, SiteLifted, SitesShifted, StuckJoint
from cli.simulate.job import Job
from cli.simulate.scenario import Scenario
from cli.simulate.session import tests_of, traits_of
from clinic.assessments.errors import AssessmentError
from controller.config_file import load_arm, load_section
from controller.errors import ConfigError
from sim.arm.physics.file import load_physical, physical_file
from sim.errors import SimError
from sim.muscles.preset import load_wearer

# More than a cluster does in a night; a slip of the finger must not fill the memory.
MOST_RUNS = 10_000


def load_jobs(path: Path, seeds: tuple[int, ...] | None = None) -> list[Job]:
    """Return every run of a scenario's file, those of its first values first; `seeds` instead of the file's.

    Raises `ConfigError` or `SimError` with what is wrong, and where.
    """
    base = load_section(path, Scenario)
    axes = list(base.sweep)
    people = base.seeds if seeds is None else tuple(dict.fromkeys(seeds))
    combinations = list(product(*base.sweep.values()))
    if len(combinations) * len(people) > MOST_RUNS:
        raise ConfigError(
            f"{path}: expected {MOST_RUNS} runs at most, [sweep] and seeds make {len(combinations) * len(people)}"
        )
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    raw.pop("sweep", None)
    jobs = []
    for values in combinations:
        chosen = dict(zip(axes, values, strict=True))
        scenario = _with(path, raw, chosen)
        point = {axis: _label(value) for axis, value in chosen.items()}
        jobs.append([_job(path, scenario, point, seed) for seed in people])
        _check(path, jobs[-1][0])
    return [job for some in jobs for job in some]


def _with(path: Path, raw: dict[str, Any], chosen: dict[str, Any]) -> Scenario:
    """Return the scenario with these values of the sweep."""
    data = deepcopy(raw)
    for key, value in chosen.items():
        _put(path, data, key, value)
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        said = ", ".join(f'"{key}" = {value!r:.60}' for key, value in chosen.items())
        message = "there is no such key" if fault["type"] == "extra_forbidden" else fault["msg"]
        raise ConfigError(f"{path}: [sweep] with {said}: {place or 'file'}: {message}") from error


def _put(path: Path, data: Any, key: str, value: object) -> None:
    """Put `value` at a dotted key; tables that are not there are made, of a list an entry counts from 0."""
    parts = key.split(".")
    for part in parts[:-1]:
        data = _inside(path, data, key, part)
    if isinstance(data, list):
        _inside(path, data, key, parts[-1])
        data[int(parts[-1])] = value
    elif isinstance(data, dict) and key not in ("seeds", "sweep"):
        data[parts[-1]] = value
    else:
        raise ConfigError(f'{path}: [sweep] "{key}" cannot be swept: it is no table, or part of the sweep itself')


def _inside(path: Path, data: Any, key: str, part: str) -> Any:
    if isinstance(data, dict):
        return data.setdefault(part, {})
    if isinstance(data, list) and part.isdecimal() and int(part) < len(data):
        return data[int(part)]
    raise ConfigError(f"{path}: [sweep] \"{key}\": there is nothing at '{part}'")


def _label(value: object) -> str | float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _job(path: Path, scenario: Scenario, point: dict[str, str | float], seed: int) -> Job:
    folder = path.parent
    arm_file = folder / scenario.arm.file
    table = None
    if scenario.arm.physics:
        table = _physical(physical_file(arm_file) if scenario.arm.table is None else folder / scenario.arm.table)
    return Job(
        point=point,
        seed=seed,
        scenario=scenario,
        wearer=_wearer(folder / scenario.wearer.file),
        arm=_arm(arm_file),
        table=table,
    )


# A sweep of a thousand runs names the same files a thousand times.
_wearer, _arm, _physical = cache(load_wearer), cache(load_arm), cache(load_physical)


def _check(path: Path, job: Job) -> None:
    """Raise `ConfigError` for names that are not there and tests that the arm has no room for."""
    joints = [joint.name for joint in job.arm.joints]
    sites = [site.name for site in job.wearer.sites]
    named = [(f"arm.joints.{number}", name, joints) for number, name in enumerate(job.scenario.arm.joints)]
    named += [(f"shaping.gain.{name}", name, joints) for name in job.scenario.shaping.gain]
    named += [(f"direct.joints.{number}", name, joints) for number, name in enumerate(job.scenario.direct.joints)]
    for number, fault in enumerate(job.scenario.faults):
        if isinstance(fault, SiteLifted | SitesShifted) and fault.site is not None:
            named.append((f"faults.{number}.site", fault.site, sites))
        if isinstance(fault, StuckJoint):
            named.append((f"faults.{number}.joint", fault.joint, joints))
        if isinstance(fault, Posture):
            named.append((f"faults.{number}.posture", fault.posture, list(job.wearer.postures)))
    for key, name, known in named:
        if name not in known:
            raise ConfigError(f"{path}: {key}: there is no '{name}'; there are: {', '.join(known) or 'none'}")
    if job.table is None and any(isinstance(fault, OfArm) for fault in job.scenario.faults):
        raise ConfigError(f"{path}: faults: what goes wrong in the arm needs an arm with mass: [arm] physics = true")
    try:
        tests_of(job)
    except AssessmentError as error:
        raise ConfigError(f"{path}: assessments: {error}") from error
    try:
        traits_of(job)
    except SimError as error:
        raise ConfigError(f"{path}: wearer.traits: {error}") from error
