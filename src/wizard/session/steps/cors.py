"""CORS: which web pages may read the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard import plan as plans
from wizard import registry
from wizard.servers.titles import api_title
from wizard.session.steps.base import NO_YES, Field, Option, Step, several, switch
from wizard.session.steps.bind import api_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from wizard.deployment import Deployment
    from wizard.plan import Api, CorsRule, Plan
    from wizard.session.origins import Origins

APIS: tuple[Api, ...] = ("inference", "management")
EXAMPLE, EXAMPLE_HERE = "https://app.example", "http://localhost:5173"
"""An example of a web page's origin, and of one under development on this machine."""
_HELP = (
    "A browser lets a page read an answer only if the server names the page's origin. "
    "Programs that are not browsers can always read it."
)


def steps(plan: Plan | None) -> tuple[Step, ...]:
    """One step for each HTTP API that a browser can reach."""
    if plan is None:
        return ()
    specs = {spec.api: spec for spec in registry.adapter(plan.server).apis}
    found = []
    for api in APIS:
        listener = plan.listener(api)
        spec = specs.get(api)
        if spec is None or spec.protocol != "http" or listener is None:
            continue
        if api == "management" and listener.scope not in ("loopback", "interface", "all"):
            continue
        found.append(
            Step(
                f"cors.{api}",
                "cors",
                api_title(api),
                "Which web pages may read the answers?"
                if api == "inference"
                else "Which web pages may use the management API?",
                _HELP,
                (f"cors.{api}",),
                "cors",
            )
        )
    return tuple(found)


def let_tokens_pass(plan: Plan, origins: Origins, resolved: Callable[[Plan], Deployment]) -> tuple[Plan, Origins]:
    """Allow listed pages to send the token if one is needed, unless somebody answered the headers.

    Not if the server's own token and pages exclude each other, because preflights get an error; a gateway answers
    preflights itself. `resolved` returns the Deployment of a Plan; it is called only if pages are listed.
    """
    if not any(plan.cors_rule(api).origins for api in APIS):
        return plan, origins
    deployment = resolved(plan)
    whole = deployment.plan
    able = registry.adapter(whole.server).abilities(whole.version).token_preflights
    for api in APIS:
        key = f"cors.{api}.headers"
        rule, auth = whole.cors_rule(api), getattr(whole.auth, api)
        if not rule.origins or origins.settled(key):
            continue
        endpoint = deployment.endpoint(api)
        answered = able or (endpoint is not None and endpoint.cors.layer == "gateway")
        usable = auth == "gateway-token" or (auth == "server-token" and answered)
        headers = [name for name in rule.headers if name != TOKEN_HEADER] + ([TOKEN_HEADER] if usable else [])
        if tuple(headers) != rule.headers:
            plan = plans.apply_patch(plan, {key: headers})
            origins = origins.proposing(key)
    return plan, origins


TOKEN_HEADER = "authorization"


def fields(step: Step, plan: Plan, listing: bool = False) -> tuple[Field, ...]:
    """Which pages, and the details that matter if there are any.

    `listing`: the user is about to type the first origin, so the list is shown although it is empty.
    """
    rule, key = plan.cors_rule(api_of(step)), f"cors.{api_of(step)}"
    kind = "any" if rule.origins == ("*",) else "listed" if rule.origins or listing else "none"
    return (
        Field("pages", "choice", options=_options(key, rule, kind), chosen=(kind,)),
        Field(
            "origins",
            "list",
            "Origins",
            "scheme, host and port, nothing after it",
            key=f"{key}.origins",
            value="\n".join(rule.origins) if kind == "listed" else "",
            placeholder=EXAMPLE if "web-app" in plan.audiences or "browser" not in plan.audiences else EXAMPLE_HERE,
            shown=kind == "listed",
            topic="origin",
        ),
        *_details(key, rule, kind),
    )


def _options(key: str, rule: CorsRule, kind: str) -> tuple[Option, ...]:
    return (
        Option(
            "none",
            "None from elsewhere",
            "pages of other sites cannot read answers; right if only programs call it",
            changes=((f"{key}.origins", []),),
            topic="origin",
        ),
        Option(
            "listed",
            "The pages I list",
            "the address of each web app, such as https://app.example or http://localhost:5173",
            changes=((f"{key}.origins", [] if kind == "any" else list(rule.origins)),),
            asks="origins",
            topic="origin",
        ),
        Option(
            "any",
            "Any page",
            "for development only: every site the user visits may read answers",
            "*",
            ((f"{key}.origins", ["*"]), (f"{key}.credentials", False)),
            topic="wildcard origin",
        ),
    )


def _details(key: str, rule: CorsRule, kind: str) -> tuple[Field, ...]:
    shown = kind != "none"
    cookies = "pages may send cookies along"
    return (
        several(f"{key}.methods", rule.methods, "Methods", "predictions use POST", shown=shown, topic="method"),
        several(
            f"{key}.headers",
            rule.headers,
            "Headers",
            "request headers a page may set; a token needs authorization",
            shown=shown,
            topic="request header",
        ),
        switch(
            f"{key}.credentials",
            NO_YES,
            rule.credentials,
            "Cookies",
            cookies,
            shown=kind == "listed",
            topic="credentials",
        ),
        Field(
            "max_age",
            "text",
            "Remember",
            "seconds a browser may remember the answer to a preflight",
            key=f"{key}.max_age",
            value=str(rule.max_age),
            number=True,
            shown=shown,
            topic="preflight",
        ),
    )


def to_try(answered: CorsRule | None, shown: CorsRule | None) -> tuple[str, str]:
    """Page and headers that the lab uses if none are typed: of the origin being typed, else of the first.

    `answered`: the rule of the Plan; `shown`: the rule with what is typed or highlighted.
    """
    if shown is None:
        return EXAMPLE, "content-type"
    there = answered.origins if answered else ()
    new = (origin for origin in shown.origins if origin not in there)
    page = next((origin for origin in (*new, *there) if origin != "*"), EXAMPLE)
    return page, (" ".join(shown.headers) if shown.origins else "") or "content-type"
