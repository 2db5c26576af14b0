"""Where the gateway's files are: in its container, or natively in the folder of the written files."""

from __future__ import annotations

from dataclasses import dataclass

from wizard import registry
from wizard.deployment import Deployment, Endpoint
from wizard.plan import Api

CONFIG = "gateway/nginx.conf"
RELAY_CONFIG = "gateway/relay.conf"
TOKEN_CHECK = "/_token"
"""The internal location that checks the token; nobody outside can call it."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Places as the gateway's configuration spells them."""

    native: bool
    config: str
    secrets: str
    run: str
    """Folder for the pid and temporary files."""
    certificate: str
    key: str
    token_apis: tuple[Api, ...]
    """APIs whose token the gateway checks."""
    tls: bool

    def token_map(self, api: str) -> str:
        """The map file with the tokens of an API."""
        return f"{self.secrets}/{api}_tokens.map"

    def presented_map(self, group: str) -> str:
        """The map file with the server's own token, which the gateway presents for a group of APIs."""
        return f"{self.secrets}/{presented_name(group)}"


def layout(deployment: Deployment) -> Layout:
    """The paths for one deployment."""
    native = deployment.plan.native
    tls = deployment.plan.tls
    secrets = "../secrets" if native else "/etc/nginx/secrets"
    own = tls.mode == "files" and native
    return Layout(
        native=native,
        config=CONFIG if native else "/etc/nginx/wizard/nginx.conf",
        secrets=secrets,
        run="run/gateway" if native else "/tmp",  # noqa: S108 - a tmpfs of its own in the container
        certificate=tls.certificate if own else f"{secrets}/tls.crt",
        key=tls.key if own else f"{secrets}/tls.key",
        token_apis=token_apis(deployment),
        tls=any(e.tls for e in gated(deployment)),
    )


def gated(deployment: Deployment) -> tuple[Endpoint, ...]:
    """The endpoints that the gateway answers."""
    return tuple(e for e in deployment.endpoints if e.served_by == "gateway")


def token_apis(deployment: Deployment) -> tuple[Api, ...]:
    """`inference` and `management`, if the gateway checks a token for them or their gRPC twin."""
    found: dict[Api, None] = {}
    for endpoint in gated(deployment):
        if endpoint.auth == "gateway-token":
            found[token_api(endpoint.api)] = None
    return tuple(found)


def token_api(api: Api) -> Api:
    """Whose token applies to an API."""
    return "management" if api in ("management", "grpc_management") else "inference"


RELAY_TOKEN = "X-Relay-Token"
"""The header that tells the relay that a request comes from the gateway."""
RELAY = "relay"


def relayed_by_token(deployment: Deployment) -> bool:
    """Whether a relay passes requests on to an isolated server only if they carry the gateway's secret."""
    return any(process.isolated for process in deployment.processes)


def presented_name(group: str) -> str:
    """The name of that file, in the folder of secrets."""
    return f"{group}_presented.map"


def presented_line(token: str) -> str:
    """Its contents."""
    return f'default "Bearer {token}";'


def presented_group(deployment: Deployment, endpoint: Endpoint) -> Api | None:
    """The group of APIs whose server token the gateway presents for callers of an endpoint; None if it presents
    none."""
    if not deployment.presented or endpoint.auth == "server-token":
        return None
    apis = registry.adapter(deployment.plan.server).apis
    return next((spec.token_group for spec in apis if spec.api == endpoint.api), None)


def presented_groups(deployment: Deployment) -> tuple[Api, ...]:
    """Every such group."""
    found = (presented_group(deployment, endpoint) for endpoint in gated(deployment))
    return tuple(dict.fromkeys(group for group in found if group))


def relay_socket(endpoint: Endpoint) -> str:
    """Where the relay in an isolated server's network namespace listens, in the folder of the written files."""
    return f"run/relay/{endpoint.api}.sock"
