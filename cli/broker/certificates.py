"""An authority of our own, and the certificates it signs. Elliptic curve P-256, which every TLS 1.2 peer can."""

import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# The authority outlives what it signs, so that a new certificate for the broker needs nothing new at its clients.
AUTHORITY_DAYS = 3653
# Small computers begin with the clock of their last shut-down; a certificate of today should be good for them too.
EARLIER = datetime.timedelta(days=7)
# cryptography 46 returns a union of key types; these are the ones we make.
_CURVE = ec.SECP256R1


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> bytes:
        """The certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The key as PEM, without a pass phrase: a broker starts without a person."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def end_of(certificate_pem: bytes) -> datetime.datetime:
    """Return until when a PEM certificate is valid; ValueError when it is none."""
    return x509.load_pem_x509_certificate(certificate_pem).not_valid_after_utc


def read_certified(certificate_pem: bytes, key_pem: bytes) -> Certified:
    """Return what was written; ValueError when it is not ours or does not belong together."""
    certificate = x509.load_pem_x509_certificate(certificate_pem)
    key = serialization.load_pem_private_key(key_pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or certificate.public_key() != key.public_key():
        raise ValueError("the key is not that of the certificate")
    return Certified(certificate, key)


def new_authority(now: datetime.datetime) -> Certified:
    """Make an authority that may sign certificates and nothing else."""
    key = ec.generate_private_key(_CURVE())
    # A date in the name tells two authorities apart for whoever reads a certificate.
    name = _name(f"Efferent authority of {now:%Y-%m-%d}")
    builder = _builder(key, name, name, now, now + datetime.timedelta(days=AUTHORITY_DAYS))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    return Certified(builder.sign(key, hashes.SHA256()), key)


def broker_certificate(authority: Certified, hosts: Sequence[str], now: datetime.datetime, days: int) -> Certified:
    """Sign a certificate for the broker, good for each of `hosts` (names or addresses)."""
    return _signed(
        authority, _name(hosts[0]), now, days, ExtendedKeyUsageOID.SERVER_AUTH, [_alternative(h) for h in hosts]
    )


def client_certificate(authority: Certified, username: str, now: datetime.datetime, days: int) -> Certified:
    """Sign a certificate for a client; it cannot be used to be a broker."""
    return _signed(authority, _name(username), now, days, ExtendedKeyUsageOID.CLIENT_AUTH, [])


def _signed(
    authority: Certified,
    subject: x509.Name,
    now: datetime.datetime,
    days: int,
    usage: x509.ObjectIdentifier,
    names: Sequence[x509.GeneralName],
) -> Certified:
    key = ec.generate_private_key(_CURVE())
    issuer = authority.certificate
    until = min(now + datetime.timedelta(days=days), issuer.not_valid_after_utc)
    builder = _builder(key, subject, issuer.subject, now, until)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    builder = builder.add_extension(identifier, critical=False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Certified(builder.sign(authority.key, hashes.SHA256()), key)


def _builder(
    key: ec.EllipticCurvePrivateKey,
    subject: x509.Name,
    issuer: x509.Name,
    now: datetime.datetime,
    until: datetime.datetime,
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - EARLIER,
        not_valid_after=until,
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    # 64 is the longest that X.520 allows; who the broker is stands in the alternative names.
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
