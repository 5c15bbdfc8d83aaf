"""The clinic with everything around it, as real processes: broker, wearer, device, arm, controller, service."""

import os
import select
import signal
import socket
import subprocess
import time
from pathlib import Path

from cli.demo.wearer_stage import WearerStage
from clinic.security.passwords import hashed
from clinic.store.database import Store
from clinic.store.present import set_present_wearer
from clinic.store.tables.people import CLINICIAN, WEARER, Account, Wearer

PATIENCE_S = 90.0
# What the project asks of its pages.
SIGNAL_HZ = 30.0
CLINICIAN_NAME, WEARER_NAME, PASSWORD = "Grete Weber", "Ines Calvo", "a long enough password"


class ClinicStage(WearerStage):
    """As `WearerStage`, and `efferent clinic` on a store with a clinician and a wearer who have the same password.

    The arm has no mass, so that it does what it is told to the last digit. The service keeps its port when it is
    started again, so that an open page finds it.
    """

    def __init__(self) -> None:
        super().__init__("mosquitto", "serial")
        self._arm_options = ()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.wearer_id = 0

    @property
    def store_file(self) -> Path:
        """The clinic's store."""
        return self.folder / "clinic.db"

    @property
    def address_of_pages(self) -> str:
        """Where browsers go."""
        return f"http://127.0.0.1:{self.port}"

    def _config_text(self, broker_url: str) -> str:
        return f"signal_hz = {SIGNAL_HZ:g}\n{super()._config_text(broker_url)}"

    def set_up(self) -> None:
        """Start everything, with two people in the store."""
        super().set_up()
        store = Store(f"sqlite:///{self.store_file}")
        kept = hashed(PASSWORD)
        with store.session() as session:
            wearer = Wearer(name=WEARER_NAME)
            session.add(wearer)
            session.flush()
            self.wearer_id = wearer.id
            set_present_wearer(session, wearer.id)
            session.add(Account(name=CLINICIAN_NAME, role=CLINICIAN, password_hash=kept))
            session.add(Account(name=WEARER_NAME, role=WEARER, password_hash=kept, wearer_id=wearer.id))
        store.close()
        self.start_clinic()

    def start_clinic(self) -> None:
        """Start the service and wait until it is open."""
        arguments = ["clinic", "--config", str(self.config_file), "--store", str(self.store_file)]
        self._start("clinic", [*arguments, "--port", str(self.port)], stdout=subprocess.PIPE)
        said = self._processes["clinic"].stdout
        if said is None or not select.select([said], [], [], PATIENCE_S)[0] or "is at" not in said.readline():
            raise AssertionError(f"the clinic did not start: {self.last_words('clinic')}")
        deadline_s = time.monotonic() + PATIENCE_S
        while not self._answers() and time.monotonic() < deadline_s:
            time.sleep(0.02)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to one of the processes."""
        process = self._processes[name]
        os.kill(process.pid, number)
        if number is signal.SIGKILL:
            process.wait(PATIENCE_S)

    def log(self, name: str) -> str:
        """Return what a process has written."""
        return (self.folder / f"{name}.log").read_text(encoding="utf-8")

    def tear_down(self) -> None:
        """End the service first: it may lose the broker only when that is what is tested."""
        clinic = self._processes.pop("clinic", None)
        if clinic is not None:
            self.exit_codes["clinic"] = end(clinic)
        super().tear_down()


def end(process: subprocess.Popen[str]) -> int:
    """Ask a process to end, wait, insist."""
    process.terminate()
    try:
        process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
    return process.returncode
