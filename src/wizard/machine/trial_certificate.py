"""The self-signed certificate of a trial: made for the current names and addresses, and made again when they change."""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from wizard.deployment import Deployment
from wizard.machine import certificates

DAYS = 30
"""How long a certificate is valid."""
_RENEW = 7
"""Days before expiry from which it is made again."""
_ISSUER = "Serving Wizard trial"


def renewed(deployment: Deployment, folder: Path) -> tuple[str, str] | None:
    """`tls.crt` and `tls.key` for a folder that has none, or whose own no longer fit; else None.

    A certificate that somebody else put there stays.
    """
    certificate, key = folder / "tls.crt", folder / "tls.key"
    wanted = _wanted(deployment)
    if certificate.exists() and key.exists() and _fits(certificate, key, wanted):
        return None
    return _signed(wanted)


def _wanted(deployment: Deployment) -> tuple[str, ...]:
    """Names that clients use, those of the containers on their networks, and the addresses of this machine."""
    addresses = {*deployment.host.loopbacks, *(i.address for i in deployment.host.own_addresses)}
    inside = {endpoint.served_by for endpoint in deployment.endpoints if endpoint.tls and deployment.networks}
    names = dict.fromkeys(("localhost", *deployment.plan.gateway.names, *sorted(inside)))
    return (*names, *sorted(addresses))


def _fits(certificate: Path, key: Path, wanted: tuple[str, ...]) -> bool:
    found = certificates.look(certificate, key)
    if not found.certificate.trouble and found.certificate.issuer != _ISSUER:
        return True
    whole = not found.certificate.trouble and not found.key.trouble and found.belong_together
    return whole and found.certificate.days_left > _RENEW and set(found.certificate.names) == set(wanted)


def _signed(wanted: tuple[str, ...]) -> tuple[str, str]:
    """An RSA certificate, which every server here can use, and its key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _ISSUER)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName([_general_name(each) for each in wanted]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii"), pem.decode("ascii")


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
