"""Malformed messages while the arm moves: refused, each of them, and nothing else happens."""

import logging
import os
import random
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.pages.moving import moving_arm
from tests.rigs.browser import Pages
from tests.rigs.bus_watch import BusWatch
from tests.rigs.clinic_stage import ClinicStage
from tests.rigs.malformed import Flood, operations

# .ci/nightly sends 100,000.
COUNT = int(os.environ.get("EFFERENT_MALFORMED", "800"))
# Who means harm does not wait for the answer before asking again.
LANES = 4


@pytest.mark.timeout(300 + COUNT / 50)
def test_malformed_messages_get_no_answer_above_499_and_disturb_no_command(
    pages: Pages, stage: ClinicStage, watch: BusWatch, clinician: Any
) -> None:
    known = operations()
    profile = watch.profile
    page = pages.open(state=clinician)
    page.locator("#top").wait_for()
    token = page.evaluate("fetch('/api/me').then((answer) => answer.json()).then((me) => me.csrf_token ?? '')")
    cookie = "; ".join(f"{one['name']}={one['value']}" for one in clinician["cookies"])

    def flood(seed: int) -> tuple[int, dict[int, int]]:
        """Send one lane's share; return how often its WebSocket was opened, and the answers."""
        junk = random.Random(seed)  # noqa: S311 - the same each time
        one = Flood("127.0.0.1", stage.port, cookie, token, known, junk, {})
        one.to_port(COUNT // LANES // 20)
        opened = one.to_socket(COUNT // LANES // 2)
        one.to_api(COUNT // LANES // 2 - COUNT // LANES // 20)
        return opened, one.answers

    with moving_arm(stage, watch), ThreadPoolExecutor(LANES) as lanes:
        done = list(lanes.map(flood, range(LANES)))
        opened, answers = sum(one for one, _ in done), sum((Counter(one) for _, one in done), Counter())
        # Shown by `pytest --log-cli-level=INFO`.
        told = dict(sorted(answers.items()))
        logging.getLogger(__name__).info("%d messages; answers %s; WebSocket opened %d times", COUNT, told, opened)
    assert max(answers) < 500
    assert answers.keys() & {400, 422}  # they were looked at, and refused for what they are
    assert watch.profile == profile
    # uvicorn has hung up on a request that went wrong halfway, when the answer to its beginning comes: h11 says so. No
    # other exception may get as far as the log.
    exceptions = re.findall(r"^[\s|]*([\w.]+(?:Error|Exception)): (.*)$", stage.log("clinic"), re.MULTILINE)
    assert [one for one in exceptions if "LocalProtocolError" not in one[0]] == []
    page.reload()
    page.locator("#top").wait_for()
