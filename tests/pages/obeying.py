"""A wearer who does what a calibration asks for."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.rigs.bus_watch import BusWatch
from tests.rigs.clinic_stage import ClinicStage

MOTIONS = ("elbow_flexion", "elbow_extension", "hand_close", "hand_open", "pronation", "supination")
# Where electrodes that were put on anew sit: off by so much along the limb and around it.
SHIFTED_MM = "10 -32"


@contextmanager
def obeying(stage: ClinicStage, watch: BusWatch) -> Iterator[None]:
    """The wearer does what the prompts ask for."""
    over = threading.Event()

    def obey() -> None:
        told = ""
        while not over.wait(0.02):
            state = watch.calibration
            asked = "rest" if state is None or state.prompt is None else state.prompt.motion
            if asked != told:
                told = asked
                stage.tell_emulator(f"intent {asked} 0.6" if asked in MOTIONS else "intent rest")

    wearer = threading.Thread(target=obey)
    wearer.start()
    try:
        yield
    finally:
        over.set()
        wearer.join()
        stage.tell_emulator("intent rest")
