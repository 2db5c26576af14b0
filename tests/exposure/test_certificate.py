"""A certificate and its key are looked at, and each thing that is wrong with them is a finding."""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from tests.support.plans import plan as make
from tests.support.random_plans import HOSTS
from wizard.deployment.finding import Finding
from wizard.exposure.findings.certificate import covers
from wizard.machine import measured_findings
from wizard.placement.resolve import resolve
from wizard.plan import Plan

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
GATED = {"gateway": {"kind": "nginx"}}


@pytest.fixture(autouse=True)
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine trusts the certificate that `write` makes, and nobody else."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))


def write(
    folder: Path,
    key: Any = RSA,
    names: tuple[str, ...] = ("localhost",),
    first: float = -1,
    last: float = 90,
    **of: Any,
) -> None:
    """server.pem and server.key: valid from `first` to `last` days from now; `of`: the key the certificate is for."""
    now = datetime.datetime.now(datetime.UTC)
    name, certified = x509.Name([]), of.get("certified", key)
    alternatives = [x509.IPAddress(ipaddress.ip_address(n)) if n[0].isdigit() else x509.DNSName(n) for n in names]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(certified.public_key())
        .serial_number(1)
        .not_valid_before(now + datetime.timedelta(days=first))
        .not_valid_after(now + datetime.timedelta(days=last))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .sign(certified, None if isinstance(certified, ed25519.Ed25519PrivateKey) else hashes.SHA256())
    )
    (folder / "server.pem").write_bytes(made.public_bytes(Encoding.PEM))
    password = of.get("password")
    secret = BestAvailableEncryption(password) if password else NoEncryption()
    (folder / "server.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret))
    (folder / "server.key").chmod(of.get("mode", 0o600))


def found(folder: Path, **parts: Any) -> tuple[Finding, ...]:
    files = {"mode": "files", "certificate": "server.pem", "key": "server.key"}
    deployment = resolve(make(tls=files, **parts), HOSTS[1])
    return measured_findings.findings(deployment, {}, folder)


def ids(folder: Path, **parts: Any) -> dict[str, str]:
    return {f.id: f.severity for f in found(folder, **parts)}


def test_nothing_is_said_of_a_pair_that_is_fine(tmp_path: Path) -> None:
    write(tmp_path)
    assert ids(tmp_path) == {}
    write(tmp_path, EC)
    assert ids(tmp_path, **GATED) == {}
    write(tmp_path, ed25519.Ed25519PrivateKey.generate())
    assert ids(tmp_path, **GATED) == {}


def test_nothing_is_said_where_nothing_is_encrypted(tmp_path: Path) -> None:
    deployment = resolve(make(bind={"inference": {"scope": "loopback"}}), HOSTS[1])
    assert measured_findings.findings(deployment, {}, tmp_path) == ()


def test_files_that_are_not_there(tmp_path: Path) -> None:
    missing = found(tmp_path)
    assert [(f.id, f.severity, f.subject) for f in missing] == [
        ("TLS-FILE-MISSING", "functional", "certificate"),
        ("TLS-FILE-MISSING", "functional", "private key"),
    ]
    assert "server.pem" in missing[0].message
    assert all(f.remedies for f in missing)


@pytest.mark.parametrize("name", ["server.pem", "server.key"])
def test_what_is_no_file(tmp_path: Path, name: str) -> None:
    write(tmp_path)
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    assert ids(tmp_path) == {"TLS-FILE-MISSING": "functional"}


@pytest.mark.parametrize("name", ["server.pem", "server.key"])
@pytest.mark.parametrize(
    "text", ["#!/bin/sh\necho no\n", "", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_what_is_no_pem(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path)
    (tmp_path / name).write_text(text)
    assert ids(tmp_path) == {"TLS-NOT-PEM": "functional"}


def test_certificate_and_key_exchanged(tmp_path: Path) -> None:
    write(tmp_path)
    certificate, key = (tmp_path / "server.pem").read_bytes(), (tmp_path / "server.key").read_bytes()
    (tmp_path / "server.pem").write_bytes(key)
    (tmp_path / "server.key").write_bytes(certificate)
    (tmp_path / "server.key").chmod(0o600)
    assert ids(tmp_path) == {"TLS-NOT-PEM": "functional"}


def test_a_key_of_another_certificate(tmp_path: Path) -> None:
    write(tmp_path, certified=rsa.generate_private_key(public_exponent=65537, key_size=2048))
    assert ids(tmp_path) == {"TLS-KEY-MISMATCH": "functional"}


def test_a_key_with_a_password(tmp_path: Path) -> None:
    write(tmp_path, password=b"secret")
    assert ids(tmp_path) == {"TLS-KEY-ENCRYPTED": "functional"}
    assert ids(tmp_path, **GATED) == {"TLS-KEY-ENCRYPTED": "functional"}


@pytest.mark.parametrize("parts", [{}, GATED, {"server": "llama-server"}])
def test_an_rsa_key_that_is_too_short(tmp_path: Path, parts: dict[str, Any]) -> None:
    write(tmp_path, rsa.generate_private_key(public_exponent=65537, key_size=1024))
    assert ids(tmp_path, **parts)["TLS-KEY-SMALL"] == "functional"
    assert "1024" in next(f.message for f in found(tmp_path, **parts) if f.id == "TLS-KEY-SMALL")


@pytest.mark.parametrize("name", ["server.pem", "server.key"])
@pytest.mark.parametrize(("old", "new"), [("\n", ""), ("-----\n", "----- "), ("-----BEGIN", "  -----BEGIN")])
def test_what_openssl_does_not_take_for_pem(tmp_path: Path, name: str, old: str, new: str) -> None:
    write(tmp_path)
    (tmp_path / name).write_text((tmp_path / name).read_text().replace(old, new))
    assert ids(tmp_path, **GATED) == {"TLS-NOT-PEM": "functional"}


def test_how_a_file_may_be_written(tmp_path: Path) -> None:
    write(tmp_path)
    for name in ("server.pem", "server.key"):
        lines = (tmp_path / name).read_text().replace("\n", "\r\n").replace("-----\r", "----- \r")
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + lines.encode())
    assert ids(tmp_path, **GATED) == {}


def test_a_byte_order_mark_that_the_server_itself_cannot_read(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "server.pem").write_bytes(b"\xef\xbb\xbf" + (tmp_path / "server.pem").read_bytes())
    said = found(tmp_path)
    assert [(f.id, f.severity) for f in said] == [("TLS-FILES-MIXED", "functional")]
    assert "byte order mark" in said[0].message
    assert ids(tmp_path, **GATED) == {}


def test_a_server_that_takes_rsa_only(tmp_path: Path) -> None:
    write(tmp_path, EC)
    said = found(tmp_path)
    assert [(f.id, f.severity) for f in said] == [("TLS-KEY-KIND", "functional")]
    assert "EC" in said[0].message and "RSA" in said[0].message
    assert dict(said[0].remedies[0].patch) == {"gateway.kind": "nginx"}


def test_a_server_that_takes_each_in_a_file_of_its_own(tmp_path: Path) -> None:
    write(tmp_path)
    certificate, key = tmp_path / "server.pem", tmp_path / "server.key"
    pair = (certificate.read_text(), key.read_text())
    for texts in (("".join(pair), pair[1]), (pair[0], "".join(pair)), (pair[0], f"Bag Attributes\n{pair[1]}")):
        certificate.write_text(texts[0])
        key.write_text(texts[1])
        assert ids(tmp_path) == {"TLS-FILES-MIXED": "functional"}
        assert ids(tmp_path, **GATED) == {}
    certificate.write_text(f"subject=CN = localhost\n{pair[0]}{pair[0]}")
    key.write_text(f"\n{pair[1]}\n")
    assert ids(tmp_path) == {}


def test_a_key_that_others_may_read(tmp_path: Path) -> None:
    write(tmp_path, mode=0o644)
    assert ids(tmp_path) == {"TLS-KEY-OPEN": "medium"}


@pytest.mark.parametrize(
    ("first", "last", "expected", "severity"),
    [(-90, -1, "TLS-EXPIRED", "functional"), (-1, 20, "TLS-EXPIRES", "medium"), (2, 90, "TLS-NOT-YET", "functional")],
)
def test_when_it_is_valid(tmp_path: Path, first: float, last: float, expected: str, severity: str) -> None:
    write(tmp_path, first=first, last=last)
    assert ids(tmp_path) == {expected: severity}


def test_the_days_that_are_left_are_said(tmp_path: Path) -> None:
    write(tmp_path, last=12.5)
    assert [f.message for f in found(tmp_path)] == ["The certificate expires in 12 days."]


def test_the_name_it_is_called_by(tmp_path: Path) -> None:
    at = {"bind": {"inference": {"scope": "interface", "address": "10.0.0.5"}}}
    write(tmp_path)
    said = found(tmp_path, **at)
    assert [f.id for f in said] == ["TLS-NAME"]
    assert "10.0.0.5" in said[0].message and "localhost" in said[0].message
    write(tmp_path, names=("10.0.0.5",))
    assert ids(tmp_path, **at) == {}
    write(tmp_path, names=("*.example.com",))
    named = {**at, "gateway": {"kind": "nginx", "names": ["models.example.com"]}}
    assert ids(tmp_path, **named) == {}
    assert "TLS-NAME" in ids(tmp_path, **{**at, "gateway": {"kind": "nginx", "names": ["a.b.example.com"]}})


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    assert ids(tmp_path) == {"TLS-FILE-MISSING": "functional"}
    write(tmp_path)
    assert ids(tmp_path) == {}


@pytest.mark.parametrize(
    ("known", "name", "good"),
    [
        ("models.example", "MODELS.example", True),
        ("*.example", "models.example", True),
        ("*.example", "a.models.example", False),
        ("*.example", "example", False),
        ("10.0.0.5", "10.0.0.5", True),
        ("10.0.0.5", "10.0.0.6", False),
        ("fd00::5", "fd00:0:0::5", True),
        ("*.0.0.5", "10.0.0.5", False),
    ],
)
def test_a_star_is_one_whole_label(known: str, name: str, good: bool) -> None:
    assert covers(known, name) is good


def test_what_is_wrong_with_it_is_said_by_generate_too(tmp_path: Path) -> None:
    from wizard.machine import project

    plan = Plan.model_validate(
        {"server": "torchserve", "tls": {"mode": "files", "certificate": "server.pem", "key": "server.key"}}
    )
    made = project.prepare(plan, tmp_path, tmp_path / "out", HOSTS[1])
    assert {f.id for f in made.findings} >= {"TLS-FILE-MISSING", "NO-MODEL"}


def test_a_name_that_is_nearly_right_is_one_key_away(tmp_path: Path) -> None:
    from wizard.deployment.certificate import Certificate, KeyPair, PrivateKey
    from wizard.exposure.findings.certificate import find
    from wizard.machine import certificates

    (tmp_path / "server.pem").write_text("x")
    (tmp_path / "notes.txt").write_text("x")
    seen = certificates.look(tmp_path / "sever.pem", tmp_path / "nothing-like-it.key")
    assert (seen.certificate.meant, seen.key.meant) == ("server.pem", "")
    tls = {"mode": "files", "certificate": "./certs/sever.pem", "key": "k.pem"}
    deployment = resolve(make("tensorflow-serving", tls=tls))
    (found,) = find(deployment, KeyPair(Certificate("missing", "server.pem"), PrivateKey()))
    assert found.remedies[0].patch == (("tls.certificate", "./certs/server.pem"),)


@pytest.mark.parametrize("audiences", [[], ["web-app"]])
def test_callers_of_a_certificate_that_nobody_vouches_for_must_be_given_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, audiences: list[str]
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    write(tmp_path)
    (said,) = (each for each in found(tmp_path, audiences=audiences, **GATED) if each.id == "TLS-UNVOUCHED")
    assert said.message.endswith("it is signed by itself.")
    assert ("page" in said.why) == bool(audiences)
