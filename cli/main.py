"""`efferent VERB`: one module per verb, loaded only when it is used."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from importlib.metadata import version

from cli.errors import UsageError
from cli.exit_codes import BAD_INPUT, INTERRUPTED, WENT_WRONG
from controller.errors import ControllerError
from drivers.errors import DriverError
from sim.errors import SimError

VERBS = {
    "demo": "watch a simulated arm follow simulated muscles, no hardware needed",
    "run": "run the controller: EMG in, joint commands out",
    "arm": "run a simulated arm",
    "broker": "run an MQTT broker on this machine",
    "emulate": "run an emulated EMG device on a serial line or as an LSL stream",
    "calibrate": "fit a decoder to a recording, or record and fit with prompts",
    "check": "check a configuration, its model, device and broker, and say all that is missing",
    "engage": "allow motion",
    "disengage": "end motion",
    "stop": "stop the arm at once; latched until 'clear'",
    "clear": "clear a fault or a stop",
    "bench": "measure the time of a decision, or the delay of the whole way",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; return the process's exit code."""
    argv = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        prog="efferent",
        description="Real-time control of a myoelectric arm. Research software, not a medical device.",
    )
    parser.add_argument("--version", action="version", version=f"efferent {version('efferent')}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, help_text in VERBS.items():
        verb_parser = verbs.add_parser(verb, help=help_text, description=help_text[0].upper() + help_text[1:] + ".")
        if argv and argv[0] == verb:
            module = importlib.import_module(f"cli.{verb}")
            module.add_arguments(verb_parser)
    options = parser.parse_args(argv)
    module = importlib.import_module(f"cli.{options.verb}")
    try:
        code: int = module.run(options)
    except (ControllerError, DriverError, SimError, UsageError) as error:
        print(f"efferent {options.verb}: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone: nothing left to say, and nowhere to say it.
        sys.stderr.close()
        return WENT_WRONG
    return code


if __name__ == "__main__":
    sys.exit(main())
