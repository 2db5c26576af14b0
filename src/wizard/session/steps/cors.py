"""CORS: which web pages may read the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.servers.titles import api_title
from wizard.session.steps.base import NO_YES, Field, Option, Step, several, switch
from wizard.session.steps.bind import api_of

if TYPE_CHECKING:
    from wizard.plan import Api, CorsRule, Plan

APIS: tuple[Api, ...] = ("inference", "management")
_HELP = (
    "A browser lets a page read an answer only if the server names the page's origin. "
    "Programs that are not browsers do not care."
)


def steps(plan: Plan | None) -> tuple[Step, ...]:
    """One step for each HTTP API that a browser can reach."""
    if plan is None:
        return ()
    from wizard import servers

    specs = {spec.api: spec for spec in servers.adapter(plan.server).apis}
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


def fields(step: Step, plan: Plan, listing: bool = False) -> tuple[Field, ...]:
    """Which pages, and the details that matter once there are any.

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
            placeholder="https://app.example",
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
            "pages of other sites cannot read answers; right for everything that is not a browser",
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
