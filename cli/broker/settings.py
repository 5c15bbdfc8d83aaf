"""What was asked of `efferent broker provision`, kept beside what it made, so that the next call goes on from there."""

import ipaddress
import re
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from cli.errors import UsageError
from drivers.atomic_file import write_atomically

FILE = "provisioned.json"
MAX_BYTES = 65_536
# RFC 1123: labels of letters, digits and hyphens. No wildcard: a certificate is for the brokers that it names.
HOST_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
# Every broker can be reached from its own machine.
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")


class Settings(BaseModel):
    """`hosts`: names and addresses that clients connect to, the first one in their files; none: this machine only.

    `installed_at`: where the broker's files will be on its machine. `days`: for how long new certificates are good.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    hosts: Annotated[tuple[str, ...], Field(max_length=32)] = ()
    port: Annotated[int, Field(ge=1, le=65535)] = 8883
    arms: Annotated[tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")], ...], Field(max_length=64)]
    installed_at: Path
    client_certificates: bool = False
    days: Annotated[int, Field(ge=1, le=3650)] = 1826

    @field_validator("hosts")
    @classmethod
    def _hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            if not _is_host(host):
                raise ValueError(f"expected a host name or an address, without port or wildcard, got {host!r}")
        return hosts

    @property
    def certified_hosts(self) -> tuple[str, ...]:
        """All names that stand in the broker's certificate, each once."""
        return tuple(dict.fromkeys((*self.hosts, *LOOPBACK_HOSTS)))

    @property
    def bind(self) -> str:
        """The address the broker listens on; empty for all."""
        return "" if set(self.hosts) - set(LOOPBACK_HOSTS) else "127.0.0.1"

    @property
    def url(self) -> str:
        """Where clients connect."""
        host = self.certified_hosts[0]
        return f"mqtts://[{host}]:{self.port}" if ":" in host else f"mqtts://{host}:{self.port}"


def _is_host(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        # What looks like an address and is none would be a name that nobody can look up.
        return HOST_NAME.fullmatch(host.lower()) is not None and not re.fullmatch(r"[0-9.]+", host)
    return True


def load_settings(folder: Path) -> Settings | None:
    """Return what stands in `folder`, None when nothing was made there. Raises `UsageError`."""
    file = folder / FILE
    try:
        with file.open("rb") as opened:
            return Settings.model_validate_json(opened.read(MAX_BYTES))
    except (FileNotFoundError, NotADirectoryError):  # the latter is refused when the folder is made
        return None
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from error
    except ValidationError as error:
        raise UsageError(f"{file} is damaged ({error.errors()[0]['msg']}); provision into a new folder") from error


def save_settings(folder: Path, settings: Settings) -> None:
    """Write them; raises OSError."""
    write_atomically(folder / FILE, settings.model_dump_json(indent=1).encode() + b"\n")
