"""The demo's screen, in words that a wearer's family understands."""

from math import degrees

from rich.console import Group, RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cli.demo.drawing import draw_arm
from cli.demo.watcher import Watcher
from cli.loopback import MOTIONS
from controller.arm_config import ArmConfig
from controller.safety.states import State

# (colour, what it means) for each state.
STATE_WORDS = {
    State.IDLE: ("yellow", "WAITING for the sensor"),
    State.READY: ("cyan", "READY: the sensor works, the arm is switched off (press e)"),
    State.ENGAGED: ("green", "ON: the arm follows the muscles"),
    State.HOLDING: ("yellow", "HOLDING STILL: something is not right; relax and it goes on by itself"),
    State.FAULT: ("red", "STOPPED: the arm holds still until somebody looks (press e to go on)"),
}
# µV at which a level bar is full: a strong contraction of the demo's wearer.
FULL_BAR_UV = 150.0
# Of an effort, the mean over the sites: one motion is strong at one or two of them.
FULL_EFFORT_UV = 50.0
# Characters of a bar, which leave room for the name of a site, and for angle and load of a joint.
BAR = 10
# Columns below which the arm is not drawn, so that all words fit the usual terminal of 80 by 24.
NARROW = 110
NARROW_LEFT, NARROW_BAR = 44, 5
KEYS = (
    "[b]1-6[/] move  [b]0[/] relax  [b]a[/] play by itself  [b]+ -[/] gain  [b]u[/] unplug/plug the sensor  "
    "[b]space[/] STOP  [b]e[/] on / go on  [b]d[/] off  [b]q[/] quit"
)


def words(name: str) -> str:
    """Return a name as a person would write it."""
    return name.replace("_", " ")


def bar(share: float, width: int, colour: str) -> Text:
    """Return a horizontal bar, `share` 0..1 full."""
    filled = round(min(max(share, 0.0), 1.0) * width)
    return Text("█" * filled, style=colour) + Text("─" * (width - filled), style="bright_black")


def screen(
    watcher: Watcher, arm: ArmConfig, wanted: str, effort: float, gain: float, note: str, columns: int = NARROW
) -> RenderableType:
    """Return the whole screen for what is known now, on a terminal of so many columns."""
    layout = Layout()
    narrow = columns < NARROW
    layout.split_column(
        Layout(_state(watcher, note), size=4), Layout(name="middle"), Layout(_footer(watcher, narrow), size=5)
    )
    meaning = Layout(_meaning(watcher, wanted, effort, gain), ratio=5)
    muscles = Layout(_muscles(watcher, NARROW_BAR if narrow else BAR), ratio=5)
    if narrow:
        left = Layout(size=NARROW_LEFT)
        left.split_column(muscles, Layout(_arm(watcher, arm, drawn=False), size=len(arm.joints) + 3))
        layout["middle"].split_row(left, meaning)
    else:
        layout["middle"].split_row(muscles, meaning, Layout(_arm(watcher, arm), ratio=6))
    return layout


def _state(watcher: Watcher, note: str) -> Panel:
    status = watcher.status
    if status is None or status.status != "running":
        return Panel(Text("starting …", style="bold yellow"), title="Efferent")
    colour, meaning = STATE_WORDS[status.state]
    lines = [Text(meaning, style=f"bold {colour}"), Text(note or f"because: {status.cause}", style="dim")]
    return Panel(Group(*lines), title="Efferent · simulated arm · not a medical device", border_style=colour)


def _muscles(watcher: Watcher, width: int) -> Panel:
    table = Table.grid(padding=(0, 1), expand=True)
    signal, status = watcher.signal, watcher.status
    labels = status.device.labels if status and status.device else ()
    for index, level in enumerate(signal.level if signal else ()):
        name = labels[index] if index < len(labels) else f"site {index + 1}"
        good = signal is not None and signal.health[index] == "good"
        table.add_row(
            name, bar(level / FULL_BAR_UV, width, "green" if good else "red"), f"{level:4.0f} µV" if good else "bad"
        )
    return Panel(table, title="muscle signals")


def _meaning(watcher: Watcher, wanted: str, effort: float, gain: float) -> Panel:
    table = Table.grid(padding=(0, 1), expand=True)
    signal = watcher.signal
    table.add_row("wearer wants", Text(f"{words(wanted)} {effort:.0%}" if effort else "to rest", style="bold"))
    if signal:
        right = signal.decided == wanted
        table.add_row("understood", Text(words(signal.decided), style="bold green" if right else "bold"))
        table.add_row("how sure", bar(signal.confidence, 14, "cyan"))
        table.add_row("effort", bar(signal.effort / FULL_EFFORT_UV, 14, "green"))
    table.add_row("gain", f"{gain:.1f} ×")
    table.add_row("", "")
    for number, motion in enumerate(MOTIONS, 1):
        style = "bold green" if signal and signal.decided == motion else "dim"
        table.add_row(Text(f"{number}", style="bold"), Text(words(motion), style=style))
    return Panel(table, title="what is meant")


def _arm(watcher: Watcher, arm: ArmConfig, drawn: bool = True) -> Panel:
    state, command = watcher.arm_state, watcher.command
    if state is None:
        return Panel("", title="the arm")
    position, width = state.position_rad, BAR if drawn else NARROW_BAR
    table = Table.grid(padding=(0, 1), expand=True)
    for joint in arm.joints:
        share = (position[joint.name] - joint.min_rad) / (joint.max_rad - joint.min_rad)
        speed = command.velocity_rad_s.get(joint.name, 0.0) if command else 0.0
        arrow = "▶" if speed > 0.01 else "◀" if speed < -0.01 else "·"
        load_nm = state.load_nm.get(joint.name)
        table.add_row(
            words(joint.name),
            bar(share, width, "magenta"),
            f"{round(degrees(position[joint.name])):4d}°",
            arrow,
            "" if load_nm is None else f"{load_nm:5.2f} N m",
        )
        if joint.max_grip_force_n is not None and state.grip_force_n is not None:
            gripped = bar(state.grip_force_n / joint.max_grip_force_n, width, "cyan")
            table.add_row("grip", gripped, f"{state.grip_force_n:4.0f} N")
    if not drawn:
        return Panel(table, title="the arm")
    picture = draw_arm(position["elbow"], position["wrist_rotation"], position["hand"])
    return Panel(Group(Text("\n".join(picture), style="white"), table), title="the arm")


def _footer(watcher: Watcher, narrow: bool) -> Panel:
    status, arm, histogram = watcher.status, watcher.arm_state, watcher.recent_latency.histogram
    parts = []
    if histogram.count:
        parts.append(
            f"delay newest sample → command here: {histogram.percentile_ms(50):.2f} ms typical, "
            f"{histogram.percentile_ms(99):.2f} ms 99 of 100"
        )
    if status and not narrow:
        parts.append(
            f"decisions {status.decisions} · late {status.deadline_misses} · "
            f"stale {status.stale_events} · faults {status.faults}"
        )
    if arm and not narrow:
        parts.append(f"arm accepted {arm.guard.accepted}, dropped {sum(arm.guard.refused.values())}")
    return Panel(Group(Text(" · ".join(parts), style="dim"), Text.from_markup(KEYS)), border_style="dim")
