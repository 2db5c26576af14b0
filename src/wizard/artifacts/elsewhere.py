"""The request from another machine, as EXPOSURE.md prints it, with the files that have to be copied there."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from wizard.artifacts import calling
from wizard.artifacts.markdown import fenced
from wizard.deployment import Deployment, Endpoint


def request(deployment: Deployment, endpoint: Endpoint, wanted: calling.Call) -> Iterator[str]:
    """The same request to an address that others can reach; nothing if only this machine can call."""
    if not endpoint.beyond_loopback or wanted.socket:
        return
    address = _address(deployment, endpoint)
    if not address:
        yield "From another machine, put the address or name of this one in place of 127.0.0.1.\n\n"
        return
    near, far = (f"[{each}]" if ":" in each else each for each in (endpoint.near_address, address))
    there = replace(
        wanted,
        url=wanted.url.replace(f"//{near}:", f"//{far}:", 1),
        connect=wanted.connect.replace(f"{near}:", f"{far}:", 1),
        certificate=PurePosixPath(wanted.certificate).name if wanted.certificate else "",
    )
    carried = [f"`{wanted.certificate}` copied there"] if wanted.certificate else []
    carried += ["the token in place of TOKEN"] if wanted.token is not None else []
    with_ = f", with {' and '.join(carried)}" if carried else ""
    yield f"From another machine{with_}:\n\n" + fenced("sh", calling.curl(there, ".", "TOKEN"))


def _address(deployment: Deployment, endpoint: Endpoint) -> str:
    """The first address of this machine at which others reach it, "" = none is known."""
    own = [interface.address for interface in deployment.host.own_addresses]
    found = own if "" in endpoint.host_addresses else endpoint.host_addresses
    return next((each for each in found if not ipaddress.ip_address(each.partition("%")[0]).is_loopback), "")
