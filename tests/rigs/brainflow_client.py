"""BrainFlow's own client of a board, run as a program: connects, streams for some seconds, saves what it read.

A process of its own, because importing brainflow warns about pkg_resources where Python is older than 3.12.
"""

import sys
import time

import numpy as np
from brainflow.board_shim import BoardShim, BrainFlowInputParams


def main(board_id: int, port: str, seconds: float, path: str) -> None:
    """Save package numbers [n] and EXG channels [n, channels] in µV, as BrainFlow gives them, into an .npz file."""
    BoardShim.disable_board_logger()
    parameters = BrainFlowInputParams()
    parameters.serial_port = port
    board = BoardShim(board_id, parameters)
    board.prepare_session()
    try:
        board.start_stream()
        time.sleep(seconds)
        board.stop_stream()
        data = board.get_board_data()
    finally:
        board.release_session()
    numbers = data[BoardShim.get_package_num_channel(board_id)]
    np.savez(path, numbers=numbers, samples=data[BoardShim.get_exg_channels(board_id)].T)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), sys.argv[4])
