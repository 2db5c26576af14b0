"""What the state of a certificate and its private key means for the deployment that will use them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from pathlib import PurePath

from wizard import registry
from wizard.deployment import Deployment
from wizard.deployment.certificate import Certificate, KeyPair, PrivateKey, Trouble
from wizard.deployment.finding import Finding, Remedy, remedy
from wizard.exposure.findings.folding import listed
from wizard.exposure.findings.known import finding
from wizard.plan import PAGE_AUDIENCES
from wizard.servers.contract import Abilities

_GUARD = remedy("Let the gateway encrypt", gateway__kind="nginx")
_SOON = 30
"""Days before expiry from which a certificate should be renewed."""
_FEWEST_BITS = 2048
"""Of an RSA key, at OpenSSL's security level 2: the usual one in Debian, in Ubuntu, and from OpenSSL 3.2 on."""
_TROUBLES: dict[Trouble, tuple[str, str]] = {
    "missing": ("TLS-FILE-MISSING", "There is nothing at {path}, which should be the {what}."),
    "closed": ("TLS-FILE-MISSING", "{path}, the {what}, cannot be read by you."),
    "not-a-file": ("TLS-FILE-MISSING", "{path}, which should be the {what}, is not a regular file."),
    "not-pem": ("TLS-NOT-PEM", "{path} holds no {what} in PEM form."),
}


def find(deployment: Deployment, seen: KeyPair) -> Iterator[Finding]:
    """What will not work with these files, or not for long, or not for everybody."""
    tls = deployment.plan.tls
    trial = (remedy("Use a self-signed certificate", tls__mode="self-signed", tls__certificate="", tls__key=""),)
    beside = _beside("tls.certificate", tls.certificate, seen.certificate.meant)
    yield from _trouble(seen.certificate.trouble, "certificate", tls.certificate, (*beside, *trial))
    beside = _beside("tls.key", tls.key, seen.key.meant)
    yield from _trouble(seen.key.trouble, "private key", tls.key, (*beside, *trial))
    if not seen.belong_together:
        yield finding("TLS-KEY-MISMATCH", remedies=trial)
    yield from _key(deployment, seen.key, trial)
    yield from _apart(deployment, seen)
    if not seen.certificate.trouble:
        yield from _time(seen.certificate)
        yield from _names(deployment, seen.certificate)
    if seen.unvouched:
        yield _unvouched(deployment, seen)


def _beside(key: str, path: str, meant: str) -> tuple[Remedy, ...]:
    """The path that was probably meant, if a very similar one exists."""
    if not meant:
        return ()
    right = path[: len(path) - len(PurePath(path).name)] + meant
    return (Remedy(f"Use {right}", ((key, right),)),)


def _trouble(trouble: Trouble, what: str, path: str, fixes: tuple[Remedy, ...]) -> Iterator[Finding]:
    if trouble:
        id_, message = _TROUBLES[trouble]
        yield finding(id_, remedies=fixes, message=message.format(path=path, what=what), subject=what)


def _key(deployment: Deployment, key: PrivateKey, fixes: tuple[Remedy, ...]) -> Iterator[Finding]:
    if key.encrypted:
        yield finding("TLS-KEY-ENCRYPTED")
    if key.open_to_others:
        yield finding("TLS-KEY-OPEN")
    if 0 < key.bits < _FEWEST_BITS:
        message = f"The RSA key has {key.bits} bits; at least {_FEWEST_BITS} are needed."
        yield finding("TLS-KEY-SMALL", remedies=fixes, message=message)
    able = _server(deployment)
    if able and key.kind and able.tls_keys and key.kind not in able.tls_keys:
        message = (
            f"This is an {key.kind} key; {deployment.title} itself can use {listed(list(able.tls_keys))} keys only."
        )
        yield finding("TLS-KEY-KIND", remedies=(_GUARD, *fixes), message=message)


def _server(deployment: Deployment) -> Abilities | None:
    """What the server can do, if it reads the two files itself."""
    plan, reads = deployment.plan, any(e.tls and e.served_by == "server" for e in deployment.endpoints)
    return registry.adapter(plan.server).abilities(plan.version) if reads else None


def _apart(deployment: Deployment, seen: KeyPair) -> Iterator[Finding]:
    """What else is in the files of a server that accepts nothing else there."""
    able = _server(deployment)
    if able and able.tls_files_apart and (seen.certificate.with_key or seen.key.with_more):
        yield finding("TLS-FILES-MIXED", remedies=(_GUARD,))
    elif able and able.tls_files_apart and seen.certificate.marked:
        message = "The certificate's file begins with a byte order mark, which the server itself cannot read."
        yield finding("TLS-FILES-MIXED", remedies=(_GUARD,), message=message)


def _time(certificate: Certificate) -> Iterator[Finding]:
    if certificate.days_left < 0:
        yield finding("TLS-EXPIRED")
    elif certificate.days_left < _SOON:
        days = int(certificate.days_left)
        left = "less than a day" if days < 1 else "one day" if days == 1 else f"{days} days"
        yield finding("TLS-EXPIRES", message=f"The certificate expires in {left}.")
    if certificate.days_until_valid > 0:
        yield finding("TLS-NOT-YET")


def _unvouched(deployment: Deployment, seen: KeyPair) -> Finding:
    """Callers do not trust it without being told to, and pages cannot even be told."""
    pages = any(endpoint.tls and endpoint.cors.origins for endpoint in deployment.endpoints)
    visited = pages or PAGE_AUDIENCES & set(deployment.plan.audiences)
    message = f"Callers must be given the certificate before they trust it: {seen.unvouched}."
    return finding("TLS-UNVOUCHED", message=message, variant="pages" if visited else "")


def _names(deployment: Deployment, certificate: Certificate) -> Iterator[Finding]:
    """The names and addresses by which clients call, but for which the certificate is not valid."""
    lacking = [name for name in _called_by(deployment) if not any(covers(known, name) for known in certificate.names)]
    if lacking:
        known = listed(list(certificate.names)) or "no name at all"
        said = f"Clients call it by {listed(lacking)}, but the certificate is for {known}."
        yield finding("TLS-NAME", message=said)


def _called_by(deployment: Deployment) -> tuple[str, ...]:
    """The given names; without any, the addresses on which it is published, if they are known."""
    names = deployment.plan.gateway.names
    if names:
        return tuple(names)
    addresses = [a for e in deployment.endpoints if e.tls for a in e.host_addresses]
    outside = [a for a in dict.fromkeys(addresses) if a and not ipaddress.ip_address(a).is_loopback]
    return tuple(outside)


def covers(known: str, name: str) -> bool:
    """Whether a name in a certificate matches a name or address (RFC 6125: `*` is one whole label)."""
    known, name = known.lower(), name.lower().rstrip(".")
    address, known_address = _address(name), _address(known)
    if address or known_address:
        return address == known_address
    head, _, rest = name.partition(".")
    return known == name or (known.startswith("*.") and bool(head) and known[2:] == rest)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
