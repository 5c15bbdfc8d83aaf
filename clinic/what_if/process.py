"""Replays in a process of its own: `python -m clinic.what_if.process`.

On stdin one line of JSON (`Question`, the first one `Hello`), after a question with `rows` the int64 indices and
float32 samples of an excerpt, little-endian. On stdout one line of JSON for each: `what_if`, `missing` (the excerpt is
not here any more, send it) or `error`, and `ready` after `Hello`. Between a question and its answer lines with
`working`, the seconds of processor time that this process took in all. It ends when its stdin does.
"""

import contextlib
import json
import os
import sys
import threading
import time
from collections import OrderedDict
from pathlib import Path
from typing import BinaryIO

import numpy as np

from clinic.errors import ClinicError
from clinic.what_if.messages import Hello, Question
from clinic.what_if.recent_emg import Excerpt
from clinic.what_if.replay import Replayer, quiet_excerpt
from controller.config import DEFAULT_DECODER
from controller.contract.requests import ProfileValues
from controller.decoders.model_file import load_model
from controller.errors import ControllerError
from controller.profile import configured_values

# The controller comes first, on whatever core it runs.
NICENESS = 5
# How often it says that it works, so that waiting for a processor is not taken for hanging.
SAY_EVERY_S = 0.5
# Excerpts of five minutes of 16 channels at 2 kHz are 43 MB each.
KEPT_EXCERPTS = 3
WARM_S = 3.0
_SAYING = threading.Lock()


def main() -> int:
    """Answer until stdin ends."""
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    line = asked.readline()
    if not line:
        return 0
    hello = Hello.model_validate_json(line)
    replayer = Replayer(hello.config, hello.arm)
    _warm_up(replayer)
    _say(answers, {"ready": os.getpid()})
    excerpts: OrderedDict[str, Excerpt] = OrderedDict()
    busy = threading.Event()
    threading.Thread(target=_say_working, args=(answers, busy), name="working", daemon=True).start()
    while line := asked.readline():
        busy.set()
        question = Question.model_validate_json(line)
        if question.rows:
            excerpts[question.excerpt] = _read(asked, question)
            while len(excerpts) > KEPT_EXCERPTS:
                excerpts.popitem(last=False)
        excerpt = excerpts.get(question.excerpt)
        answer = _answer(replayer, question, excerpt)
        busy.clear()
        _say(answers, answer)
    return 0


def _answer(replayer: Replayer, question: Question, excerpt: Excerpt | None) -> dict[str, object]:
    if excerpt is None:
        return {"missing": question.excerpt}
    try:
        found = replayer.what_if(question.decoder, question.today, question.change, excerpt, question.lead_s)
    except (ControllerError, ClinicError) as error:
        return {"error": str(error)[:1000]}
    return {"what_if": found.model_dump(mode="json")}


def _read(asked: BinaryIO, question: Question) -> Excerpt:
    rows, channels = question.rows, question.channels
    index = np.frombuffer(asked.read(8 * rows), dtype="<i8")
    samples = np.frombuffer(asked.read(4 * rows * channels), dtype="<f4").reshape(rows, channels)
    return Excerpt(question.stream, question.rate_hz, samples, index)


def _warm_up(replayer: Replayer) -> None:
    """Load the model and let everything run once; what is wrong with it is said when somebody asks."""
    with contextlib.suppress(ControllerError, ClinicError, OSError):
        facts = load_model(Path(replayer.config.model)).facts
        values = configured_values(replayer.config.shaping, replayer.arm, facts)
        excerpt = quiet_excerpt(facts.channel_count, facts.rate_hz, WARM_S)
        replayer.what_if(DEFAULT_DECODER, values, ProfileValues(), excerpt, 0.0)


def _say(answers: BinaryIO, what: dict[str, object]) -> None:
    with _SAYING:
        answers.write(json.dumps(what).encode() + b"\n")
        answers.flush()


def _say_working(answers: BinaryIO, busy: threading.Event) -> None:
    while True:
        busy.wait()
        time.sleep(SAY_EVERY_S)
        if busy.is_set():
            _say(answers, {"working": time.process_time()})


if __name__ == "__main__":
    sys.exit(main())
