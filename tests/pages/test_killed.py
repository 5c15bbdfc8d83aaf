"""The service is killed while the arm moves: the arm goes on, and nothing that was kept is lost."""

import re
from typing import Any

from playwright.sync_api import expect

from clinic.store.database import Store
from clinic.store.tables.people import Account, Wearer
from tests.pages.moving import moving_arm
from tests.rigs.browser import Pages
from tests.rigs.bus_watch import BusWatch
from tests.rigs.clinic_stage import CLINICIAN_NAME, WEARER_NAME, ClinicStage
from tests.rigs.command_stream import TO_AND_FRO


def kept(stage: ClinicStage) -> tuple[list[str], list[str]]:
    """Names of accounts and wearers in the store."""
    store = Store(f"sqlite:///{stage.store_file}")
    with store.session() as session:
        names = sorted(row.name for row in session.query(Account)), sorted(row.name for row in session.query(Wearer))
    store.close()
    return names


def test_a_clinic_killed_while_the_arm_moves_disturbs_no_command_and_loses_nothing(
    pages: Pages, stage: ClinicStage, watch: BusWatch, clinician: Any
) -> None:
    pages.faults.expect(r"ERR_(CONNECTION_REFUSED|EMPTY_RESPONSE|CONNECTION_RESET|SOCKET_NOT_CONNECTED)")
    profile = watch.profile
    page = pages.open(state=clinician)
    expect(page.locator("#top")).to_be_visible()
    with moving_arm(stage, watch) as first:
        stage.kill("clinic")
        watch.until(lambda: watch.count("command") >= first + TO_AND_FRO)
        stage.start_clinic()
        # The open page has found it again.
        expect(page.locator("#standing")).to_have_attribute("data-standing", re.compile("engaged|holding"))
    assert watch.profile == profile
    assert kept(stage) == ([CLINICIAN_NAME, WEARER_NAME], [WEARER_NAME])
    page.reload()
    expect(page.locator("#top")).to_be_visible()  # still signed in
