"""`cors`: whether a browser would let a page do it.

Also judges typed origins and recordings of browsers and servers.
"""

from __future__ import annotations

import argparse
import io
from typing import TYPE_CHECKING

from wizard import console, machine, placement, registry
from wizard.cli import draw
from wizard.cors.cases import evaluate_cases, parse_cases
from wizard.cors.origins import canonical_origin, read_origin_lines
from wizard.errors import ExitCode, WizardError
from wizard.machine.texts import read_text
from wizard.servers.exchanges import answer_all

if TYPE_CHECKING:
    from wizard.deployment import Deployment
    from wizard.plan import Plan
    from wizard.prediction.browser import Judgement


def run(options: argparse.Namespace) -> int:
    """One of the four jobs, chosen by the arguments. Raises WizardError if they ask for two."""
    asked = [name for name in ("origins", "cases", "exchanges") if getattr(options, name)]
    also = [name for name in ("answers", "page", "preset") if getattr(options, name)] if asked else []
    if len(asked) + len(also) > 1:
        first, second = (name.upper() if name == "answers" else f"--{name}" for name in (*asked, *also)[:2])
        raise WizardError(f"{first} and {second} are two questions", hint="Ask them one by one.")
    if options.origins:
        return _origins(options.origins)
    if options.cases:
        return _cases(options.cases, options.profile)
    if options.exchanges:
        return _exchanges(options.exchanges)
    if not options.page:
        raise WizardError("Which page calls?", hint="Add --page ORIGIN, for example --page http://localhost:3000")
    return _judge(options)


def _origins(argument: str) -> int:
    # Not splitlines, which also splits at characters that a typed value may contain.
    for found in read_origin_lines(io.StringIO(_read(argument))):
        console.out_json(found, compact=True)
    return ExitCode.OK


def _cases(argument: str, profile: str) -> int:
    for found in evaluate_cases(parse_cases(_read(argument)), profile):
        console.out_json(found, compact=True)
    return ExitCode.OK


def _exchanges(argument: str) -> int:
    for found in answer_all(_read(argument)):
        console.out_json(found, compact=True)
    return ExitCode.OK


def _read(argument: str) -> str:
    return read_text(argument).removeprefix("\ufeff")


def _judge(options: argparse.Namespace) -> int:
    # What is typed or recorded is judged without answers, in a third of the time.
    from wizard.cli.commands.source import beside_files, read
    from wizard.prediction.browser import called_by_pages, judge, unanswered

    named = read(options)
    plan = named.plan
    # A sandboxed frame and a page from a file send this; it is not a URL that could be typed.
    page = "null" if options.page == "null" else canonical_origin(options.page).origin
    if page is None:
        raise WizardError(f"--page {options.page} is not an origin", hint="An origin looks like https://app.example")
    if options.path and not options.path.startswith("/"):
        raise WizardError(f"--path {options.path} is not a path", hint=f"A path begins with a slash: /{options.path}")
    _known(plan, options.api)
    headers = tuple(_header(text) for text in options.header)
    deployment = placement.resolve.resolve(plan, machine.hostfacts.measure())
    if called_by_pages(deployment, options.api):
        found = judge(
            deployment, options.api, page, options.method, headers, options.credentials, options.path, options.profile
        )
    else:
        found = unanswered(deployment, options.api)
    verdict = found.verdict
    problem = _error(found, bool(_endpoint_token(deployment, options.api)), headers)
    if options.format != "json":
        for line in beside_files(named, deployment):
            console.out(line)
    _show(options, found, problem)
    met = options.expect in (None, verdict.verdict) and not (options.expect and problem)
    if not met:
        console.talk(f"expected {options.expect}, it is {verdict.verdict}{f', but {problem}' if problem else ''}")
    return ExitCode.OK if met else ExitCode.FINDINGS


def _known(plan: Plan, api: str) -> None:
    """Raises WizardError for an API that the server does not have."""
    adapter = registry.adapter(plan.server)
    names = [spec.api for spec in adapter.apis]
    if api not in names:
        raise WizardError(f"--api {api}: {adapter.title} has no such API", hint=f"It has {', '.join(names)}.")


def _show(options: argparse.Namespace, found: Judgement, problem: str) -> None:
    verdict = found.verdict
    if options.format == "json":
        console.out_json(
            {
                "verdict": verdict.verdict,
                "preflight_sent": verdict.preflight_sent,
                "actual_sent": verdict.actual_sent,
                "rule": verdict.rule,
                "explanation": verdict.explanation,
                "layer": found.layer,
            }
        )
        return
    for number, hop in enumerate(verdict.hops, 1):
        kind = "preflight" if hop.request.preflight else "request"
        status = hop.response.status if hop.response else "no answer"
        mark = "✗" if hop.rule else "✓"
        console.out(f"{number} {kind:9} {hop.request.method:7} {status}  by the {found.served_by}  {mark}")
    draw.say(f"{verdict.verdict}{f', but {problem}' if problem else ''}: {verdict.explanation}")
    if verdict.verdict == "blocked" and found.ran:
        draw.say("The request itself was carried out anyway: CORS only hides the answer.")


def _error(found: Judgement, token: bool, headers: tuple[tuple[str, str], ...]) -> str:
    """The HTTP error that the page may read, but did not want. "" if there is none, or if the page may not read it."""
    hops = found.verdict.hops
    response = hops[-1].response if hops else None
    if found.verdict.verdict != "allowed" or response is None or response.status < 400:
        return ""
    sent = any(name.lower() == "authorization" for name, _ in headers)
    # A server may check the body before the token, so any other status says nothing about a token.
    missing = ": a token is missing (--header authorization)" if token and not sent and response.status != 415 else ""
    return f"answers {response.status}{missing or _SAID.get(response.status, '')}"


_SAID = {415: ": it accepts only JSON (--header content-type:application/json)"}
"""What a page would have to send to avoid a status."""


def _endpoint_token(deployment: Deployment, api: str) -> str:
    endpoint = deployment.endpoint(api)
    return endpoint.auth if endpoint is not None and endpoint.auth != "none" else ""


def _header(text: str) -> tuple[str, str]:
    name, _, value = text.partition(":")
    if not name.strip():
        raise WizardError(f"--header {text!r} has no name", hint="Write NAME or NAME:VALUE.")
    return name.strip(), value.strip()
