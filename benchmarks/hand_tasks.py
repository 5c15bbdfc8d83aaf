"""Virtual wearers at the tests with things: the table in docs/assessments.md.

uv run python -m benchmarks.hand_tasks [WEARERS [FOLDER]]   (with a folder: pictures into it)
"""

import sys
from collections.abc import Callable
from pathlib import Path
from statistics import fmean

from benchmarks.wearer_effects import SPEEDS
from clinic.assessments.box_and_blocks_test import NAME as BLOCKS
from clinic.assessments.box_and_blocks_test import BoxAndBlocksSettings, BoxAndBlocksTest
from clinic.assessments.clothespin_test import NAME as PINS
from clinic.assessments.clothespin_test import ClothespinSettings, ClothespinTest
from clinic.assessments.result import Result, box_and_blocks_result, clothespin_result
from controller.config_file import load_arm
from sim.arm.physics.arm import PhysicalArm
from sim.arm.physics.box_and_blocks import MOST_BLOCKS, box_and_blocks
from sim.arm.physics.clothespins import clothespins
from sim.arm.physics.file import load_physical, physical_file
from sim.arm.physics.picture import ArmCamera, save_picture
from sim.arm.physics.scene import Scene
from sim.arm.physics.table import PhysicalTable
from sim.emg.generator import DEFAULT_MOTIONS
from sim.wearer.closed_loop import ClosedLoop
from sim.wearer.model_decoder import DecoderErrors, ModelDecoder, ModelDecoderSettings
from sim.wearer.moves_blocks import take_box_and_blocks
from sim.wearer.moves_clothespins import take_clothespins
from sim.wearer.traits import somebody
from sim.wearer.wearer import VirtualWearer

ARM = Path(__file__).resolve().parents[1] / "configs/arms/transhumeral.toml"
DECODERS = {
    "decoder without errors": ModelDecoderSettings(),
    "every tenth decision wrong": ModelDecoderSettings(errors=DecoderErrors(share=0.1)),
}


def somebody_at(
    seed: int, scene: Callable[[PhysicalTable], Scene], settings: ModelDecoderSettings | None = None
) -> tuple[ClosedLoop, PhysicalArm]:
    """Return a wearer with the transhumeral arm in a scene, and the arm."""
    config, table = load_arm(ARM), load_physical(physical_file(ARM))
    joints = tuple(joint.name for joint in config.joints)
    arm = PhysicalArm(config, table, scene=scene(table), seed=seed)
    wearer = VirtualWearer(DEFAULT_MOTIONS, SPEEDS, joints, somebody(seed), seed)
    settings = ModelDecoderSettings() if settings is None else settings
    decoder = ModelDecoder(DEFAULT_MOTIONS, SPEEDS, joints, settings, seed)
    return ClosedLoop(config, wearer, decoder, arm=arm), arm


def blocks(
    seed: int, settings: ModelDecoderSettings | None = None, seconds: float = 60.0
) -> tuple[Result, PhysicalArm]:
    """Let somebody take the box and blocks test; return its result, and the arm as it stood at the end."""
    loop, arm = somebody_at(seed, box_and_blocks, settings)
    test = BoxAndBlocksTest(tuple(arm.drives), arm.table.hand.joint, BoxAndBlocksSettings(MOST_BLOCKS, seconds))
    take_box_and_blocks(loop, arm, test, seed)
    return box_and_blocks_result(BLOCKS, f"somebody {seed}", test.settings.parameters, test.trials), arm


def pins(seed: int, settings: ModelDecoderSettings | None = None, seconds: float = 120.0) -> tuple[Result, PhysicalArm]:
    """The same with clothespins."""
    loop, arm = somebody_at(seed, clothespins, settings)
    test = ClothespinTest(
        tuple(arm.drives), frozenset({"wrist_rotation", "hand"}), ClothespinSettings(time_limit_s=seconds)
    )
    take_clothespins(loop, arm, test, seed=seed)
    return clothespin_result(PINS, f"somebody {seed}", test.settings.parameters, test.trials), arm


def main() -> None:
    """Print the table, or draw both scenes in the middle of a test."""
    if len(sys.argv) > 2:
        folder = Path(sys.argv[2])
        for name, (_, arm) in {BLOCKS: blocks(1, seconds=19.0), PINS: pins(1, seconds=18.0)}.items():
            with ArmCamera(arm) as camera:
                save_picture(folder / f"{name}.png", camera.frame())
        return
    wearers = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    for words, settings in DECODERS.items():
        for name, each, take in ((BLOCKS, "blocks_moved", blocks), (PINS, "median_completion_s", pins)):
            results = [take(seed, settings)[0] for seed in range(wearers)]
            figures = {
                figure: [value for result in results if (value := result.figures[figure]) is not None]
                for figure in results[0].figures
            }
            one_by_one = ", ".join(f"{value:.3g}" for value in sorted(figures[each]))
            means = ", ".join(f"{figure} {fmean(values):.3g}" for figure, values in figures.items() if values)
            print(f"{name}, {words}, {wearers} wearers: {each} {one_by_one}; means: {means}")


if __name__ == "__main__":
    main()
