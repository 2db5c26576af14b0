"""Flags that do not exist: which one was meant, or what somebody wished for who wrote it."""

from __future__ import annotations

import re

from wizard.observed.alike import nearest
from wizard.observed.remark import Edit, Remark
from wizard.observed.start import Start
from wizard.servers import word_edits
from wizard.servers.tensorflow_serving.flags import flags as known_flags
from wizard.servers.tensorflow_serving.reading.launch import TRUE, Launch, TypedFlag
from wizard.severity import Severity

_WEIGHTY = frozenset(
    {
        "port", "rest_api_port", "grpc_socket_path", "model_config_file", "model_base_path", "model_name",
        "ssl_config_file", "monitoring_config_file", "rest_api_enable_cors_support",
        "allow_version_labels_for_unavailable_models", "batching_parameters_file", "enable_batching",
    }
)  # fmt: skip
_WISHES = (
    (
        "cors|origin",
        "cors.inference",
        "CORS stays as it is.",
        "--rest_api_enable_cors_support=true, or a gateway with a list of origins",
    ),
    (
        "host|bind|listen|address|interface",
        "bind.inference",
        "The server listens on every interface.",
        "Docker's port publishing, or a gateway",
    ),
    (
        "auth|token|api_?key|password",
        "auth.inference",
        "The server asks for no credentials.",
        "a gateway that checks a token",
    ),
    (
        "ssl|tls|https|cert",
        "tls",
        "REST stays plain HTTP.",
        "a gateway that speaks TLS, or --ssl_config_file for gRPC",
    ),
)
"""What an unknown flag was probably meant to do: part of its name, the answer that decides it, what happens, what
does it."""
_EVERYWHERE = frozenset({"0.0.0.0", "::", "*"})


def about(start: Start, launch: Launch, flag: TypedFlag) -> Remark:
    """The remark about a flag that the server does not know."""
    known = known_flags()
    wrong, removed = known.not_flags.get(flag.name), known.removed.get(flag.name)
    plain = flag.name.replace("-", "_").lower()
    near = plain if plain in known.known else nearest(plain, known.known, 0.8)
    fills = {"flag": flag.name}
    if wrong is not None:
        severity: Severity = "low" if wrong.instead.startswith("TF_FORCE") else "functional"
        fills |= {"happens": wrong.happens, "instead": wrong.instead.rstrip(".")}
        edits = _granted(start, launch, flag) if wrong.asks == "bind.inference" else ()
        return Remark("TFS-FLAG-NONE", start.source, flag.word.start, fills, severity, edits=edits, asks=wrong.asks)
    if removed is not None:
        fills |= {"happens": f"Only {removed.releases} had it.", "instead": removed.instead.rstrip(".")}
        return Remark("TFS-FLAG-NONE", start.source, flag.word.start, fills, "medium")
    if plain.startswith("no") and plain[2:].lstrip("_") in known.known:
        fills |= {"happens": "Negations are not known.", "instead": f"--{plain[2:].lstrip('_')}=false"}
        return Remark("TFS-FLAG-NONE", start.source, flag.word.start, fills, "medium")
    if near:
        severity = "functional" if near in _WEIGHTY else "medium"
        edits = _renamed(flag, near)
        return Remark(
            "TFS-FLAG-MISSPELT", start.source, flag.word.start, {**fills, "meant": near}, severity, edits=edits
        )
    for pattern, asks, happens, instead in _WISHES:
        if re.search(pattern, plain):
            fills |= {"happens": happens, "instead": instead}
            return Remark("TFS-FLAG-NONE", start.source, flag.word.start, fills, asks=asks)
    return Remark("TFS-FLAG-UNKNOWN", start.source, flag.word.start, fills)


def _granted(start: Start, launch: Launch, flag: TypedFlag) -> tuple[Edit, ...]:
    """Without a wish for every address, which the server grants anyway; any other is impossible here."""
    switch = flag.name == "bind_all_interfaces" and flag.value in (None, *TRUE)
    if start.command is None or flag.spaced or not (switch or flag.value in _EVERYWHERE):
        return ()
    words = start.command
    at = next((number for number, word in enumerate(words) if word is flag.word), len(words))
    return word_edits.dropped(start.source, flag.word, next(iter(words[at + 1 :]), None))


def _renamed(flag: TypedFlag, name: str) -> tuple[Edit, ...]:
    if name == "rest_api_enable_cors_support" or flag.word.quoted:
        return ()
    at = flag.word.start + 2
    return (Edit(at, at + len(flag.name), name),)
