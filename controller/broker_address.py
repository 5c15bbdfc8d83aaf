"""Where the broker is, how we know it is the right one, and how we prove who we are."""

import ipaddress
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

DEFAULT_PORT = {"mqtt": 1883, "mqtts": 8883}
# Path fields; what a configuration says is relative to the file it stands in.
FILES = ("password_file", "ca_file", "certificate_file", "key_file")
# A password of 43 characters has 256 bits; a larger file is something else.
MAX_PASSWORD_BYTES = 1024


class BrokerAddress(BaseModel):
    """`url`: `mqtt://host[:port]` on this machine, `mqtts://host[:port]` (TLS) for any other.

    The password stands in a file of its own, so that it is in no configuration, command line or log. Another machine
    is told who we are, by a user or by a client certificate; the broker's own certificate is always checked, its name
    included.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: str = "mqtt://127.0.0.1:1883"
    username: Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")] | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    connect_timeout_s: float = Field(default=5.0, gt=0, le=60)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if "@" in self.url:  # also where the url cannot be taken apart: it may hold a password, so it is not repeated
            raise ValueError("put the user into `username` and the password into `password_file`, not into the url")
        parts = urlsplit(self.url)
        if parts.scheme not in DEFAULT_PORT or not parts.hostname or parts.path not in ("", "/"):
            raise ValueError(f"expected mqtt://host:port or mqtts://host:port, got '{self.url}'")
        try:
            parts.port  # noqa: B018 - urlsplit checks it when it is asked for
        except ValueError as error:
            raise ValueError(f"expected a port from 0 to 65535, got '{self.url}'") from error
        here = _is_loopback(parts.hostname)
        if parts.scheme == "mqtt" and not here:
            raise ValueError(f"'{parts.hostname}' is another machine: use mqtts:// (commands must not travel in clear)")
        if parts.scheme == "mqtt" and (self.ca_file or self.certificate_file or self.key_file):
            raise ValueError("certificates are for mqtts://; write mqtts:// or leave them out")
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("`certificate_file` and `key_file` belong together: name both or neither")
        if self.password_file is not None and self.username is None:
            raise ValueError("`password_file` needs a `username`")
        if not here and self.username is None and self.certificate_file is None:
            raise ValueError(
                f"'{parts.hostname}' is another machine and must know who asks: "
                "set `username` and `password_file` (`efferent broker provision` makes them)"
            )
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

    def relative_to(self, folder: Path) -> "BrokerAddress":
        """Return the same address with its files looked for in `folder`, unless their paths are absolute."""
        files: Mapping[str, Path | None] = {name: getattr(self, name) for name in FILES}
        return self.model_copy(update={name: folder / file for name, file in files.items() if file is not None})

    def read_password(self) -> str | None:
        """Return the password, None without a file. Raises `ValueError` for a file that others may read, and such."""
        file = self.password_file
        if file is None:
            return None
        require_private(file, "the password in")
        try:
            with file.open("rb") as opened:
                raw = opened.read(MAX_PASSWORD_BYTES + 1)
            password = raw.decode().rstrip("\r\n")
        except OSError as error:
            raise ValueError(f"cannot read the password in {file}: {error.strerror}") from error
        except UnicodeDecodeError:  # without its cause, which holds the bytes
            raise ValueError(f"expected the password alone in {file}, but it is not text") from None
        if len(raw) > MAX_PASSWORD_BYTES or not password or not password.isprintable():
            raise ValueError(
                f"expected the password alone, on one line of at most {MAX_PASSWORD_BYTES} bytes, in {file}; "
                f"it has {'more' if password else 'nothing'}"
            )
        return password


def require_private(file: Path, what: str) -> None:
    """Raise `ValueError` when everybody on this machine may read or change `file`, or it cannot be looked at."""
    try:
        mode = file.stat().st_mode
    except OSError as error:
        raise ValueError(f"cannot read {what} {file}: {error.strerror}") from error
    if not stat.S_ISREG(mode):
        raise ValueError(f"cannot read {what} {file}: it is not a file")
    if os.name == "posix" and mode & stat.S_IRWXO:
        raise ValueError(
            f"{what} {file} is open to every user of this machine (mode {stat.S_IMODE(mode):03o}): chmod 600 {file}"
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
