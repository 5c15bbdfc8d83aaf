"""Where a phone finds this service."""

import socket

from clinic.settings import ClinicSettings, is_loopback

# An address for documentation (RFC 5737): asking for the way there sends nothing.
ELSEWHERE = ("192.0.2.1", 9)
EVERYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104 - compared with, not listened on


def host_for_phones(settings: ClinicSettings, asked_as: str) -> str:
    """Return the host that a phone on the network asks for; `asked_as`: how this request named it.

    Of a service that listens on this machine alone it is that machine: no phone gets there.
    """
    if is_loopback(settings.host):
        return asked_as
    if settings.names:
        return settings.names[0]
    if asked_as and not is_loopback(asked_as):
        return asked_as
    return own_address() if settings.host in EVERYWHERE else settings.host


def own_address() -> str:
    """Return this machine's address on the network it reaches others by; without a network the loopback's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ELSEWHERE)
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
