"""From which page a request comes, and under which name this service was asked for."""

import ipaddress
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# A page of this service, or no page at all: typed in, or not a browser.
OWN_SITE = frozenset({"same-origin", "none"})


def known_names(host: str, names: Sequence[str]) -> frozenset[str]:
    """Return the names under which this service may be asked for, besides its addresses."""
    own = socket.gethostname().lower()
    return frozenset({"localhost", host.lower(), own, f"{own}.local", *(name.lower() for name in names)})


def is_known(host_header: str, names: frozenset[str]) -> bool:
    """Return whether a Host header is an address or one of `names`.

    A name that somebody else points at this machine would make their page one of ours (DNS rebinding); an address
    cannot be pointed anywhere.
    """
    try:
        host = urlsplit(f"//{host_header}").hostname or ""
    except ValueError:
        return False
    if host.lower() in names:
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_own(headers: Headers, scheme: str) -> bool:
    """Return whether a browser says that a page of this service asks. What is no browser says nothing."""
    site = headers.get("sec-fetch-site")
    if site is not None and site not in OWN_SITE:
        return False
    origin = headers.get("origin")
    page_scheme = {"ws": "http", "wss": "https"}.get(scheme, scheme)
    return origin is None or origin == f"{page_scheme}://{headers.get('host', '')}"
