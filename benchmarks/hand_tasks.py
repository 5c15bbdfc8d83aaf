"""Virtual wearers at the tests with things: the table in docs/assessments.md.

uv run python benchmarks/hand_tasks.py [WEARERS [PICTURE]]
"""

import sys
from pathlib import Path
from statistics import fmean

from benchmarks.wearer_effects import SPEEDS
from clinic.assessments.box_and_blocks_test import NAME, BoxAndBlocksSettings, BoxAndBlocksTest
from clinic.assessments.result import Result, box_and_blocks_result
from controller.config_file import load_arm
from sim.arm.physics.arm import PhysicalArm
from sim.arm.physics.box_and_blocks import MOST_BLOCKS, box_and_blocks
from sim.arm.physics.file import load_physical, physical_file
from sim.arm.physics.picture import ArmCamera, save_picture
from sim.emg.generator import DEFAULT_MOTIONS
from sim.wearer.closed_loop import ClosedLoop
from sim.wearer.model_decoder import DecoderErrors, ModelDecoder, ModelDecoderSettings
from sim.wearer.moves_blocks import take_box_and_blocks
from sim.wearer.traits import somebody
from sim.wearer.wearer import VirtualWearer

ARMS = Path(__file__).resolve().parents[1] / "configs/arms"
DECODERS = {
    "decoder without errors": ModelDecoderSettings(),
    "every tenth decision wrong": ModelDecoderSettings(errors=DecoderErrors(share=0.1)),
}


def blocks(
    seed: int, settings: ModelDecoderSettings | None = None, name: str = "transhumeral", seconds: float = 60.0
) -> tuple[Result, PhysicalArm]:
    """Let somebody take the box and blocks test; return its result, and the arm as it stood at the end."""
    config, table = load_arm(ARMS / f"{name}.toml"), load_physical(physical_file(ARMS / f"{name}.toml"))
    joints = tuple(joint.name for joint in config.joints)
    arm = PhysicalArm(config, table, scene=box_and_blocks(table), seed=seed)
    wearer = VirtualWearer(DEFAULT_MOTIONS, SPEEDS, joints, somebody(seed), seed)
    settings = ModelDecoderSettings() if settings is None else settings
    loop = ClosedLoop(config, wearer, ModelDecoder(DEFAULT_MOTIONS, SPEEDS, joints, settings, seed), arm=arm)
    test = BoxAndBlocksTest(joints, table.hand.joint, BoxAndBlocksSettings(MOST_BLOCKS, seconds))
    take_box_and_blocks(loop, arm, test, seed)
    return box_and_blocks_result(NAME, f"somebody {seed}", test.settings.parameters, test.trials), arm


def main() -> None:
    """Print the table, or draw the scene after 20 s of it."""
    wearers = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    if len(sys.argv) > 2:
        _, arm = blocks(1, seconds=20.0)
        with ArmCamera(arm) as camera:
            save_picture(Path(sys.argv[2]), camera.frame())
        return
    for words, settings in DECODERS.items():
        results = [blocks(seed, settings)[0] for seed in range(wearers)]
        means = {
            name: fmean(value for result in results if (value := result.figures[name]) is not None)
            for name in results[0].figures
        }
        counts = sorted(round(result.figures["blocks_moved"] or 0.0) for result in results)
        print(f"box and blocks, {words}, {wearers} wearers: {counts} blocks; means", end=" ")
        print(", ".join(f"{name} {value:.3g}" for name, value in means.items()))


if __name__ == "__main__":
    main()
