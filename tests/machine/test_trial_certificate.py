"""The certificate of a trial follows the names and dates of now; somebody else's is left alone."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from wizard.deployment import Deployment
from wizard.host import Host, Interface
from wizard.machine import tokens, trial_certificate
from wizard.placement.resolve import resolve
from wizard.plan import Plan


def deployment(*names: str, host: Host | None = None) -> Deployment:
    parts: dict[str, Any] = {
        "server": "torchserve",
        "models": [{"name": "echo", "path": "/echo.mar"}],
        "tls": {"mode": "self-signed"},
        "gateway": {"kind": "nginx", "names": names},
    }
    return resolve(Plan.model_validate(parts), host or Host())


def certificate(folder: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / "secrets" / "tls.crt").read_bytes())


def names(folder: Path) -> set[str]:
    found = certificate(folder).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {*found.get_values_for_type(x509.DNSName), *map(str, found.get_values_for_type(x509.IPAddress))}


def test_a_name_or_an_address_that_is_new_or_gone_makes_it_anew(tmp_path: Path) -> None:
    tokens.ensure(deployment(), tmp_path)
    assert "models.example" not in names(tmp_path)
    tokens.ensure(deployment("models.example"), tmp_path)
    assert {"localhost", "127.0.0.1", "models.example"} <= names(tmp_path)
    moved = Host(interfaces=(Interface("eth0", "10.0.0.5", 24, "private"),))
    tokens.ensure(deployment("models.example", host=moved), tmp_path)
    assert {"10.0.0.5", "models.example"} <= names(tmp_path)
    tokens.ensure(deployment(), tmp_path)
    assert not {"10.0.0.5", "models.example"} & names(tmp_path)


def test_nothing_changes_while_it_fits(tmp_path: Path) -> None:
    tokens.ensure(deployment("models.example"), tmp_path)
    first = certificate(tmp_path)
    tokens.ensure(deployment("models.example"), tmp_path)
    assert certificate(tmp_path) == first


@pytest.mark.parametrize("days", [0, 1])
def test_one_that_ended_or_soon_ends_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    monkeypatch.setattr(trial_certificate, "DAYS", days)
    tokens.ensure(deployment(), tmp_path)
    monkeypatch.undo()
    tokens.ensure(deployment(), tmp_path)
    left = certificate(tmp_path).not_valid_after_utc - datetime.datetime.now(datetime.UTC)
    assert left > datetime.timedelta(days=20)


@pytest.mark.parametrize("broken", ["tls.crt", "tls.key"])
def test_a_file_that_is_no_certificate_or_no_key_is_made_anew(tmp_path: Path, broken: str) -> None:
    tokens.ensure(deployment(), tmp_path)
    (tmp_path / "secrets" / broken).write_text("nothing")
    tokens.ensure(deployment(), tmp_path)
    key = serialization.load_pem_private_key((tmp_path / "secrets" / "tls.key").read_bytes(), None)
    assert key.public_key() == certificate(tmp_path).public_key()


def test_a_certificate_of_somebody_else_stays_whatever_its_names(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Our own authority")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=3))
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "tls.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "tls.key").write_text("kept as it is")
    tokens.ensure(deployment("models.example"), tmp_path)
    assert certificate(tmp_path) == made
    assert (folder / "tls.key").read_text() == "kept as it is"
