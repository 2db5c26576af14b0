"""Hypothesis strategies for Plans, and a few plain ones."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from pydantic import ValidationError

from wizard.plan import Plan

ADDRESSES = ("10.0.0.5", "192.0.2.7", "fd00::5", "203.0.113.9", "8.8.8.8", "127.0.0.1, 10.0.0.5", "10.0.0.6, fd00::5")
ORIGINS = (
    "https://app.example",
    "https://admin.example",
    "http://localhost:3000",
    "http://127.0.0.1:3000",
    "http://intranet.example",
    "https://someone.github.io",
)
VERSIONS = {
    "llama-server": ("", "b10001", "b10434", "b11549", "b11669"),
    "torchserve": ("", "0.8.1", "0.9.0", "0.11.0", "0.11.1", "0.12.0"),
    "tensorflow-serving": ("", "2.5.1", "2.11.0", "2.19.1", "2.20.0"),
}
ENDINGS = {"llama-server": ".gguf", "torchserve": ".mar"}
"""How the files of a server's models end; the others' are folders."""


@st.composite
def listeners(draw: st.DrawFn) -> dict[str, Any] | None:
    scope = draw(st.sampled_from(("loopback", "interface", "all", "internal", "socket", "off", None)))
    if scope is None:
        return None
    found: dict[str, Any] = {"scope": scope}
    if scope == "interface":
        found["address"] = draw(st.sampled_from(ADDRESSES))
    if scope == "socket":
        found["address"] = "/tmp/x/y.sock"
    if draw(st.booleans()):
        found["port"] = draw(st.integers(1024, 1034))
    return found


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    some = st.lists(st.sampled_from(ORIGINS), max_size=3, unique=True)
    return {
        "origins": draw(st.one_of(some, st.just(["*"]))),
        "headers": draw(st.lists(st.sampled_from(("content-type", "authorization", "x-a")), unique=True)),
        "methods": draw(st.lists(st.sampled_from(("GET", "POST", "PUT")), unique=True)),
        "credentials": draw(st.booleans()),
    }


@st.composite
def served(draw: st.DrawFn) -> dict[str, Any]:
    """A server, a version of it, and a model that it takes."""
    server = draw(st.sampled_from(tuple(VERSIONS)))
    return {
        "server": server,
        "version": draw(st.sampled_from(VERSIONS[server])),
        "models": [{"name": "m", "path": f"/models/m{ENDINGS.get(server, '')}"}],
    }


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    tokens = st.sampled_from(("none", "server-token", "gateway-token", None))
    data: dict[str, Any] = {
        **draw(served()),
        "run": {
            "how": draw(st.sampled_from(("docker", "native"))),
            "network": draw(st.sampled_from(("bridge", "host"))),
            "packaging": draw(st.sampled_from(("mount", "image"))),
        },
        "bind": {},
        "cors": {"inference": draw(rules()), "management": draw(rules())},
        "auth": {k: v for k in ("inference", "management") if (v := draw(tokens)) is not None},
        "tls": {"mode": draw(st.sampled_from(("off", "self-signed")))},
        "gateway": {"kind": draw(st.sampled_from(("auto", "nginx", "none")))},
    }
    for api in ("inference", "management", "metrics", "grpc", "grpc_management"):
        listener = draw(listeners())
        if listener:
            data["bind"][api] = listener
    return Plan.model_validate(data)


def plan(server: str = "torchserve", **parts: Any) -> Plan:
    """A Plan with one model and the given tables."""
    path = f"/models/m{ENDINGS.get(server, '')}"
    return Plan.model_validate({"server": server, "models": [{"name": "m", "path": path}], **parts})


__all__ = ["ORIGINS", "ValidationError", "plan", "plans"]
