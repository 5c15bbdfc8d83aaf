"""TLS to a broker: its certificate and name are checked, ours is shown where we have one."""

import ssl

from controller.broker_address import BrokerAddress, require_private


def tls_context(address: BrokerAddress) -> ssl.SSLContext:
    """Return one that checks the broker's certificate and name. Raises `ValueError`, naming the file that is no use."""
    try:
        context = ssl.create_default_context(cafile=None if address.ca_file is None else str(address.ca_file))
    except OSError as error:  # ssl.SSLError is one
        raise ValueError(f"the certificates in {address.ca_file} cannot be used: {error.strerror or error}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if address.certificate_file is not None and address.key_file is not None:
        require_private(address.key_file, "the key in")
        try:
            context.load_cert_chain(address.certificate_file, address.key_file, _no_pass_phrase)
        except OSError as error:
            raise ValueError(
                f"certificate {address.certificate_file} and key {address.key_file} cannot be used together: "
                f"{error.strerror or error}"
            ) from error
    return context


def _no_pass_phrase() -> str:
    """Refuse instead of asking at a terminal, where nobody may sit."""
    raise ValueError("the key in key_file has a pass phrase; use one without, readable by its owner only")
