"""What was found at the paths of a certificate and its private key, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Trouble = Literal["", "missing", "closed", "not-a-file", "not-pem"]
"""Why a file cannot be used: it does not exist, cannot be read, is not a regular file, or does not contain what is
needed."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """The first certificate of a PEM file. Times are in days from when it was looked at."""

    trouble: Trouble = ""
    meant: str = ""
    """If the file does not exist: the most similar name next to it, "" = none is similar."""
    names: tuple[str, ...] = ()
    """DNS names and IP addresses that it is valid for; a name may begin with `*.`."""
    issuer: str = ""
    """The common name of the issuer."""
    days_until_valid: float = 0.0
    """Above 0: it is not valid yet."""
    days_left: float = 0.0
    """Below 0: it has expired."""
    with_key: bool = False
    """The file also holds a private key."""
    marked: bool = False
    """The file begins with a byte order mark, as some editors on Windows write it."""


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """The private key of a PEM file."""

    trouble: Trouble = ""
    meant: str = ""
    """As for a certificate."""
    kind: str = ""
    """`RSA`, `EC`, `Ed25519` or another; "" if unknown."""
    bits: int = 0
    """Length of an RSA key; 0 = of another kind, or unknown."""
    encrypted: bool = False
    """It is protected by a password."""
    open_to_others: bool = False
    """Other users of this machine may read it."""
    with_more: bool = False
    """The file also holds something else, such as the certificate or a heading."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A certificate and a key as the answers name them."""

    certificate: Certificate
    key: PrivateKey
    belong_together: bool = True
    """False: the key does not belong to the certificate. Also True if one of them could not be read."""
    unvouched: str = ""
    """What a client on this machine says about a certificate that no trusted authority signed; "" = one did, or it
    could not be determined."""
