"""Protect: tokens, encryption, and the gateway's limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard import placement, registry
from wizard.session.steps.base import Field, Option, Step, several
from wizard.session.steps.bind import api_of
from wizard.session.steps.callers import proposals

if TYPE_CHECKING:
    from wizard.host import Host
    from wizard.plan import Plan

TLS = Step(
    "protect.tls",
    "protect",
    "encryption",
    "Should the connection be encrypted?",
    "Without encryption, everyone between client and server can read requests, answers and tokens.",
    ("tls",),
    "tls",
)
GATEWAY = Step(
    "protect.gateway",
    "protect",
    "gateway",
    "Should a gateway stand in front of the server?",
    "A small nginx that checks tokens, origins, host names and sizes before anything reaches the server.",
    ("gateway",),
    "gateway",
)


def steps(plan: Plan | None) -> tuple[Step, ...]:
    """Tokens for the APIs that can be reached, then encryption, then the gateway."""
    if plan is None:
        return ()
    found = [_token_step("inference", "Must callers show a token?", "A secret that each request carries.")]
    if plan.reachable("management") or plan.reachable("grpc_management"):
        found.append(
            _token_step(
                "management",
                "Must callers of the management API show a token?",
                "Anyone who can use it can make the server run their code.",
            )
        )
    return (*found, TLS, GATEWAY)


def _token_step(api: str, question: str, text: str) -> Step:
    return Step(f"protect.{api}", "protect", token_title(api), question, text, (f"auth.{api}",), "token")


def token_title(api: str) -> str:
    """The name of the step that asks about an API's token."""
    return "token" if api == "inference" else f"{api} token"


def fields(step: Step, plan: Plan, host: Host, naming: bool = False) -> tuple[Field, ...]:
    """The questions of a step. `plan` is completed; `naming`: the user is about to name a certificate."""
    if step == TLS:
        return _tls_fields(plan, host, naming)
    if step is GATEWAY:
        return _gateway_fields(plan, host)
    return _token_fields(step, plan, host)


def _why(plan: Plan, host: Host, key: str, present: object) -> str:
    for proposal in proposals(plan, host, plan.audiences):
        if proposal.field == key and proposal.changes[0][1] == present:
            return proposal.sentence
    return ""


def _token_fields(step: Step, plan: Plan, host: Host) -> tuple[Field, ...]:
    api = api_of(step)
    key = f"auth.{api}"
    adapter = registry.adapter(plan.server)
    options = [Option("none", "No token", "anyone who can connect can use it", changes=((key, "none"),), topic="token")]
    abilities = adapter.abilities(plan.version or adapter.versions[0])
    chosen = getattr(plan.auth, api) or "none"
    # The present answer is always among those offered, so that nothing is chosen by going on.
    if abilities.token or chosen == "server-token":
        given = "made once and kept in a file that only you can read; for programs and for web pages"
        made = "made new at each start and short-lived; for programs, not for web pages"
        options.append(
            Option(
                "server-token",
                f"{adapter.title}'s own token",
                given if abilities.token_given else made,
                changes=((key, "server-token"),),
                topic="server token",
            )
        )
    options.append(
        Option(
            "gateway-token",
            "A token that the gateway checks",
            "you choose how long it lives; works for web pages too",
            changes=((key, "gateway-token"),),
            topic="gateway token",
        )
    )
    return (Field("token", "choice", options=tuple(options), chosen=(chosen,), proposed=_why(plan, host, key, chosen)),)


def problems(step: Step, plan: Plan) -> tuple[str, ...]:
    """What must be settled before going on: a certificate is of no use without its key, or a key without its
    certificate."""
    tls = plan.tls
    half = step == TLS and tls.mode == "off" and bool(tls.certificate) != bool(tls.key)
    return ("Give both the certificate and its private key, or neither.",) if half else ()


def _tls_modes(files: dict[str, str] | None) -> tuple[Option, ...]:
    """`files`: the answer that uses the user's own certificate; None = it is not named yet."""
    return (
        Option(
            "off", "No", "fine as long as nothing leaves this machine", changes=(("tls", {"mode": "off"}),), topic="tls"
        ),
        Option(
            "self-signed",
            "Yes, with a self-signed certificate",
            "encrypted, but clients cannot tell who answers; not for lasting use",
            changes=(("tls", {"mode": "self-signed"}),),
            topic="self-signed certificate",
        ),
        Option(
            "files",
            "Yes, with my certificate",
            "a certificate and its private key, each a PEM file",
            changes=(("tls", files),) if files else (),
            asks="certificate",
            topic="certificate",
        ),
    )


def _tls_fields(plan: Plan, host: Host, naming: bool) -> tuple[Field, ...]:
    certificate, key = plan.tls.certificate, plan.tls.key
    both = {"mode": "files", "certificate": certificate, "key": key}
    files = naming or plan.tls.mode == "files" or (plan.tls.mode == "off" and bool(certificate or key))
    modes = _tls_modes(both if certificate and key else None)
    why = _why(plan, host, "tls", {"mode": plan.tls.mode} if plan.tls.mode != "off" else {})
    return (
        Field(
            "mode",
            "choice",
            options=modes,
            chosen=("files" if files else plan.tls.mode,),
            proposed=why,
        ),
        Field(
            "certificate",
            "text",
            "Certificate",
            "PEM file with the certificate and its chain",
            key="tls.certificate",
            along=(("tls.mode", "files"),) if key else (),
            value=plan.tls.certificate,
            shown=files,
            topic="certificate",
        ),
        Field(
            "key",
            "text",
            "Private key",
            "PEM file; read only by the program that does the encryption",
            key="tls.key",
            along=(("tls.mode", "files"),) if certificate else (),
            value=plan.tls.key,
            shown=files,
            topic="certificate",
        ),
    )


def _gateway_kinds(needed: bool) -> tuple[Option, ...]:
    now = f"with your answers so far: {'' if needed else 'not '}needed"
    return tuple(
        Option(name, label, hint, changes=(("gateway.kind", name),), topic="gateway")
        for name, label, hint in (
            ("auto", "Only if an answer needs it", now),
            ("nginx", "Always", "also limits sizes and rates and checks host names"),
            ("none", "Never", "answers that need one will not work"),
        )
    )


def _gateway_fields(plan: Plan, host: Host) -> tuple[Field, ...]:
    needed = placement.needs.gateway_needed(plan, host)
    shown = plan.gateway.kind == "nginx" or (plan.gateway.kind == "auto" and needed)
    return (
        Field("kind", "choice", options=_gateway_kinds(needed), chosen=(plan.gateway.kind,)),
        several(
            "gateway.names",
            plan.gateway.names,
            "Host names",
            "names under which clients call it, besides its addresses",
            placeholder="such as models.example",
            shown=shown,
            topic="host header",
        ),
        Field(
            "max_body",
            "text",
            "Largest body",
            "MiB; larger requests are refused",
            key="gateway.max_body_mib",
            value=str(plan.gateway.max_body_mib),
            number=True,
            shown=shown,
            topic="limits",
        ),
        Field(
            "rate",
            "text",
            "Rate",
            "requests a second from one address",
            key="gateway.requests_per_second",
            value=str(plan.gateway.requests_per_second),
            number=True,
            shown=shown,
            topic="limits",
        ),
    )
