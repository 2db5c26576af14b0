"""Random Plans by the thousand: the same seed always makes the same ones."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from tests.support.plans import ADDRESSES, ORIGINS, VERSIONS
from wizard import servers
from wizard.host import Host, Interface
from wizard.plan import Api, Plan, apply_patch

_LOOPBACK = Interface("lo", "127.0.0.1", 8, "loopback")
_PRIVATE = Interface("eth0", "10.0.0.5", 24, "private")
HOSTS = (
    Host(),
    Host(interfaces=(_LOOPBACK, _PRIVATE)),
    Host(interfaces=(_LOOPBACK, _PRIVATE, Interface("eth0", "fd00::5", 64, "private")), firewall="ufw"),
    Host(interfaces=(_LOOPBACK, _PRIVATE, Interface("eth1", "8.8.8.8", 24, "public")), firewall="firewalld"),
)
WIDER = {
    "off": ("socket", "internal", "loopback", "interface", "all"),
    "socket": ("loopback", "interface", "all"),
    "internal": ("loopback", "interface", "all"),
    "loopback": ("interface", "all"),
    "interface": ("all",),
    "all": (),
}
"""Scope -> the scopes that take in more callers."""


def listener(scope: str, random: Random) -> dict[str, Any]:
    """A Listener with an address where the scope needs one."""
    found: dict[str, Any] = {"scope": scope}
    if scope == "interface":
        found["address"] = random.choice(ADDRESSES)
    if scope == "socket":
        found["address"] = "/tmp/x/y.sock"
    if random.random() < 0.3:
        found["port"] = random.randint(1024, 1034)
    return found


def _rule(random: Random) -> dict[str, Any]:
    origins = ["*"] if random.random() < 0.2 else random.sample(ORIGINS, random.choice((0, 0, 1, 2, 3)))
    return {
        "origins": origins,
        "headers": random.sample(("content-type", "authorization", "x-a", "*"), random.randint(0, 3)),
        "methods": random.sample(("GET", "POST", "PUT"), random.randint(0, 3)),
        "credentials": random.random() < 0.3,
        "max_age": random.choice((0, 600, 7200)),
    }


def random_plan(random: Random) -> Plan:
    """A Plan of answers that are each valid; they need not fit together."""
    server = random.choice(servers.names())
    ending = "" if server == "tensorflow-serving" else ".mar"
    names = random.choice(((), ("m",), ("m",), ("m", "n")))
    data: dict[str, Any] = {
        "server": server,
        "version": random.choice(VERSIONS.get(server, ("",))),
        "models": [{"name": name, "path": f"/models/{name}{ending}"} for name in names],
        "audiences": random.sample(("me", "browser", "web-app", "containers", "lan", "internet"), random.randint(0, 3)),
        "run": {
            "how": random.choice(("docker", "docker", "native")),
            "network": random.choice(("bridge", "bridge", "host")),
        },
        "bind": {},
        "cors": {"inference": _rule(random), "management": _rule(random)},
        "auth": {},
        "tls": {"mode": random.choice(("off", "off", "self-signed"))},
        "gateway": {"kind": random.choice(("auto", "auto", "nginx", "none"))},
    }
    for api in ("inference", "management"):
        token = random.choice(("none", "none", "server-token", "gateway-token", None))
        if token:
            data["auth"][api] = token
    for api in ("inference", "management", "metrics", "grpc", "grpc_management"):
        if random.random() < 0.6:
            data["bind"][api] = listener(random.choice(tuple(WIDER)), random)
    return Plan.model_validate(data)


def random_plans(number: int, seed: int = 1) -> Iterator[tuple[Plan, Host]]:
    """So many Plans, each with a machine to run it on."""
    random = Random(seed)
    for _ in range(number):
        yield random_plan(random), random.choice(HOSTS)


def widened(plan: Plan, completed: Plan, random: Random) -> tuple[Plan, Api] | None:
    """The Plan with one API of its server open to more callers, and which; None where all are open to everyone."""
    apis = [spec.api for spec in servers.adapter(plan.server).apis]
    random.shuffle(apis)
    for api in apis:
        now = completed.listener(api)
        choices = WIDER[now.scope] if now else ()
        if now and choices:
            wider = listener(random.choice(choices), random)
            wider["port"] = now.port
            return apply_patch(plan, {f"bind.{api}": wider}), api
    return None
