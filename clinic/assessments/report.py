"""Results of tests as one HTML page with plots, and as JSON beside it. Needs the extra `evaluate`."""

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from clinic.assessments import plots
from clinic.assessments.box_and_blocks_test import BoxAndBlocksTrial
from clinic.assessments.clothespin_test import ClothespinTrial
from clinic.assessments.reach import ReachTrial
from clinic.assessments.result import Result
from controller.evaluation.report.html import image, page, table
from drivers.atomic_file import write_atomically

PAGE, NUMBERS = "assessments.html", "assessments.json"

NOTE = (
    "Completion times, path efficiency and throughput are means over completed trials alone; read them beside the "
    "completion rate. Compare them only with results of the same layout."
)


def write_report(results: Sequence[Result], folder: Path) -> Path:
    """Write page and JSON into `folder`, and return the page's path. Raises `OSError` when the disk refuses.

    Results of the same test are shown side by side, in the order given.
    """
    write_atomically(folder / NUMBERS, f"[{','.join(result.to_json() for result in results)}]".encode())
    write_atomically(folder / PAGE, page("Outcome tests", _sections(results)).encode())
    return folder / PAGE


def _sections(results: Sequence[Result]) -> Iterator[str]:
    yield f"<h1>Outcome tests</h1><p class='note'>{NOTE}</p>"
    for test in dict.fromkeys(result.test for result in results):
        same = [result for result in results if result.test == test]
        yield f"<h2>{escape(test)}</h2>"
        yield _figures(same)
        reached = any(isinstance(trial, ReachTrial) for result in same for trial in result.trials)
        if any("completion_rate" in result.figures for result in same):
            yield image(plots.completions(same), f"completion times of {test}")
        if any(isinstance(trial, BoxAndBlocksTrial | ClothespinTrial) for result in same for trial in result.trials):
            yield image(plots.placed(same), f"what was moved in {test}")
        if any(result.line is not None for result in same):
            yield image(plots.difficulty(same), f"completion time over difficulty of {test}")
        if reached:
            for result in same:
                yield f"<p>{escape(result.who)}</p>"
                yield image(plots.ways(result), f"ways of {result.who}")
        yield _parameters(same[0])


def _figures(results: Sequence[Result]) -> str:
    names = list(dict.fromkeys(name for result in results for name in result.figures))
    rows = [
        [escape(result.who), str(len(result.trials)), *(_number(result.figures.get(name)) for name in names)]
        for result in results
    ]
    return table(["", "trials", *(name.replace("_", " ") for name in names)], rows)


def _parameters(result: Result) -> str:
    rows = [[escape(one.name), f"{one.value:g} {escape(one.unit)}", escape(one.source)] for one in result.parameters]
    return table(["parameter", "value", "where the usual value comes from"], rows)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"
