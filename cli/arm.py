"""`efferent arm`: a simulated arm on the bus."""

import argparse
import asyncio
import contextlib
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from cli.broker_options import add_broker_arguments, broker_address
from cli.errors import UsageError
from cli.exit_codes import WELL
from cli.telling import tell
from cli.until_stopped import run_until_stopped
from controller.arm_config import ArmConfig
from controller.config_file import load_arm
from controller.stop_line import StopLineConfig
from sim.arm.node import ArmNode

if TYPE_CHECKING:
    from sim.arm.physics.arm import PhysicalArm

# Where `--physics` names no file. A path that no file can have.
BESIDE = Path()
THINGS = ("cylinder", "block", "clothespin")
DEFAULT_ARM = Path(__file__).resolve().parent.parent / "configs/arms/transhumeral.toml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    parser.add_argument("--arm", type=Path, default=DEFAULT_ARM, metavar="FILE", help="joints and limits (TOML)")
    parser.add_argument("--stop-line", metavar="PORT", help="a hardware stop line on this machine's serial port")
    parser.add_argument(
        "--stop-line-sense",
        choices=("heartbeat", "cts"),
        default="heartbeat",
        help="what lets the arm move: the byte R ten times a second (heartbeat, default), or the CTS pin",
    )
    parser.add_argument(
        "--physics",
        nargs="?",
        const=BESIDE,
        type=Path,
        metavar="TABLE",
        help="an arm with mass, in MuJoCo; its physical table (default: physical/NAME.toml beside the arm's NAME.toml)",
    )
    parser.add_argument(
        "--thing", choices=THINGS, help="with --physics: somebody holds this into the hand until it grips"
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="FAULT",
        help="with --physics: stuck=JOINT, encoder_noise=RAD or link_lost; may be given often",
    )
    parser.add_argument("--seed", type=int, default=0, help="with --physics: of the encoders' noise")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="with --physics: draw the arm (.png), and end")
    parser.add_argument(
        "--film",
        type=Path,
        metavar="FILE",
        help="with --physics: draw each joint going its way (animated .png, .gif or .webp), and end",
    )
    parser.add_argument(
        "--control", action="store_true", help="obey lines on stdin: reset (the joints stand where they rest, at once)"
    )
    add_broker_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Run until SIGINT or SIGTERM."""
    line = None
    if options.stop_line is not None:
        if not options.stop_line:
            raise UsageError("--stop-line: expected a serial port, such as /dev/ttyUSB1, got an empty text")
        line = StopLineConfig(port=options.stop_line, sense=options.stop_line_sense)
    arm = load_arm(options.arm)
    body = _physical_arm(arm, options)
    if body is not None and (options.picture is not None or options.film is not None):
        return _draw(body, options)
    node = ArmNode(arm, broker_address(options), tell, line, body=body)
    run_until_stopped(_controlled(node) if options.control else node.run())
    return WELL


async def _controlled(node: ArmNode) -> None:
    """Run the arm, and do what the lines on stdin say; their end is no reason for an arm to go."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        waiting = b""
        # os.read, because a daemon thread inside sys.stdin would hold its lock while the interpreter ends
        while more := os.read(sys.stdin.fileno(), 4096):
            *lines, waiting = (waiting + more).split(b"\n")
            for line in lines:
                with contextlib.suppress(RuntimeError):  # the loop has ended
                    loop.call_soon_threadsafe(obey, line.decode(errors="replace").strip())

    def obey(line: str) -> None:
        if line == "reset":
            node.reset()
        elif line:
            tell(f"'{line:.60}' is not understood; say: reset")

    threading.Thread(target=read, name="control", daemon=True).start()
    await node.run()


def _physical_arm(arm: ArmConfig, options: argparse.Namespace) -> "PhysicalArm | None":
    if options.physics is None:
        if options.thing or options.fault or options.picture is not None or options.film is not None:
            raise UsageError("--thing, --fault, --picture and --film need an arm with mass: add --physics")
        return None
    from sim.arm.physics.arm import PhysicalArm
    from sim.arm.physics.faults import parse_faults
    from sim.arm.physics.file import load_physical, physical_file
    from sim.arm.physics.things import Kind, Thing

    table = load_physical(physical_file(options.arm) if options.physics == BESIDE else options.physics)
    things = [Thing(Kind(options.thing))] if options.thing else []
    faults = parse_faults(options.fault, [joint.name for joint in arm.joints])
    return PhysicalArm(arm, table, things, options.seed, faults)


def _draw(arm: "PhysicalArm", options: argparse.Namespace) -> int:
    from sim.arm.physics.picture import ArmCamera, save_film, save_picture
    from sim.arm.physics.tour import FRAME_S, filmed_tour

    with ArmCamera(arm) as camera:
        if options.picture is not None:
            save_picture(options.picture, camera.frame())
            tell(f"the arm is in {options.picture}")
        if options.film is not None:
            frames = filmed_tour(arm, camera)
            save_film(options.film, frames, FRAME_S)
            tell(f"a film of {len(frames) * FRAME_S:.0f} s is in {options.film}")
    return WELL
