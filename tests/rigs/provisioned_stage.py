"""The whole loop as real processes over a provisioned broker: TLS, a password for each, rights by topic."""

from pathlib import Path

from cli.demo.stage import STREAM, Stage
from cli.loopback import ARM_FILE, run_config_text
from controller.broker_address import BrokerAddress
from tests.rigs.provisioned import Provisioned


class ProvisionedStage(Stage):
    """The demo's stage on a broker that somebody else started; whoever watches does so as the clinic."""

    def __init__(self, provisioned: Provisioned) -> None:
        super().__init__("mosquitto", "serial")
        self.provisioned = provisioned

    @property
    def address(self) -> BrokerAddress:
        return self.provisioned.address_of("demo-clinic")

    def set_up(self) -> None:
        self._calibrate()
        plain = run_config_text(self.device, self._port, STREAM, "URL")
        controller = self.provisioned.file_of("demo-controller")
        section = controller.read_text(encoding="utf-8")
        for name in ("password", "ca.pem", "client.pem", "client.key"):
            section = section.replace(f'= "{name}"', f'= "{controller.parent / name}"')
        config = self.folder / "demo.toml"
        config.write_text(plain.replace('[broker]\nurl = "URL"\n', section), encoding="utf-8")
        self.start_emulator()
        self.start_arm()
        self._start("controller", ["run", "--config", str(config)])

    def start_arm(self) -> None:
        file = self.provisioned.file_of("demo-arm")
        self._start("arm", ["arm", "--arm", str(ARM_FILE), "--broker-config", str(file)])

    def written(self) -> dict[Path, bytes]:
        """What the processes wrote: logs, model, profile, configuration."""
        return {file: file.read_bytes() for file in self.folder.rglob("*") if file.is_file() and not file.is_symlink()}
