"""Draw docs/images/demo.svg anew from a running demo: `uv run python docs/images/draw_demo.py`."""

import asyncio
import io
import re
from pathlib import Path

from rich.console import Console

from cli.demo.stage import Stage
from cli.demo.view import screen
from cli.demo.watcher import Watcher
from cli.demo.wearer_stage import WearerStage
from controller.contract.requests import Mode
from controller.safety.states import State
from controller.tasks import end_task

PICTURE = Path(__file__).resolve().with_name("demo.svg")


async def draw(stage: Stage) -> None:
    """Engage, flex the elbow, and draw what the terminal would show."""
    watcher = Watcher(stage.address, stage.arm.name)
    watching = asyncio.create_task(watcher.run())
    await watcher.until(lambda: watcher.status is not None and watcher.status.state is State.READY, 60.0)
    watcher.ask(Mode.ENGAGE)
    await watcher.until(lambda: watcher.status is not None and watcher.status.state is State.ENGAGED, 10.0)
    # The first seconds, when all programs start at once, are not what a demo looks like.
    await asyncio.sleep(30.0)
    stage.tell_emulator("intent hand_close 0.4")
    await asyncio.sleep(0.7)
    stage.tell_emulator("intent elbow_flexion 0.7")
    await asyncio.sleep(0.8)
    console = Console(record=True, width=126, height=29, file=io.StringIO())
    console.print(screen(watcher, stage.arm, "elbow_flexion", 0.7, 1.0, ""))
    # Without the fonts that the picture would fetch from elsewhere: any monospaced one will do.
    picture = re.sub(r"@font-face \{.*?\}", "", console.export_svg(title="efferent demo"), flags=re.DOTALL)
    PICTURE.write_text(picture, encoding="utf-8")
    await end_task(watching)


if __name__ == "__main__":
    with WearerStage("auto", "serial") as demo:
        demo.set_up()
        asyncio.run(draw(demo))
