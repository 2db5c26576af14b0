"""An address that this machine does not have is told, for each API that is to listen there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.commands import command
from tests.support.plans import plan
from wizard.exposure.findings import binds
from wizard.host import Host, Interface
from wizard.machine import hostfacts
from wizard.placement.resolve import resolve
from wizard.plan import apply_patch
from wizard.servers.sample import sample_path

LAN = Interface("eth0", "10.0.0.5", 24, "private")
SIX = Interface("eth0", "2001:db8::5", 64, "public")
HOST = Host((*Host().interfaces, LAN, SIX))


@pytest.mark.parametrize(
    ("addresses", "told"),
    [
        ("10.0.0.5", ""),
        ("2001:DB8:0::5", ""),
        ("127.0.0.1, 10.0.0.5", ""),
        ("127.0.0.9, 10.0.0.5", ""),
        ("203.0.113.77", "203.0.113.77 is an address that this machine does not have."),
        ("10.0.0.5, 10.0.0.6, fe80::1", "10.0.0.6 and fe80::1 are addresses that this machine does not have."),
    ],
)
def test_what_this_machine_does_not_have_is_named(addresses: str, told: str) -> None:
    made = plan("torchserve", bind={"inference": {"scope": "interface", "address": addresses}})
    found = tuple(binds.not_here(resolve(made, HOST)))
    assert [each.message for each in found] == [told] * bool(told)
    for each in found:
        mended = apply_patch(made, each.remedies[0].patch)
        assert not tuple(binds.not_here(resolve(mended, HOST)))


def test_generate_tells_it_and_writes_and_is_silent_about_its_own(tmp_path: Path) -> None:
    own = [each.address for each in hostfacts.measure().own_addresses]
    for address in ("203.0.113.77", *own[:1]):
        wide = ("bind.inference.scope=interface", f"bind.inference.address={address}", "tls.mode=self-signed")
        said = [word for each in wide for word in ("--set", each)]
        done = command(
            "generate", str(sample_path("torchserve")), "--out", "out", "--format", "json", *said,
            "--on-conflict=backup", cwd=tmp_path,
        )  # fmt: skip
        found = {(f["id"], f["api"]): f for f in json.loads(done.stdout)["findings"]}
        assert done.returncode == 0 and (tmp_path / "out" / "run.sh").exists(), done.stderr
        assert (("BIND-ELSEWHERE", "inference") in found) == (address not in own)
