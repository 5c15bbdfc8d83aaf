"""`efferent VERB`: one module per verb, loaded only when it is used."""

import argparse
import importlib
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from importlib.metadata import version

from cli.errors import UsageError
from cli.exit_codes import BAD_INPUT, INTERRUPTED, WENT_WRONG
from cli.loopback import PARENT_VARIABLE
from clinic.errors import ClinicError
from controller.errors import ControllerError
from drivers.errors import DriverError
from sim.errors import SimError

VERBS = {
    "demo": "watch a simulated arm follow simulated muscles, no hardware needed",
    "run": "run the controller: EMG in, joint commands out",
    "arm": "run a simulated arm",
    "broker": "run an MQTT broker on this machine",
    "emulate": "run an emulated EMG device on a serial line or as an LSL stream",
    "outlet": "publish what a device delivers as an LSL stream, for recorders and viewers",
    "calibrate": "fit a decoder to a recording, or record and fit with prompts",
    "record": "keep what a device sends and what is decided on it, in an XDF file",
    "replay": "play a recording of any kind as a device or to a model, or write it in another form",
    "check": "check a configuration, its model, device and broker, and say all that is missing",
    "devices": "list what is attached, find out what a port speaks, measure if a device is good enough",
    "engage": "allow motion",
    "disengage": "end motion",
    "stop": "stop the arm at once; latched until 'clear'",
    "switch": "let another of the configured decoders decide",
    "clear": "clear a fault or a stop",
    "blackbox": "read what a controller kept of its last minutes",
    "evaluate": "measure a decoder on recordings of many people",
    "clinic": "serve the clinic's pages: signals, calibration, tuning, tests",
    "simulate": "let virtual wearers take outcome tests, as a scenario says, one setting beside another",
    "faults": "break the running system in many ways, and see that nothing moves that should not",
    "bench": "measure the time of a decision, or the delay of the whole way",
}
# What only some verbs need, and the extra that brings it.
EXTRA_OF = {
    "cryptography": "provision",
    "scipy": "fit",
    "pylsl": "lsl",
    "amqtt": "sim",
    "psutil": "sim",
    "matplotlib": "evaluate",
    "pyxdf": "recordings",
    "edfio": "recordings",
    "mujoco": "physics",
    "PIL": "render",
    "distributed": "cluster",
    "fastapi": "clinic",
    "sqlalchemy": "clinic",
    "argon2": "clinic",
    "uvicorn": "clinic",
    "alembic": "clinic",
    "itsdangerous": "clinic",
    "limits": "clinic",
    "psycopg": "postgres",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; return the process's exit code."""
    argv = list(sys.argv[1:] if arguments is None else arguments)
    verb = argv[0] if argv and argv[0] in VERBS else "demo"
    try:
        return _run(verb, argv)
    except (ClinicError, ControllerError, DriverError, SimError, UsageError) as error:
        print(f"efferent {verb}: {error}", file=sys.stderr)
        return BAD_INPUT
    except ModuleNotFoundError as error:
        extra = EXTRA_OF.get((error.name or "").split(".")[0])
        if extra is None:
            raise
        print(f"efferent {verb}: this needs '{error.name}', which is not installed: efferent[{extra}]", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone: nothing left to say, and nowhere to say it.
        sys.stderr.close()
        return WENT_WRONG


def _run(verb: str, argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="efferent",
        description="Real-time control of a myoelectric arm. Research software, not a medical device.",
    )
    parser.add_argument("--version", action="version", version=f"efferent {version('efferent')}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    module = importlib.import_module(f"cli.{verb}") if verb in argv else None
    for name, help_text in VERBS.items():
        verb_parser = verbs.add_parser(name, help=help_text, description=help_text[0].upper() + help_text[1:] + ".")
        if module is not None and name == verb:
            module.add_arguments(verb_parser)
    options = parser.parse_args(argv)
    if module is None:
        raise RuntimeError("argparse let an unknown verb pass")
    if parent := os.environ.get(PARENT_VARIABLE):
        threading.Thread(target=_end_with_parent, args=(int(parent),), name="parent watch", daemon=True).start()
    code: int = module.run(options)
    return code


def _end_with_parent(parent_pid: int) -> None:
    """End this process in order when the one that started it has gone, however it went."""
    while os.getppid() == parent_pid:
        time.sleep(1.0)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
