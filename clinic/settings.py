"""What the clinic's service is told when it starts."""

import ipaddress
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from controller.broker_address import BrokerAddress
from controller.config_section import Section


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class ClinicSettings(Section):
    """`run`: the controller's configuration, which names arm, model and broker. `broker`: another way to the broker.

    `store`: a folder's file of SQLite, or a URL of PostgreSQL. `host` other than this machine needs a certificate.
    `keep_minutes`: of EMG, in memory, for what-if.
    A sign-in with a password ends after `sign_in_hours`, and after `idle_minutes` without a request; that of a paired
    phone after `device_days`. `names`: under which names, besides its addresses, this service may be asked for.
    """

    run: Path
    broker: BrokerAddress | None = None
    store: str = "clinic.db"
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8440
    certificate: Path | None = None
    key: Path | None = None
    keep_minutes: Annotated[float, Field(ge=1, le=30)] = 5.0
    sign_in_hours: Annotated[float, Field(gt=0, le=24 * 30)] = 12.0
    idle_minutes: Annotated[float, Field(gt=0, le=24 * 60)] = 60.0
    device_days: Annotated[float, Field(gt=0, le=366)] = 90.0
    names: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$")], ...], Field(max_length=16)
    ] = ()

    @model_validator(mode="after")
    def _reachable_only_through_tls(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("'certificate' and 'key' go together")
        if self.certificate is None and not is_loopback(self.host):
            raise ValueError(
                f"host {self.host} can be reached from other machines, so it needs 'certificate' and 'key'; "
                "`efferent broker provision` makes them"
            )
        return self

    @property
    def store_url(self) -> str:
        """The store as SQLAlchemy is told it."""
        return self.store if "://" in self.store else f"sqlite:///{Path(self.store).resolve()}"

    @property
    def secure(self) -> bool:
        """Whether pages come over TLS."""
        return self.certificate is not None
