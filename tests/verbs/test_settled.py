"""Programs that somebody waits for all the time: a pass of the collector may not stop them for 100 ms."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli.loopback import run_config_text

SIX_SITES = Path(__file__).resolve().parents[2] / "configs/wearers/transhumeral_six.toml"
PATIENCE_S = 120.0
PROGRAM = """
import gc, sys
from cli.main import main
code = main(sys.argv[1:])
print(len(gc.get_objects()), gc.get_freeze_count())
sys.exit(code)
"""


@pytest.mark.parametrize("verb", ["emulate", "clinic"])
def test_what_was_loaded_is_not_gone_through_again(verb: str, tmp_path: Path) -> None:
    words = ["emulate", "--wearer", str(SIX_SITES)]
    if verb == "clinic":
        config = tmp_path / "run.toml"
        config.write_text(run_config_text("serial", tmp_path / "emg", "", "mqtt://127.0.0.1:1"), encoding="utf-8")
        words = ["clinic", "--config", str(config), "--store", str(tmp_path / "clinic.db"), "--port", "0"]
    program = [sys.executable, "-c", PROGRAM, *words]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline()  # where it is
        process.send_signal(signal.SIGTERM)
        said, complaints = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, complaints
    looked_at, left_alone = map(int, said.split())
    assert looked_at < left_alone / 10
