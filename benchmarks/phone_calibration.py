"""How long a wearer alone needs to recalibrate on a phone: one button, prompts, the new model in force.

    uv run python -m benchmarks.phone_calibration [--rounds 3] [--json]

The electrodes of a simulated wearer sit where they did not; she does what the prompts ask for. A phone-sized page in
Chromium, clinic, controller, mosquitto, device and arm, all on this machine. From the touch of the button.
"""

import argparse
import json
import re
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from playwright.sync_api import Page, expect
from rich.console import Console
from rich.table import Table

from cli.bench.machine import machine
from tests.pages.obeying import MOTIONS, SHIFTED_MM, obeying
from tests.rigs.browser import PHONE, Pages, sign_in, started_browser
from tests.rigs.bus_watch import BusWatch
from tests.rigs.clinic_stage import PASSWORD, WEARER_NAME, ClinicStage

PATIENCE_MS = 120_000


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds since the touch: prompts over, offered to be used, in force. The last two have a person in between."""

    recorded_s: float
    offered_s: float
    in_force_s: float


def recalibrate(page: Page) -> Took:
    """Touch the button, and use the new model as soon as it is offered."""
    began_s = time.monotonic()
    page.locator("#recalibrate").tap()
    _phase(page, "scoring|recorded|fitting|shadow")
    recorded_s = time.monotonic() - began_s
    use_it = page.locator("#use-it")
    expect(use_it).to_be_visible(timeout=PATIENCE_MS)
    offered_s = time.monotonic() - began_s
    use_it.tap()
    _phase(page, "idle")
    return Took(*(round(one, 1) for one in (recorded_s, offered_s, time.monotonic() - began_s)))


def _phase(page: Page, names: str) -> None:
    expect(page.locator("#calibration")).to_have_attribute("data-phase", re.compile(names), timeout=PATIENCE_MS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog=Path(__file__).name, description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="calibrations, each taken back afterwards (3)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    console = Console(stderr=True)
    took = []
    with ClinicStage() as stage:
        stage.set_up()
        with BusWatch(stage.address, stage.arm.name) as watch, started_browser() as browser:
            watch.until(lambda: watch.is_in("ready"), 60.0)
            stage.tell_emulator(f"shift {SHIFTED_MM}")
            pages = Pages(browser, stage.address_of_pages)
            page = pages.open(size=PHONE)
            sign_in(page, WEARER_NAME, PASSWORD)
            page.goto(f"{stage.address_of_pages}/#calibrate")
            with obeying(stage, watch):
                for turn in range(options.rounds):
                    took.append(recalibrate(page))
                    console.print(f"round {turn + 1}: {took[-1]}")
                    page.locator("#calibrate-back").tap()
                    watch.until(lambda: watch.calibration is not None and "added" not in watch.calibration.trained_on)
            pages.close()
    if options.json:
        print(json.dumps({"motions": len(MOTIONS), "took": [asdict(one) for one in took], "machine": machine()}))
    else:
        show(took)
    return 0


def show(took: Sequence[Took]) -> None:
    """Print a table."""
    console = Console()
    table = Table("since the touch", "median", "all", title=f"recalibrated on a phone, {len(MOTIONS)} motions")
    for what, name in (("prompts over", "recorded_s"), ("offered", "offered_s"), ("in force", "in_force_s")):
        values = [float(getattr(one, name)) for one in took]
        table.add_row(what, f"{statistics.median(values):.1f} s", ", ".join(f"{value:.1f}" for value in values))
    console.print(table)
    console.print(", ".join(f"{name} {value}" for name, value in machine().items()))


if __name__ == "__main__":
    sys.exit(main())
