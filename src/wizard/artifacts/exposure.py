"""EXPOSURE.md: what is reachable by whom, which risks were accepted, and how to try it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from wizard import registry
from wizard.artifacts import calling, elsewhere, pages
from wizard.artifacts.markdown import fenced
from wizard.artifacts.names import project
from wizard.deployment import Deployment, Endpoint
from wizard.deployment.finding import Finding, rank
from wizard.exposure import findings, reach, token_rows
from wizard.exposure.summary import token_leaves
from wizard.formats import shell
from wizard.harmless import harmless
from wizard.prediction.answer import usual_request
from wizard.servers.contract import Adapter
from wizard.servers.files import Block, ConfigFile
from wizard.servers.titles import api_title
from wizard.severity import Severity, severity_in_words

FILE_NAME = "EXPOSURE.md"
HEADING = "# What this deployment exposes\n"
"""Its first line."""
_SYMBOL = {"yes": "yes", "no": "–", "prompt": "asks"}
_DONE_BY = {
    "native": "the server itself",
    "gateway": "the gateway",
    "impossible": "nobody: see below",
}
_TOKEN = {"none": "none", "server-token": "the server's own", "gateway-token": "checked by the gateway"}


def render(
    deployment: Deployment,
    samples: Mapping[str, str],
    found: tuple[Finding, ...] | None = None,
    cells: tuple[reach.Cell, ...] | None = None,
) -> ConfigFile:
    """The report. It never contains a token, only where to find it."""
    found = findings.assess(deployment) if found is None else found
    cells = reach.reach(deployment) if cells is None else cells
    accepted = set(deployment.plan.accepted)
    blocks = [
        _block("".join(_head(deployment))),
        _block("\n## Where it answers\n\n" + "".join(_endpoints(deployment)), cause="bind"),
        _block("\n## Who can do what\n\n" + "".join(_reach(deployment, cells)), cause="bind"),
    ]
    for title, chosen in (
        ("Risks you accepted", [f for f in found if f.name in accepted]),
        ("What to know", [f for f in found if f.name not in accepted]),
    ):
        if chosen:
            blocks.append(_block(f"\n## {title}\n\n" + "".join(_findings(chosen)), cause="accepted"))
    if deployment.plan.models:
        blocks.append(_block("\n## Try it\n\n" + "".join(_try(deployment, samples, found)), cause="models"))
    return ConfigFile(FILE_NAME, tuple(blocks))


def _block(text: str, cause: str = "") -> Block:
    """A part of the page; names in it may come from anywhere."""
    return Block(harmless(text), cause)


def _head(deployment: Deployment) -> Iterator[str]:
    plan = deployment.plan
    engine = deployment.engine.title
    how = f"in {engine}" if plan.contained else "on this machine, without Docker"
    behind = ", behind an nginx gateway" if deployment.has_gateway else ""
    yield f"{HEADING}\n{deployment.title} {plan.version}, {how}{behind}.\n"
    yield "This page is written from your answers in `wizard.toml` and follows from them; "
    yield "`serving-wizard try wizard.toml` starts the same deployment and measures it.\n"


def _endpoints(deployment: Deployment) -> Iterator[str]:
    yield "| API | Answers at | Arranged by | Token |\n|---|---|---|---|\n"
    for endpoint in deployment.endpoints:
        if endpoint.closed:
            mine = any(door.way("you") == "socket-file" for door in endpoint.access.doors)
            where = "a socket file that only you can open" if mine else "nowhere outside the server itself"
            yield f"| {api_title(endpoint.api)} | {where} | | |\n"
            continue
        where, done_by = _where(deployment, endpoint), _done_by(deployment, endpoint)
        yield f"| {api_title(endpoint.api)} | {where} | {done_by} | {_TOKEN[endpoint.auth]} |\n"
    if any(endpoint.auth == "server-token" for endpoint in deployment.endpoints if not endpoint.closed):
        reasons = (each.reason for each in deployment.decisions if each.intent == "I10" and each.layer == "native")
        yield from (f"\n{reason}\n" for reason in dict.fromkeys(reasons))


def _done_by(deployment: Deployment, endpoint: Endpoint) -> str:
    return deployment.engine.title if endpoint.layer == "publish" else _DONE_BY[endpoint.layer]


def _where(deployment: Deployment, endpoint: Endpoint) -> str:
    if endpoint.scope == "socket":
        path, inner = deployment.socket(endpoint.api), endpoint.inner_address.removeprefix("unix:")
        seen = f" ({inner} as the server sees it)" if path != inner else ""
        return f"the unix socket {path}{seen}".replace("|", "\\|")
    front = endpoint.access.front
    if front is None or not endpoint.access.address_callers:
        return f"`{endpoint.served_by}:{endpoint.inner_port}`, for {deployment.peers}"
    every = "every address (IPv4 alone)" if endpoint.ipv4_only else "every address (IPv4 and IPv6)"
    names = ", ".join(address or every for address in front.host_addresses)
    return f"{endpoint.scheme}, port {front.host_port} on {names}"


def _reach(deployment: Deployment, cells: tuple[reach.Cell, ...]) -> Iterator[str]:
    """Only the APIs that somebody can reach from outside the server; the others are named once."""
    apis = list(dict.fromkeys(cell.api for cell in cells))
    found = {api: token_rows.rows(deployment, cells, api) for api in apis}
    shown = [api for api in apis if any(row.send != "no" for row in found[api])]
    closed = [api for api in apis if api not in shown]
    if shown:
        yield "Sends: its requests arrive and are carried out. Reads: it gets the answers. Code: it can make the\n"
        yield "server run code of its own.\n\n"
        columns = [f"{api_title(api)}: sends | reads | code" for api in shown]
        yield "| Who | " + " | ".join(columns) + " |\n|---" + "|---" * (3 * len(shown)) + "|\n"
        for audience in reach.AUDIENCES:
            title = reach.audience_title(deployment, audience)
            yield from _callers(title, [[row for row in found[api] if row.audience == audience] for api in shown])
    reasons = dict.fromkeys(
        f"- {reach.audience_title(deployment, c.audience)}: {c.why}\n"
        for c in cells
        if c.send != "no" and c.why != reach.YOURS
    )
    if reasons:
        yield "\n" + "".join(reasons)
    if any(cell.send == "prompt" or cell.read == "prompt" for cell in cells):
        yield "\nasks: the browser asks its user first; older browsers do not.\n"
    if left := token_leaves(deployment):
        yield f"\n{left}\n"
    if closed:
        yield f"\nNobody reaches: {', '.join(map(api_title, closed))}.\n"


def _callers(title: str, by_api: list[list[token_rows.TokenRow]]) -> Iterator[str]:
    """The line of one kind of caller, or two where a token makes a difference to one of the APIs."""
    if not any(by_api):
        return
    split = any(len(rows) > 1 for rows in by_api)
    for token, words in (
        ((True, f"{title}, with the token"), (False, f"{title}, without")) if split else ((None, title),)
    ):
        marks: list[str] = []
        for rows in by_api:
            row = next((each for each in rows if each.token in (token, None)), None)
            marks += [_SYMBOL[m] for m in (row.send, row.read, row.run)] if row else ["–"] * 3
        yield f"| {words} | " + " | ".join(marks) + " |\n"


def _findings(found: list[Finding]) -> Iterator[str]:
    """What several APIs have in common is said once."""
    apis: dict[tuple[Severity, str, str, str], list[str]] = {}
    for finding in sorted(found, key=rank):
        same = apis.setdefault((finding.severity, finding.message, finding.id, finding.instead), [])
        same += [api_title(finding.api)] if finding.api else []
    for (severity, message, name, instead), named in apis.items():
        where = f", {', '.join(named)}" if named else ""
        yield f"- **{severity_in_words(severity)}**{where}: {message} (`{name}`)\n"
        yield f"  Instead: {instead}\n"


def _try(deployment: Deployment, samples: Mapping[str, str], found: tuple[Finding, ...]) -> Iterator[str]:
    adapter = registry.adapter(deployment.plan.server)
    endpoint = deployment.endpoint("inference")
    if endpoint is None:
        return
    request, body = usual_request(deployment, endpoint, samples)
    call = calling.call(deployment, samples)
    if harmless(body) != body:
        yield from _scripts(deployment, call) if call is not None else ()
        yield "The sample holds characters that a page cannot show, so no command with it stands here.\n"
        return
    if call is not None:
        yield from _scripts(deployment, call)
        yield from _snippets(call)
        if call.token is not None:
            yield from _token(adapter, deployment, call.token, endpoint.beyond_loopback)
        yield from elsewhere.request(deployment, endpoint, call)
        if not call.socket:
            yield from pages.calls(deployment, endpoint, samples, found)
    yield from _container(adapter, deployment, endpoint, request.path, body)


def _scripts(deployment: Deployment, call: calling.Call) -> Iterator[str]:
    windows = f" (in PowerShell `.\\{calling.POWERSHELL}`)" if calling.has_powershell(deployment, call) else ""
    yield f"`./call.sh`{windows} sends a request and prints the answer; another body can be its argument.\n\n"
    if call.certificate == "secrets/tls.crt":  # the certificate made for trials
        yield "The certificate is self-signed, for trials: `--cacert` names it, `-SkipCertificateCheck` accepts it,\n"
        yield 'and a browser must be told to, by opening the address once. For real use set `tls.mode = "files"`.\n\n'
    elif call.certificate:
        yield "No authority that this machine trusts vouches for the certificate, so callers must be given it:\n"
        yield "`--cacert` names it, `-SkipCertificateCheck` accepts it; a browser must be told to trust it.\n\n"


def _snippets(call: calling.Call) -> Iterator[str]:
    """The same request by hand, in the folder of the written files."""
    yield f"From a shell, in this folder:\n\n{fenced('sh', calling.curl(call, '.'))}"
    if call.socket:
        return
    set_token = ""
    if call.token is not None:
        set_token = f"$token = {calling.powershell_token(call.token, '.')}\n"
    yield f"From PowerShell{' 7' if call.certificate else ''}, in this folder:\n\n"
    yield fenced(
        "powershell",
        f"{set_token}Invoke-RestMethod -Method Post -Uri {shell.powershell(call.url)}"
        f" -ContentType {shell.powershell(call.content_type)}"
        + (' -Headers @{ Authorization = "Bearer $token" }' if set_token else "")
        + (" -SkipCertificateCheck" if call.certificate else "")
        + f" -Body {shell.powershell_value(call.body)}",
    )


def _token(adapter: Adapter, deployment: Deployment, place: calling.TokenPlace, others: bool) -> Iterator[str]:
    """`others`: whether callers on other machines need it too."""
    yield "The token itself, which other clients send in place of TOKEN:\n\n"
    yield fenced("sh", calling.posix_token(place, "."))
    if place.pattern:
        minutes = 0 if deployment.presented else adapter.abilities(deployment.plan.version).token_minutes
        until = f"; they are valid for {minutes} minutes" if minutes else ""
        yield f"The server makes new keys at every start{until}.\n"
        if others and until:
            yield "Others need a new one each time; a token that the gateway checks lasts: "
            yield '`auth.inference = "gateway-token"`.\n'
        yield "\n"


def _container(adapter: Adapter, deployment: Deployment, endpoint: Endpoint, path: str, body: str) -> Iterator[str]:
    """The request from another container, using the server's name on their network or a name in the certificate."""
    if not deployment.networks or endpoint.inner_address != "0.0.0.0":
        return
    network = "front" if deployment.has_gateway else deployment.networks[0].name
    beside = f"{endpoint.served_by}:{endpoint.inner_port}"
    own = endpoint.tls and deployment.plan.tls.mode == "files"
    handed = PurePosixPath(deployment.handed_out if endpoint.tls else "").name
    name = (calling.certified_name(deployment) or "NAME") if own else ""
    host = f"{name}:{endpoint.inner_port}" if own else beside
    call = calling.Call(
        url=f"{'https' if endpoint.tls else 'http'}://{host}{path}",
        content_type=adapter.content_type,
        body=body,
        connect=beside if own else "",
        certificate=handed,
        token=calling.token_place(deployment),
    )
    more = f", with `{deployment.handed_out}` copied there" if handed else ""
    more += ", and a name of the certificate in place of NAME" if name == "NAME" else ""
    yield f"From another container, put on its network with `--network {project(deployment)}-{network}`{more}:\n\n"
    yield fenced("sh", calling.curl(call, ".", "TOKEN"))
