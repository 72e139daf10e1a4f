"""Certificates: an authority of the site's own, and the server certificates that it signs.

All are good from 1 January 1970 on: a Pi without a clock wakes up then, and its broker, its gateway and its devices
must find each other all the same. What ends is the server's certificate; devices know the authority alone, so that a
new one is nothing to them. The server keeps its key, since some firmware (Tasmota) knows a server by that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from gateway.mosquitto.errors import BrokerError

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    Key: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Unix time 0, where a clock without a battery begins."""

BUILT: Final = datetime(2025, 1, 1, tzinfo=UTC)
"""No true clock shows less: this software is younger."""

AUTHORITY_LASTS: Final = timedelta(days=20 * 365)
SERVER_LASTS: Final = timedelta(days=397)

RENEWED: Final = SERVER_LASTS / 3
"""A server's certificate is renewed when less than this is left."""

Kind: TypeAlias = Literal["ec", "rsa"]
"""P-256, or 2048 bits of RSA for firmware that knows nothing else (Tasmota's)."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its secret key, as PEM."""

    certificate: bytes
    key: bytes


@dataclass(frozen=True, slots=True)
class Server:
    """What a server's certificate says: whom it is for, until when."""

    names: tuple[str, ...]
    until: datetime


def found(site: str, now: datetime) -> Pair:
    """Make an authority for a site. Raises `BrokerError` if the clock cannot be right."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    _believable(now)
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"Reverbere {site} authority")
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = _begun(name, name, now + AUTHORITY_LASTS).public_key(key.public_key()).add_extension(own, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(signs=True), critical=True)
    return _signed(builder, key, key)


def sign(authority: Pair, names: Sequence[str], now: datetime, key: bytes | None = None, kind: Kind = "ec") -> Pair:
    """Sign a server's certificate for names and addresses, with its `key` or a new one of a `kind`.

    The authority's certificate stands behind it in the file, as servers send it. Raises `BrokerError` if the clock
    cannot be right.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.x509.oid import ExtendedKeyUsageOID

    _believable(now)
    issuer = x509.load_pem_x509_certificate(authority.certificate)
    signer = serialization.load_pem_private_key(authority.key, None)
    own: Key | None = None
    if key is not None:
        loaded = serialization.load_pem_private_key(key, None)
        own = loaded if isinstance(loaded, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) else None
    if own is None:
        own = ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else rsa.generate_private_key(65537, 2048)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise BrokerError("expected an authority with a key on a curve, as `reverbere broker setup` makes it")
    builder = _begun(_name(names[0]), issuer.subject, now + SERVER_LASTS).public_key(own.public_key())
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = (
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_usage(signs=False, wraps=isinstance(own, rsa.RSAPrivateKey)), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.SubjectAlternativeName([_alternative(name) for name in names]), False),
        (x509.SubjectKeyIdentifier.from_public_key(own.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False),
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    made = _signed(builder, own, signer)
    return Pair(made.certificate + authority.certificate, made.key)


def looked_at(certificate: bytes) -> Server:
    """Read a server's certificate; the first one of a file."""
    from cryptography import x509

    found_ = x509.load_pem_x509_certificate(certificate)
    said = found_.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    names = (*said.get_values_for_type(x509.DNSName), *map(str, said.get_values_for_type(x509.IPAddress)))
    return Server(names, found_.not_valid_after_utc)


def kind_of(key: bytes) -> Kind | None:
    """Of which kind a secret key is; None for one of another kind, or none."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    if not key:
        return None
    loaded = serialization.load_pem_private_key(key, None)
    return (
        "ec"
        if isinstance(loaded, ec.EllipticCurvePrivateKey)
        else "rsa"
        if isinstance(loaded, rsa.RSAPrivateKey)
        else None
    )


def signed_by(certificate: bytes, authority: bytes) -> bool:
    """Whether a server's certificate was signed by an authority."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature

    one, issuer = x509.load_pem_x509_certificate(certificate), x509.load_pem_x509_certificate(authority)
    try:
        one.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def der(certificate: bytes) -> bytes:
    """A certificate as the small libraries of devices want it."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    return x509.load_pem_x509_certificate(certificate).public_bytes(Encoding.DER)


def _begun(subject: "x509.Name", issuer: "x509.Name", until: datetime) -> "x509.CertificateBuilder":
    from cryptography import x509

    # Later years are written in another way (RFC 5280, 4.1.2.5), over which small libraries stumble.
    end = min(until, datetime(2049, 12, 31, tzinfo=UTC)).replace(microsecond=0)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer)
    return builder.serial_number(x509.random_serial_number()).not_valid_before(BEGINNING).not_valid_after(end)


def _signed(builder: "x509.CertificateBuilder", key: "Key", signer: "ec.EllipticCurvePrivateKey") -> Pair:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    certificate = builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.PEM)
    return Pair(certificate, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _usage(*, signs: bool, wraps: bool = False) -> "x509.KeyUsage":
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not signs,
        key_encipherment=wraps,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> "x509.Name":
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common[:64])])


def _alternative(name: str) -> "x509.GeneralName":
    from cryptography import x509

    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _believable(now: datetime) -> None:
    if now < BUILT:
        raise BrokerError(
            f"expected a clock that is set before a certificate is made, found {now:%Y-%m-%d}: it would end too early"
        )
