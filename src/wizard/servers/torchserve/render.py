"""config.properties."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.deployment import CorsAnswers, Deployment, Endpoint
from wizard.errors import WizardError
from wizard.formats.source import comment
from wizard.plan import Api
from wizard.servers.files import Block, ConfigFile
from wizard.servers.host_files import tls_files
from wizard.servers.torchserve import adjustable, layout, properties

_HTTP: tuple[Api, ...] = ("inference", "management", "metrics")
_LOOPBACK = "127.0.0.1"
_TEN_YEARS = 10 * 365 * 24 * 60
"""Minutes. Nothing renews a key that the gateway was given at startup."""


def config_files(deployment: Deployment) -> tuple[ConfigFile, ...]:
    """The one file the server reads at startup. Raises WizardError for a native path that the file cannot contain."""
    return (ConfigFile(layout.CONFIG, tuple(_blocks(deployment))),)


def native_cors(deployment: Deployment) -> CorsAnswers | None:
    """The CORS policy that the server itself sends, None if it sends no CORS headers."""
    for endpoint in deployment.endpoints:
        if endpoint.scope != "off" and endpoint.cors.layer == "native" and endpoint.cors.origins:
            return endpoint.cors
    return None


def _blocks(deployment: Deployment) -> Iterator[Block]:
    version = deployment.plan.version
    # A comment comes first: an editor's byte order mark would make the server lose the first key.
    first = f"TorchServe {version}. Keys are lower case; the server silently ignores keys it does not know."
    yield Block(f"{comment(first)}\n")
    for api in _HTTP:
        yield from _http(deployment, api)
    yield from _grpc(deployment)
    yield _models(deployment)
    yield from _management(deployment)
    yield from _token(deployment)
    yield from _cors(deployment)
    yield from _tls(deployment)
    yield from _limits(deployment)
    yield from _settings(deployment)


def _block(cause: str, why: str, *settings: tuple[str, str]) -> Block:
    lines = [comment(why), *(properties.line(key, value) for key, value in settings)]
    return Block("\n" + "\n".join(lines) + "\n", cause, why)


def _http(deployment: Deployment, api: Api) -> Iterator[Block]:
    endpoint = deployment.endpoint(api)
    if endpoint is None:
        return
    cause = f"bind.{api}"
    if api == "metrics" and endpoint.scope == "off":
        yield _block(cause, "No metrics page.", ("enable_metrics_api", "false"))
        return
    address, note = _bindable(endpoint)
    yield _block(cause, _where(deployment, endpoint) + note, (f"{api}_address", _url(endpoint, address)))
    if api == "metrics":
        yield _block(cause, "In its usual mode the metrics page stays empty.", ("metrics_mode", "prometheus"))


def _url(endpoint: Endpoint, address: str) -> str:
    if address.startswith("unix:"):
        return address
    scheme = "https" if layout.http_tls(endpoint) else "http"
    return f"{scheme}://{address}:{endpoint.backend_port}"


def _bindable(endpoint: Endpoint) -> tuple[str, str]:
    """The address to bind, and what to say if it differs from the one asked for."""
    asked = endpoint.backend_address
    grpc_socket = asked.startswith("unix:") and endpoint.protocol == "grpc"
    if grpc_socket or (":" in asked and not asked.startswith("unix:")):
        return _LOOPBACK, f" TorchServe cannot listen on {asked}; this keeps it on this machine."
    return asked, ""


def _where(deployment: Deployment, endpoint: Endpoint) -> str:
    """What the address means, in a few words."""
    inside = deployment.plan.bridged
    address = endpoint.backend_address
    if address.startswith("unix:"):
        return "A unix socket: file permissions decide who may connect."
    if address == "0.0.0.0":
        if not inside:
            return "Every interface of this machine, IPv6 included."
        open_ = "the gateway" if endpoint.served_by == "gateway" else "what Docker publishes"
        return f"Every address inside the container; {open_} decides who may connect."
    if address != _LOOPBACK:
        return f"The address {address} of this machine only."
    if endpoint.scope == "off":
        return "Only inside the container: it cannot be switched off." if inside else "It cannot be switched off."
    return "Only the gateway calls it." if endpoint.served_by == "gateway" else "Only this machine."


def _grpc(deployment: Deployment) -> Iterator[Block]:
    addressed = layout.has(deployment, "grpc_addresses")
    for api, key in (("grpc", "grpc_inference"), ("grpc_management", "grpc_management")):
        endpoint = next((e for e in deployment.endpoints if e.api == api), None)
        if endpoint is None:
            continue
        port = (f"{key}_port", str(endpoint.backend_port))
        if addressed:
            address, note = _bindable(endpoint)
            why = f"gRPC. {_where(deployment, endpoint)}{note}"
            yield _block(f"bind.{api}", why, (f"{key}_address", address), port)
        else:
            inside = " of the container" if deployment.plan.bridged else ""
            why = f"gRPC: every interface{inside}; this release has no key for its address."
            yield _block(f"bind.{api}", why, port)


def _models(deployment: Deployment) -> Block:
    plan = deployment.plan
    names = ",".join(f"{model.name}={_location(deployment, number)}" for number, model in enumerate(plan.models))
    settings = [("model_store", layout.store(plan))]
    if names:
        settings.append(("load_models", names))
    return _block("models", "Each model by its name: 'all' would run whatever lies in the folder.", *settings)


def _location(deployment: Deployment, number: int) -> str:
    found = layout.location(deployment.plan, deployment.plan.models[number])
    if "," in found:
        raise WizardError(
            f"{found!r} cannot be written into the setting load_models",
            "A comma separates the models in this list.",
            "Rename the file or folder.",
        )
    return found


def _management(deployment: Deployment) -> Iterator[Block]:
    settings = [("allowed_urls", "none"), ("install_py_dep_per_model", "false")]
    if layout.has(deployment, "model_api_switch"):
        settings.insert(0, ("enable_model_api", "false"))
    why = "No model or workflow is fetched over the network, and archives install no packages."
    yield _block("bind.management", why, *settings)
    if layout.has(deployment, "workflow_store_key"):
        native = deployment.plan.native
        folder = layout.NATIVE_WORKFLOWS if native else layout.WORKFLOWS
        why = "Not the model store: a workflow registration leaves files in this folder."
        yield _block("bind.management", why, ("workflow_store", folder))


def _token(deployment: Deployment) -> Iterator[Block]:
    if not layout.has(deployment, "token"):
        return
    if deployment.presented:
        why = "The gateway presents the key that is made at each start: nobody else on this machine gets past it."
        settings = (("disable_token_authorization", "false"), ("token_expiration_min", str(_TEN_YEARS)))
        yield _block("gateway.kind", why, *settings)
    elif deployment.server_token:
        why = f"Callers present a key from {layout.KEY_FILE}, new at each start and dead after 60 minutes."
        yield _block("auth", why, ("disable_token_authorization", "false"))
    else:
        other = any(endpoint.auth == "gateway-token" for endpoint in deployment.endpoints)
        why = "The gateway asks for the token." if other else "Nobody has to present a token here."
        yield _block("auth", why, ("disable_token_authorization", "true"))


def _cors(deployment: Deployment) -> Iterator[Block]:
    cors = native_cors(deployment)
    if cors is None:
        return
    why = "Pages of this origin may read the answers of every HTTP API here. It does not stop requests."
    if cors.origins == ("*",):
        why = "Pages of every origin may read the answers of every HTTP API here."
    yield _block("cors.inference.origins", why, ("cors_allowed_origin", cors.origins[0]))
    for key, values in (("methods", cors.methods), ("headers", cors.headers)):
        if values:
            why = f"The {key} that those pages may use."
            yield _block(f"cors.inference.{key}", why, (f"cors_allowed_{key}", ", ".join(values)))


def _tls(deployment: Deployment) -> Iterator[Block]:
    if not layout.native_tls(deployment):
        return
    plan = deployment.plan
    files = tls_files(deployment) if plan.native else (layout.CERTIFICATE, layout.PRIVATE_KEY)
    settings = [("certificate_file", files[0]), ("private_key_file", files[1])]
    if any(layout.http_tls(e) for e in deployment.endpoints if e.protocol == "grpc"):
        settings.append(("enable_grpc_ssl", "true"))
    yield _block("tls", "TLS 1.2; the key must be an RSA key without a password.", *settings)


def _limits(deployment: Deployment) -> Iterator[Block]:
    given = "workers" in deployment.plan.settings.given
    if given or deployment.plan.native or deployment.plan.run.gpu:
        return
    why = "One process for each model: the container's memory limit would not hold one for each CPU."
    yield _block("run", why, ("default_workers_per_model", "1"))


def _settings(deployment: Deployment) -> Iterator[Block]:
    found = tuple(adjustable.lines(deployment.plan))
    if found:
        yield _block("settings", "What was answered besides who reaches it.", *found)
