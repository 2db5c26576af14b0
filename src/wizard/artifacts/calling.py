"""How to call what is served: one description of a request that works, and call.sh and call.ps1 that send it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wizard import registry
from wizard.artifacts import found_running, shown, until_answered
from wizard.artifacts.names import project
from wizard.deployment import Deployment
from wizard.errors import WizardError
from wizard.formats import shell
from wizard.prediction.answer import usual_request
from wizard.servers.files import Block, ConfigFile

POSIX, POWERSHELL = "call.sh", "call.ps1"
WAIT_S = 60
"""Seconds that the scripts give a server that is still starting."""
MOST_MB = 256
"""The longest answer that call.sh keeps while it arrives; the shell counts it in blocks of 512 bytes."""


@dataclass(frozen=True, slots=True)
class TokenPlace:
    """Where the token of the inference API can be read."""

    path: str
    """Relative to the written files, or in the container."""
    container: str = ""
    """Name of the container the file is in, "" = it is on this machine."""
    pattern: str = ""
    """Extended regular expression whose group is the token; it is applied to the whole text joined into one line.

    "" = the token is the first line.
    """
    several: bool = False
    """The file has several tokens, one per line, any of which is valid; lines that begin with # are comments."""
    engine: str = "docker"
    """The command that looks into the container."""


@dataclass(frozen=True, slots=True)
class Call:
    """One prediction request from this machine."""

    url: str
    content_type: str
    body: str
    socket: str = ""
    """Path of the unix socket it goes through, "" = TCP."""
    connect: str = ""
    """HOST:PORT to connect to, if the URL contains the certificate's host name instead; "" = as the URL says."""
    certificate: str = ""
    """The certificate that curl must be told about, absolute or relative to the written files; "" = there is none,
    or clients already trust it."""
    token: TokenPlace | None = None


def call(deployment: Deployment, samples: Mapping[str, str] | None = None) -> Call | None:
    """The request to try first; None where nothing on this machine's addresses answers, or nothing is served.

    `samples`: model name -> body, where one is known from looking into the model.
    """
    endpoint = deployment.endpoint("inference")
    if endpoint is None or not deployment.plan.models:
        return None
    socket = deployment.socket("inference")
    base = "http://localhost" if socket else endpoint.url
    if not base:
        return None
    name = certified_name(deployment) if endpoint.tls and not socket else ""
    request, body = usual_request(deployment, endpoint, samples or {})
    return Call(
        url=(f"https://{name}:{endpoint.host_port}" if name else base) + request.path,
        connect=base.partition("//")[2] if name else "",
        content_type=registry.adapter(deployment.plan.server).content_type,
        body=body,
        socket=socket,
        certificate=deployment.handed_out.removeprefix("./") if endpoint.tls else "",
        token=token_place(deployment),
    )


def certified_name(deployment: Deployment) -> str:
    """The first name clients use, if the certificate is the user's own; else ""."""
    plan = deployment.plan
    return plan.gateway.names[0] if plan.tls.mode == "files" and plan.gateway.names else ""


def token_place(deployment: Deployment) -> TokenPlace | None:
    """Where the token for the inference API is; None if none is needed."""
    endpoint = deployment.endpoint("inference")
    if endpoint is None or endpoint.auth == "none":
        return None
    if endpoint.auth == "gateway-token":
        return TokenPlace("secrets/inference.token")
    adapter = registry.adapter(deployment.plan.server)
    given = adapter.given_token_file(deployment)
    if given is not None:
        return TokenPlace(given, several=True)
    container = f"{project(deployment)}-server" if deployment.plan.contained else ""
    path, pattern = adapter.token_file(deployment) or "", adapter.token_pattern("inference")
    return TokenPlace(path, container, pattern, engine=deployment.engine.name)


def posix_token(place: TokenPlace, folder: str, container: str = "") -> str:
    """A POSIX shell command that prints the token.

    `folder`: that of the written files, already quoted; `container`: a shell word for the container's name, "" = the
    usual name.
    """
    path = shell.sh(place.path)
    text = f"{place.engine} exec {container or shell.sh(place.container)} cat {path}"
    if not place.pattern:
        first = "sed -n '/^[^#]/{p;q;}'" if place.several else "head -n 1"
        return text if place.container else f"{first} {folder}/{path}"
    edit = shell.sh(f"s/.*{place.pattern}.*/\\1/p")
    one_line = f"{text} | tr -d '\\r\\n'" if place.container else f"tr -d '\\r\\n' <{folder}/{path}"
    return f"{one_line} | sed -nE {edit}"


def powershell_token(place: TokenPlace, folder: str, container: str = "") -> str:
    """A PowerShell expression whose value is the token.

    `folder`: an expression for the folder of the written files; `container`: one for the container's name, "" = the
    usual name.
    """
    path = shell.powershell(place.path)
    if place.container:
        text = f"(docker exec {container or shell.powershell(place.container)} cat {path})"
    else:
        text = f"(Get-Content (Join-Path {folder} {path}))"
    if not place.pattern:
        keys = f"@{text} -match '^[^#]'" if place.several else text
        return f"{keys} | Select-Object -First 1"
    return f"[regex]::Match(-join {text}, {shell.powershell(place.pattern)}).Groups[1].Value"


def curl(wanted: Call, folder: str, token: str = "") -> str:
    """The request as a POSIX shell command.

    The token goes through a pipe, because every user can read command lines. `folder`: that of the written files,
    already quoted; `token`: a shell word for the token, "" = read it.
    """
    words = ["curl", "-sS", *_connection(wanted)]
    words += ["--cacert", _place(folder, wanted.certificate)] if wanted.certificate else []
    words += [shell.sh(wanted.url), "-H", shell.sh(f"Content-Type: {wanted.content_type}")]
    if wanted.token is not None:
        token = token or f'"$({posix_token(wanted.token, folder)})"'
        words = [*TOKEN_PIPE, token, "|", *words, *TOKEN_READ]
    # curl would take text that begins with @ for a file name.
    words += ["--data-raw" if wanted.body.startswith("@") else "--data-binary", shell.sh(wanted.body)]
    return " ".join(words)


def _place(folder: str, path: str) -> str:
    """A path, absolute or relative to `folder`, as a word of the shell. `folder` is already quoted."""
    return shell.sh(path) if path.startswith("/") else f"{folder}/{shell.sh(path)}"


_HERE = '"$here"'
TOKEN_PIPE, TOKEN_READ = ("printf", "'Authorization: Bearer %s\\n'"), ("-H", "@-")
"""How a header with a token is passed to curl (7.55 or newer). printf is part of the shell, so no process shows it."""


def _connection(wanted: Call) -> list[str]:
    """Where curl connects, if that is not what the address says."""
    if wanted.socket:
        return ["--unix-socket", shell.sh(wanted.socket)]
    return ["--connect-to", shell.sh(f"::{wanted.connect}")] if wanted.connect else []


def scripts(deployment: Deployment, samples: Mapping[str, str]) -> tuple[ConfigFile, ...]:
    """call.sh, and call.ps1 if there is a run.ps1; nothing if no API can be called from this machine."""
    found = call(deployment, samples)
    if found is None:
        return ()
    posix = ConfigFile(POSIX, (Block("\n".join(_posix(deployment, found)) + "\n", "models"),), executable=True)
    if not has_powershell(deployment, found):
        return (posix,)
    try:
        text = "\n".join(_powershell(deployment, found)) + "\n"
    except WizardError:
        return (posix,)
    return (posix, ConfigFile(POWERSHELL, (Block(shell.powershell_file(text), "models"),)))


def has_powershell(deployment: Deployment, wanted: Call) -> bool:
    """Whether a call.ps1 is written: where PowerShell starts containers, and can reach them."""
    return not (deployment.plan.native or wanted.socket) and deployment.engine.powershell


def _said(wanted: Call, docker: bool) -> Iterator[str]:
    """Where the request goes, where that is for a reader, and what starts the server, from any folder."""
    yield f"url={shell.sh(wanted.url)}"
    yield f"where={shell.sh(f'unix socket {wanted.socket}') if wanted.socket else '$url'}"
    yield shown.PASTED
    yield f'start="$(pasted "$(dirname -- "$0")/run.sh"){" up" if docker else ""}"'


def _posix(deployment: Deployment, wanted: Call) -> Iterator[str]:
    yield "#!/bin/sh"
    yield f"# One request to {deployment.title}: ./call.sh [BODY or @FILE]. Prints the answer; ends with 1 on an error."
    yield "set -eu"
    docker = deployment.plan.contained
    inside = wanted.token is not None and bool(wanted.token.container)
    beside = wanted.certificate.startswith("secrets/") or (wanted.token is not None and not inside)
    if beside:
        yield shell.HERE
    yield from _said(wanted, docker)
    yield f"left={WAIT_S}  # seconds for a server that is just starting"
    yield f"body={shell.sh(wanted.body)}"
    yield "data=--data-raw"
    yield "[ $# -eq 0 ] || { body=$1; case $1 in @*) data=--data-binary ;; esac; }"
    endpoint = deployment.endpoint("inference")
    if docker and endpoint is not None:
        yield from found_running.posix(deployment, endpoint, inside, beside)
    else:
        yield "missing() { false; }"
    yield ""
    yield from _asking(wanted)
    yield shown.POSIX
    yield until_answered.posix(deployment.plan.tls.mode == "files" and wanted.url.startswith("https:"))


def _asking(wanted: Call) -> Iterator[str]:
    yield "# The status of the answer. The token goes through a pipe: arguments can be read by every user."
    yield "ask() {"
    yield f"    ulimit -f {MOST_MB * 2048} 2>/dev/null || :  # {MOST_MB} MB: an answer may never end"
    yield "    trap '' XFSZ"
    if wanted.token is not None:
        yield "    token=$(" + posix_token(wanted.token, _HERE, found_running.SERVER) + ")"
        yield '    [ -n "$token" ] || return 7'
        yield """    printf 'header = "Authorization: Bearer %s"\\n' "$token" | curl -K - \\"""
    else:
        yield "    curl \\"
    yield "        -sS --noproxy '*' --connect-timeout 5 -o \"$answer\" -w '%{http_code}' \\"
    if _connection(wanted):
        yield f"        {' '.join(_connection(wanted))} \\"
    if wanted.certificate:
        folder = _HERE if wanted.certificate.startswith("secrets/") else '"$(dirname "$0")"'
        yield f"        --cacert {_place(folder, wanted.certificate)} \\"
    yield f"        -H {shell.sh('Content-Type: ' + wanted.content_type)}" + ' "$data" "$body" "$url"'
    yield "}"
    yield ""


_FOUND = (found_running.POWERSHELL_HERE, found_running.POWERSHELL_SERVER)


def _powershell(deployment: Deployment, wanted: Call) -> Iterator[str]:
    yield f"# One request to {deployment.title}: .\\call.ps1 [-Body TEXT]. Prints the answer."
    yield f"param([string]$Body = {shell.powershell_value(wanted.body)})"
    yield "$ErrorActionPreference = 'Stop'"
    yield shown.POWERSHELL
    endpoint = deployment.endpoint("inference")
    if wanted.token is not None and endpoint is not None:
        yield from found_running.powershell(deployment, endpoint)
    yield "$request = @{"
    yield "    Method = 'Post'"
    yield f"    Uri = {shell.powershell(wanted.url)}"
    yield f"    ContentType = {shell.powershell(wanted.content_type)}"
    yield "    Body = [Text.Encoding]::UTF8.GetBytes($Body)"
    yield "    UseBasicParsing = $true"
    yield "}"
    if wanted.certificate:
        yield "if ($PSVersionTable.PSVersion.Major -lt 7) { throw 'This certificate needs PowerShell 7.' }"
        yield "$request.SkipCertificateCheck = $true"
    yield f"for ($left = {WAIT_S}; ; $left--) {{"
    yield "    try {"
    if wanted.token is not None:
        yield "        $token = " + powershell_token(wanted.token, *_FOUND)
        yield "        if (-not $token) { throw 'There is no token yet.' }"
        yield '        $request.Headers = @{ Authorization = "Bearer $token" }'
    yield "        Shown (Invoke-WebRequest @request).Content"
    yield "        break"
    yield "    } catch {"
    yield "        $response = $_.Exception.Response"
    yield "        $starting = (-not $response) -or (@(502, 503, 504) -contains [int]$response.StatusCode)"
    yield "        if (-not $starting -or $left -le 0) { throw (Harmless $_) }"
    yield "        Start-Sleep -Seconds 1"
    yield "    }"
    yield "}"
