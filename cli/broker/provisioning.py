"""Makes the files of a broker and its clients in one folder; what is there stays, unless it is to be renewed.

authority/  ca.pem ca.key                                    signs certificates; the key stays with its owner
broker/     mosquitto.conf acl passwords broker.pem broker.key ca.pem
ARM-ROLE/   broker.toml password ca.pem [client.pem client.key]      one folder for each client
"""

import datetime
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from cli.broker.certificates import (
    Certified,
    broker_certificate,
    client_certificate,
    end_of,
    new_authority,
    read_certified,
)
from cli.broker.mosquitto_files import ACL_HEAD, access_of, configuration, username
from cli.broker.passwords import mosquitto_hash, new_password
from cli.broker.private_files import append_missing, make_private, put
from cli.broker.settings import Settings, save_settings
from cli.errors import UsageError
from controller.broker_address import BrokerAddress
from controller.contract.rights import Role
from drivers.atomic_file import write_atomically

# A certificate that ends sooner is not worth being handed out.
SOON = datetime.timedelta(days=30)


class Renew(Enum):
    """What is made anew although it is there."""

    NOTHING = "nothing"
    BROKER = "broker"  # the broker's own files; its clients need nothing new
    ALL = "all"  # authority, passwords and certificates too; each client needs its folder again


@dataclass(frozen=True, slots=True)
class Provisioning:
    """`folder` with `settings`, worked on at the time `now` (with a time zone)."""

    folder: Path
    settings: Settings
    renew: Renew
    now: datetime.datetime

    @property
    def users(self) -> dict[str, tuple[str, Role]]:
        """Name → arm and role."""
        return {username(arm, role): (arm, role) for arm in self.settings.arms for role in Role}

    def make(self) -> None:
        """Write all that is missing or to be renewed. Raises `UsageError` and OSError.

        What was asked for is written last: a call that is cut short is repeated, and fills in what is missing.
        """
        make_private(self.folder)
        for name in ("authority", "broker", *self.users):
            make_private(self.folder / name)
        authority = self._authority()
        passwords = {user: self._client(user, authority) for user in self.users}
        self._broker(authority, passwords)
        save_settings(self.folder, self.settings)

    def ends(self) -> dict[str, datetime.datetime]:
        """Until when each certificate is good."""
        files = {"authority": self.folder / "authority/ca.pem", "broker": self.folder / "broker/broker.pem"}
        if self.settings.client_certificates:
            files |= {user: self.folder / user / "client.pem" for user in self.users}
        return {name: end_of(file.read_bytes()) for name, file in files.items()}

    def _authority(self) -> Certified:
        certificate, key = self.folder / "authority/ca.pem", self.folder / "authority/ca.key"
        if self.renew is not Renew.ALL and certificate.exists():
            try:
                authority = read_certified(certificate.read_bytes(), key.read_bytes())
            except (OSError, ValueError) as error:
                raise UsageError(
                    f"the authority in {certificate.parent} cannot be used ({error}); put {key.name} back, or make "
                    "everything anew with --renew all"
                ) from error
            if authority.certificate.not_valid_after_utc < self.now + SOON:
                raise UsageError(f"the authority in {certificate.parent} ends within 30 days: --renew all")
            return authority
        authority = new_authority(self.now)
        write_atomically(key, authority.key_pem)
        write_atomically(certificate, authority.certificate_pem)
        return authority

    def _client(self, user: str, authority: Certified) -> str:
        """Write the folder of one client; return its password."""
        folder, settings = self.folder / user, self.settings
        anew = self.renew is Renew.ALL
        password = put(folder / "password", lambda: new_password().encode() + b"\n", anew).decode().strip()
        put(folder / "ca.pem", lambda: authority.certificate_pem, anew)
        if settings.client_certificates and (anew or not (folder / "client.pem").exists()):
            own = client_certificate(authority, user, self.now, settings.days)
            write_atomically(folder / "client.key", own.key_pem)
            write_atomically(folder / "client.pem", own.certificate_pem)
        put(folder / "broker.toml", lambda: broker_section(settings, user).encode(), anew)
        return password

    def _broker(self, authority: Certified, passwords: dict[str, str]) -> None:
        folder, settings = self.folder / "broker", self.settings
        anew = self.renew is not Renew.NOTHING
        if anew or not (folder / "broker.pem").exists():
            own = broker_certificate(authority, settings.certified_hosts, self.now, settings.days)
            write_atomically(folder / "broker.key", own.key_pem)
            write_atomically(folder / "broker.pem", own.certificate_pem)
        put(folder / "ca.pem", lambda: authority.certificate_pem, anew)
        text = configuration(
            settings.installed_at, settings.port, settings.bind, client_certificates=settings.client_certificates
        )
        put(folder / "mosquitto.conf", text.encode, anew)
        # An arm that is added brings lines of its own; those that are there, also by hand, stay.
        append_missing(
            folder / "acl",
            ACL_HEAD,
            {f"user {user}": "\n" + access_of(arm, role) for user, (arm, role) in self.users.items()},
            anew,
        )
        append_missing(
            folder / "passwords",
            "",
            {f"{user}:": f"{user}:{mosquitto_hash(password)}\n" for user, password in passwords.items()},
            anew,
        )


def broker_section(settings: Settings, user: str) -> str:
    """Return the `[broker]` table of one client, with files beside the one it stands in."""
    lines = {"url": settings.url, "username": user, "password_file": "password", "ca_file": "ca.pem"}
    if settings.client_certificates:
        lines |= {"certificate_file": "client.pem", "key_file": "client.key"}
    BrokerAddress.model_validate(lines)  # what we write, we can read
    return "[broker]\n" + "".join(f'{key} = "{value}"\n' for key, value in lines.items())
