"""What is at the paths of a certificate and its private key, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Trouble = Literal["", "missing", "closed", "not-a-file", "not-pem"]
"""Why a file is of no use: nothing there, no right to read it, no regular file, or nothing in it that is looked for."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """The first certificate of a PEM file. Times are days from when it was looked at."""

    trouble: Trouble = ""
    meant: str = ""
    """Nothing is there: the name beside it that is most like the one given, "" = none is."""
    names: tuple[str, ...] = ()
    """DNS names and IP addresses that it is for; a name may begin with `*.`."""
    issuer: str = ""
    """The common name of who signed it."""
    days_until_valid: float = 0.0
    """Above 0: it is not valid yet."""
    days_left: float = 0.0
    """Below 0: it has expired."""


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """The private key of a PEM file."""

    trouble: Trouble = ""
    meant: str = ""
    """As that of a certificate."""
    kind: str = ""
    """`RSA`, `EC`, `Ed25519` or another; "" where that is not known."""
    encrypted: bool = False
    """It has a password."""
    open_to_others: bool = False
    """Other users of this machine may read it."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A certificate and a key as the answers name them."""

    certificate: Certificate
    key: PrivateKey
    belong_together: bool = True
    """False: the key is not the certificate's. True also where one of them could not be read."""
    unvouched: str = ""
    """What a client on this machine says of a certificate that no authority it trusts vouches for; "" = one does, or
    that could not be told."""
