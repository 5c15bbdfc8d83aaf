"""Where the broker is and how we prove who we are."""

import ipaddress
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

DEFAULT_PORT = {"mqtt": 1883, "mqtts": 8883}


class BrokerAddress(BaseModel):
    """`url`: `mqtt://host[:port]` on this machine, `mqtts://host[:port]` (TLS) for any other.

    The password stands in a file of its own, so that it is in no configuration, command line or log.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = "mqtt://127.0.0.1:1883"
    username: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    connect_timeout_s: float = Field(default=5.0, gt=0, le=60)

    @model_validator(mode="after")
    def _check(self) -> Self:
        parts = urlsplit(self.url)
        if parts.scheme not in DEFAULT_PORT or not parts.hostname or parts.path not in ("", "/"):
            raise ValueError(f"expected mqtt://host:port or mqtts://host:port, got '{self.url}'")
        if parts.username or parts.password:
            raise ValueError("put the user into `username` and the password into `password_file`, not into the url")
        if parts.scheme == "mqtt" and not _is_loopback(parts.hostname):
            raise ValueError(f"'{parts.hostname}' is another machine: use mqtts:// (commands must not travel in clear)")
        return self

    @property
    def host(self) -> str:
        """Host name or address."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """TCP port, the scheme's own where none is given."""
        parts = urlsplit(self.url)
        return parts.port or DEFAULT_PORT[parts.scheme]

    @property
    def uses_tls(self) -> bool:
        """True for mqtts."""
        return urlsplit(self.url).scheme == "mqtts"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
