"""EXPOSURE.md: what is reachable by whom, which risks were accepted, and how to try it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from wizard import findings, reach, servers
from wizard.deployment import Deployment, Endpoint
from wizard.formats import shell
from wizard.servers.base import Adapter, Block, ConfigFile

FILE_NAME = "EXPOSURE.md"
_SYMBOL = {"yes": "✓", "no": "·", "prompt": "?"}
AUDIENCES: dict[str, str] = {
    "this-process": "you",
    "local-users": "other users of this machine",
    "page-allowed": "web pages on the list of origins",
    "page-other": "any other web page opened on this machine",
    "page-rebinding": "a web page after DNS rebinding",
    "containers": "containers on the same Docker network",
    "lan": "other machines on your networks",
    "internet": "the internet",
}


def render(
    deployment: Deployment,
    samples: Mapping[str, str],
    found: tuple[findings.Finding, ...] | None = None,
    cells: tuple[reach.Cell, ...] | None = None,
) -> ConfigFile:
    """The report. It never contains a token, only where to find it."""
    plan = deployment.plan
    found = findings.assess(deployment) if found is None else found
    cells = reach.reach(deployment) if cells is None else cells
    blocks = [
        Block(f"# What this deployment exposes\n\n{deployment.title} {plan.version}, {_how(deployment)}.\n"),
        Block("\n## Where it answers\n\n" + "".join(_endpoints(deployment)), cause="bind"),
        Block(
            "\n## Who can do what\n\n" + "".join(_reach(cells)),
            cause="bind",
        ),
        Block(
            "\n## What that means\n\n" + "".join(_findings(deployment, found)),
            cause="accepted",
        ),
    ]
    if plan.models:
        blocks.append(Block("\n## Try it\n\n" + "".join(_try(deployment, samples)), cause="models"))
    return ConfigFile(FILE_NAME, tuple(blocks))


def _how(deployment: Deployment) -> str:
    how = "in Docker" if deployment.plan.run.how == "docker" else "run on this machine without Docker"
    return f"{how}, behind an nginx gateway" if deployment.has_gateway else how


def url(endpoint: Endpoint) -> str:
    """The base URL that a client on this machine (or on that network) uses; "" when nothing is published."""
    if not endpoint.host_addresses:
        return ""
    address = endpoint.host_addresses[0] or "127.0.0.1"
    host = f"[{address}]" if ":" in address else address
    return f"{endpoint.scheme}://{host}:{endpoint.host_port}"


def _endpoints(deployment: Deployment) -> Iterator[str]:
    yield "| API | Answers at | Done by | Token |\n|---|---|---|---|\n"
    for endpoint in deployment.endpoints:
        if endpoint.scope == "off":
            yield f"| {endpoint.api} | nowhere outside the server itself | | |\n"
            continue
        yield f"| {endpoint.api} | {_where(endpoint)} | {endpoint.layer} | {_token(endpoint)} |\n"


def _where(endpoint: Endpoint) -> str:
    if endpoint.scope == "socket":
        return f"unix socket {endpoint.inner_address.removeprefix('unix:')}"
    if endpoint.scope == "internal":
        return f"port {endpoint.inner_port} for containers on the same Docker network"
    names = ", ".join(address or "every address (IPv4 and IPv6)" for address in endpoint.host_addresses)
    return f"{endpoint.scheme} port {endpoint.host_port} on {names}"


def _token(endpoint: Endpoint) -> str:
    return {"none": "none", "server-token": "the server's own", "gateway-token": "checked by the gateway"}[
        endpoint.auth
    ]


def _reach(cells: tuple[reach.Cell, ...]) -> Iterator[str]:
    apis = list(dict.fromkeys(cell.api for cell in cells))
    yield "Each cell: may it send requests, read answers, run code of its own? (✓ yes, · no, ? asks first)\n\n"
    yield "| Who | " + " | ".join(apis) + " |\n|---" + "|---" * len(apis) + "|\n"
    for audience, title in AUDIENCES.items():
        row = {cell.api: cell for cell in cells if cell.audience == audience}
        if row:
            marks = (
                " ".join(_SYMBOL[m] for m in (row[a].send, row[a].read, row[a].run)) if a in row else "" for a in apis
            )
            yield f"| {title} | " + " | ".join(marks) + " |\n"


def _findings(deployment: Deployment, found: tuple[findings.Finding, ...]) -> Iterator[str]:
    accepted = set(deployment.plan.accepted)
    for finding in found:
        mark = " Accepted knowingly." if finding.id in accepted else ""
        where = f" ({finding.api})" if finding.api else ""
        yield f"- **{finding.severity}** `{finding.id}`{where}: {finding.message}{mark}\n"
        yield f"  Instead: {finding.instead}\n"


def _try(deployment: Deployment, samples: Mapping[str, str]) -> Iterator[str]:
    adapter = servers.adapter(deployment.plan.server)
    endpoint = deployment.endpoint("inference")
    if endpoint is None or not url(endpoint):
        yield "The inference API is not published. From a container on the same Docker network:\n\n"
        base = f"http://server:{endpoint.inner_port}" if endpoint else ""
    else:
        base = url(endpoint)
    model = deployment.plan.models[0]
    body = model.sample or samples.get(model.name) or adapter.sample_body(model.name)
    yield from _commands(adapter, deployment, endpoint, base + adapter.predict_path(model.name), body)


def _commands(
    adapter: Adapter, deployment: Deployment, endpoint: Endpoint | None, target: str, body: str
) -> Iterator[str]:
    kind = adapter.content_type
    auth = endpoint.auth if endpoint else "none"
    headers = [("Content-Type", kind)]
    if auth != "none":
        yield adapter_token_note(adapter, deployment, auth)
        headers.append(("Authorization", "Bearer TOKEN"))
    insecure = ["-k"] if endpoint and endpoint.tls and deployment.plan.tls.mode == "self-signed" else []
    words = ["curl", "-sS", *insecure, target]
    for name, value in headers:
        words += ["-H", f"{name}: {value}"]
    words += ["--data-binary", body]
    yield "```sh\n" + " ".join(shell.sh(word) for word in words) + "\n```\n\n"
    pairs = "; ".join(f"{shell.powershell(n)} = {shell.powershell(v)}" for n, v in headers if n != "Content-Type")
    yield (
        "```powershell\n"
        f"Invoke-RestMethod -Method Post -Uri {shell.powershell(target)} -ContentType {shell.powershell(kind)}"
        f"{f' -Headers @{{ {pairs} }}' if pairs else ''} -Body {shell.powershell(body)}\n```\n\n"
    )
    shown = json.dumps({"method": "POST", "headers": dict(headers), "body": body}, ensure_ascii=False)
    yield (
        "In the console of a browser page whose origin is allowed:\n\n"
        f"```js\nawait (await fetch({json.dumps(target)}, {shown})).text()\n```\n"
    )


def adapter_token_note(adapter: Adapter, deployment: Deployment, auth: str) -> str:
    """Where the token is that the commands need."""
    if auth == "gateway-token":
        return "Put the content of `secrets/inference.token` in place of TOKEN.\n\n"
    place = adapter.token_file(deployment) or "the server's key file"
    return (
        f"Put the `inference` key from `{place}` (made new at every start, valid for 60 minutes) in place of TOKEN.\n\n"
    )
