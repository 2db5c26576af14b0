"""Examine a certificate and its private key. Of the key, only its kind is kept."""

from __future__ import annotations

import datetime
import difflib
import re
import ssl
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from wizard.deployment.certificate import Certificate, KeyPair, PrivateKey, Trouble
from wizard.fast_start import regex
from wizard.models import disk

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

_LARGEST = 1 << 20
"""Bytes; a certificate chain has a few kilobytes."""
_DAY = 86_400.0
_ONE_BLOCK = regex(rb"\s*-----BEGIN [^-]+-----[^-]+-----END [^-]+-----\s*\Z")
_MARK = b"\xef\xbb\xbf"
_CERTIFICATE, _PRIVATE = (
    regex(rb"^(?:%s)?-----BEGIN %s-----[ \t]*\r?$" % (_MARK, what), re.MULTILINE)
    for what in (rb"(?:X509 )?CERTIFICATE", rb"(?:[A-Z0-9]+ )*PRIVATE KEY")
)
"""A first line as OpenSSL wants it. `cryptography` also reads one that is indented or has more behind it."""
_ALIKE = 0.7
"""How similar two names have to be, from 0 to 1, for one to be a misspelling of the other."""


def look(certificate: Path, key: Path) -> KeyPair:
    """What is at both paths, and whether they belong together. Never raises."""
    found, its_key = _certificate(certificate)
    secret, loaded = _key(key)
    together = its_key is None or loaded is None or _same(its_key, loaded.public_key())
    whole = its_key is not None and loaded is not None and together
    return KeyPair(found, secret, together, _unvouched(certificate, key) if whole else "")


_NOBODY = {18: "it is signed by itself", 19: "the authority above it is not known here"} | dict.fromkeys(
    (20, 21), "who signed it is not known here"
)
"""X509_V_ERR_* codes of OpenSSL which mean that no trusted authority vouches for a certificate."""


def _unvouched(certificate: Path, key: Path) -> str:
    """What a client with this machine's trusted authorities says when a server presents this pair.

    Both sides run in memory, and the name is not checked: TLS-NAME does that.
    """
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    client = ssl.create_default_context()
    client.check_hostname = False
    client.verify_flags &= ~ssl.VERIFY_X509_STRICT  # checks that only Python's client makes
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        server.load_cert_chain(certificate, key, password="")
        sides = (
            client.wrap_bio(to_client, to_server),
            server.wrap_bio(to_server, to_client, server_side=True),
        )
        for side in sides * 3:
            with suppress(ssl.SSLWantReadError):
                side.do_handshake()
    except ssl.SSLCertVerificationError as refusal:
        return _NOBODY.get(refusal.verify_code, "")
    except (OSError, ValueError):  # a pair that OpenSSL refuses
        pass
    return ""


def _read(path: Path) -> tuple[bytes, Trouble]:
    try:
        with disk.open_regular(path) as file:
            return file.read(_LARGEST), ""
    except (disk.NotRegularError, IsADirectoryError):
        return b"", "not-a-file"
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return b"", "missing"
    except OSError:
        return b"", "closed"


def _meant(path: Path, trouble: Trouble) -> str:
    """The file in that folder whose name is most similar to that of a missing one."""
    if trouble != "missing":
        return ""
    listing = disk.try_listing(path.parent)
    names = [entry.path.name for entry in listing.files()] if listing else []
    return next(iter(difflib.get_close_matches(path.name, names, n=1, cutoff=_ALIKE)), "")


def _certificate(path: Path) -> tuple[Certificate, PublicKeyTypes | None]:
    data, trouble = _read(path)
    if trouble:
        return Certificate(trouble, _meant(path, trouble)), None
    if not _CERTIFICATE.search(data):
        return Certificate("not-pem"), None
    try:
        first = x509.load_pem_x509_certificate(data)
        now = datetime.datetime.now(datetime.UTC)
        found = Certificate(
            names=_names(first),
            issuer=_issuer(first),
            days_until_valid=(first.not_valid_before_utc - now).total_seconds() / _DAY,
            days_left=(first.not_valid_after_utc - now).total_seconds() / _DAY,
            with_key=b"PRIVATE KEY-----" in data,
            marked=data.startswith(_MARK),
        )
        return found, first.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return Certificate("not-pem"), None


def _issuer(certificate: x509.Certificate) -> str:
    found = certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    """The alternative names; browsers and current clients check no others."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension):
        return ()
    found = [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]
    return tuple(name.lower() for name in found)


def _key(path: Path) -> tuple[PrivateKey, PrivateKeyTypes | None]:
    data, trouble = _read(path)
    if trouble:
        return PrivateKey(trouble, _meant(path, trouble)), None
    open_to_others = bool(path.stat().st_mode & stat.S_IROTH)
    if not _PRIVATE.search(data):
        return PrivateKey("not-pem", open_to_others=open_to_others), None
    try:
        loaded = load_pem_private_key(data, password=None)
    except TypeError:  # it has a password; which kind it is cannot be seen without
        return PrivateKey(encrypted=True, open_to_others=open_to_others), None
    except (ValueError, UnsupportedAlgorithm):
        return PrivateKey("not-pem", open_to_others=open_to_others), None
    bits = loaded.key_size if isinstance(loaded, RSAPrivateKey) else 0
    more = not _ONE_BLOCK.match(data)
    return PrivateKey(kind=_kind(loaded), bits=bits, open_to_others=open_to_others, with_more=more), loaded


def _kind(key: PrivateKeyTypes) -> str:
    if isinstance(key, RSAPrivateKey):
        return "RSA"
    if isinstance(key, EllipticCurvePrivateKey):
        return "EC"
    return type(key).__name__.removesuffix("PrivateKey").removeprefix("_")


def _same(one: PublicKeyTypes, other: PublicKeyTypes) -> bool:
    def spelled(key: PublicKeyTypes) -> bytes:
        return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    return spelled(one) == spelled(other)
