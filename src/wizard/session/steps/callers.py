"""Who calls it: the audiences, and what they suggest for the later steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard import plan as plans
from wizard import registry
from wizard.session.steps.base import Field, Option, Proposal, Step

if TYPE_CHECKING:
    from wizard.host import Host
    from wizard.plan import Plan, TokenKind
    from wizard.session.origins import Origins

WHO = Step(
    "who",
    "who",
    "Who calls it",
    "Who will call the model?",
    "Choose all that apply. Sensible answers to the next steps are proposed from this; you can change each.",
    ("audiences",),
    "audience",
)
_AUDIENCES = (
    ("me", "Programs on this machine", "scripts, notebooks, curl, tests"),
    ("browser", "A web page in a browser on this machine", "a front end under development"),
    ("web-app", "A web app in other people's browsers", "their browsers call the server directly"),
    ("containers", "Other containers on this machine", "for example an API in the same compose file"),
    ("lan", "Other machines in the same network", "colleagues, robots, a lab"),
    ("internet", "Anyone on the internet", "the machine has a public address or a forwarded port"),
)


def fields(plan: Plan, host: Host, origins: Origins | None = None) -> tuple[Field, ...]:
    """One question: the audiences.

    Each option toggles one audience and makes its proposals. Nothing is proposed for what somebody answered already, by
    hand or in a file.
    """
    options = tuple(_option(plan, host, origins, *audience) for audience in _AUDIENCES)
    return (Field("audiences", "many", options=options, chosen=plan.audiences),)


def _option(plan: Plan, host: Host, origins: Origins | None, name: str, label: str, hint: str) -> Option:
    others = tuple(a for a in plan.audiences if a != name)
    wanted = others if name in plan.audiences else (*plan.audiences, name)
    ordered = tuple(a for a, _, _ in _AUDIENCES if a in wanted)
    # Removing the last audience also removes its proposals: the safe defaults are proposed again.
    free = (each for each in _proposals(plan, host, set(ordered)) if origins is None or not origins.settled(each.field))
    return Option(
        name,
        label,
        hint,
        changes=(("audiences", list(ordered)),),
        proposed=tuple(change for each in free for change in each.changes),
        topic=f"audience {name}",
    )


def proposals(plan: Plan, host: Host, audiences: tuple[str, ...]) -> tuple[Proposal, ...]:
    """Sensible answers to the later questions for these audiences; () if nobody was named."""
    return _proposals(plan, host, set(audiences)) if audiences else ()


def _proposals(plan: Plan, host: Host, who: set[str]) -> tuple[Proposal, ...]:
    return (_scope(plan, host, who), _token(plan, who), _tls(who))


def _scope(plan: Plan, host: Host, who: set[str]) -> Proposal:
    key = "bind.inference"
    port = _own_port(plan)

    def listener(scope: str, address: str, sentence: str) -> Proposal:
        value: dict[str, object] = {"scope": scope}
        if address:
            value["address"] = address
        if port:
            value["port"] = port
        return Proposal(key, ((key, value),), sentence)

    if "internet" in who:
        return listener("all", "", "All interfaces, because people on the internet call it.")
    if who & {"lan", "web-app"}:
        private = [i for i in host.own_addresses if i.kind == "private" and i.family == 4]
        if len(private) == 1:
            return listener(
                "interface",
                private[0].address,
                f"One interface, {private[0].address}: other machines call it, and this is where they are.",
            )
        return listener("all", "", "All interfaces, because other machines call it.")
    if who == {"containers"}:
        return listener("internal", "", "Not published: only containers on the same Docker network call it.")
    return listener("loopback", "", "Only this machine, because nobody else calls it.")


def _own_port(plan: Plan) -> int | None:
    """The inference port if it is not the default one."""
    usual = next(spec.port for spec in registry.adapter(plan.server).apis if spec.api == "inference")
    port = plan.bind.inference.port if plan.bind.inference else None
    return port if port != usual else None


def _token(plan: Plan, who: set[str]) -> Proposal:
    key = "auth.inference"
    if not who & plans.OUTSIDE_AUDIENCES:
        return Proposal(key, ((key, None),), "The server's usual token setting: nobody outside can connect.")
    kind = token_kind(plan, bool(who & plans.PAGE_AUDIENCES))
    if kind == "gateway-token":
        sentence = "A token that the gateway checks, because others can connect; browser preflights still pass."
    else:
        sentence = f"{registry.adapter(plan.server).title}'s own token, because other machines can connect."
    return Proposal(key, ((key, kind),), sentence)


def token_kind(plan: Plan, pages: bool = False) -> TokenKind:
    """What should check a token: the server itself, or the gateway if the server has no token of its own or if pages
    call. Pages on this machine need no gateway if the server lets their preflights pass; for others, the gateway also
    sets limits."""
    adapter = registry.adapter(plan.server)
    called = pages or bool(plan.cors.inference.origins or plans.PAGE_AUDIENCES & set(plan.audiences))
    able = adapter.abilities(plan.version or adapter.versions[0])
    others = pages or bool(plans.OUTSIDE_AUDIENCES & set(plan.audiences))
    passing = not called or (able.token_preflights and not others)
    return "server-token" if able.token and passing else "gateway-token"


def _tls(who: set[str]) -> Proposal:
    if who & plans.OUTSIDE_AUDIENCES:
        return Proposal(
            "tls",
            (("tls", {"mode": "self-signed"}),),
            "Encrypted, so that nobody in between can read the token; for lasting use, give your own certificate.",
        )
    return Proposal("tls", (("tls", {}),), "No encryption: nothing leaves this machine.")
