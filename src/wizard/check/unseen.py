"""Which answers stand in none of the written files, by name and with the reason: they are the usual ones."""

from __future__ import annotations

from collections.abc import Iterator

from wizard import registry
from wizard.deployment import Deployment, Endpoint
from wizard.deployment.own_files import COPIED_PAIR
from wizard.observed.answers import Lost
from wizard.placement.resolve import patched
from wizard.servers.contract import ApiSpec
from wizard.servers.files import ConfigFile

_NOBODY = "nothing that is written depends on it, because nobody reaches that API."
_NO_PAGES = "no page may read answers, so no file says what else pages may do."
_TOKEN_HEADER = "where a token is asked for, authorization is always among them."
_OWN_CORS = "the server's own CORS has no such setting."
_COPY = "the files have a copy of it, which is named here."
_NO_GATEWAY = "it is the gateway's, and there is none."


def unseen(deployment: Deployment) -> Iterator[Lost]:
    """What an import of these files cannot know."""
    for name in ("audiences", "accepted"):
        yield _lost(name, "no file that is read says it; it is asked anew.")
    yield from _of_models(deployment)
    yield _lost("gateway.kind", "it would have changed nothing, whether it said auto or what is there.")
    if not deployment.has_gateway:
        for name in ("names", "max_body_mib", "requests_per_second"):
            yield _lost(f"gateway.{name}", _NO_GATEWAY)
    specs = registry.adapter(deployment.plan.server).apis
    for spec in specs:
        yield from _of_api(deployment, spec)
    if deployment.has_gateway and not any(each.served_by == "gateway" for each in deployment.endpoints):
        yield _lost("gateway.names", _NOBODY)
    seen = [each for each in deployment.endpoints if _reached(deployment, each)]
    for group in dict.fromkeys(spec.token_group for spec in specs if spec.token_group):
        members = [spec.api for spec in specs if spec.token_group == group]
        if not any(each.api in members and (each.scope != "socket" or each.auth != "none") for each in seen):
            yield _lost(f"auth.{group}", _NOBODY)
    if deployment.plan.tls.certificate == COPIED_PAIR[0]:
        yield _lost("tls.certificate", _COPY)
        yield _lost("tls.key", _COPY)
    if all(each.scope == "socket" for each in seen):
        yield _lost("tls", _NOBODY)


def _of_models(deployment: Deployment) -> Iterator[Lost]:
    plan = deployment.plan
    if plan.models:
        yield _lost("models.sample", "the body of the request to try is made from the model.")
    if plan.native and any(isinstance(each.versions, tuple) and len(each.versions) == 1 for each in plan.models):
        yield _lost("models.as_version", "it is written like its folder with that version alone.")
    baked = patched(deployment, {"run.packaging": "image"}) if plan.contained else None
    if baked is not None and not baked.processes[0].baked:
        yield _lost("run.packaging", "there is nothing to put into an image.")


def _reached(deployment: Deployment, endpoint: Endpoint) -> bool:
    return deployment.plan.reachable(endpoint.api) and not _maybe_off(deployment, endpoint)


def _of_api(deployment: Deployment, spec: ApiSpec) -> Iterator[Lost]:
    plan, endpoint, cors = deployment.plan, deployment.endpoint(spec.api), f"cors.{spec.api}"
    if endpoint is None:
        return
    if not plan.reachable(spec.api):
        yield _lost(f"bind.{spec.api}.port", _NOBODY)
        if spec.browser_callable:
            yield _lost(cors, _NOBODY)
    elif endpoint.served_by != "gateway":
        if _maybe_off(deployment, endpoint):
            yield _lost(f"bind.{spec.api}", "it may have been off, which changes nothing in the files.")
        elif plan.bridged and endpoint.scope == "internal":
            yield _lost(f"bind.{spec.api}.port", "nothing is published.")
        if spec.browser_callable and endpoint.scope == "socket":
            yield _lost(cors, "pages cannot call a socket.")
        elif spec.browser_callable:
            yield from _own_rule(deployment, endpoint, cors)


def _maybe_off(deployment: Deployment, endpoint: Endpoint) -> bool:
    """Whether the same is written of an API that is off: the server listens there all the same."""
    if endpoint.scope not in ("internal", "loopback") or endpoint.served_by != "server":
        return False
    other = patched(deployment, {f"bind.{endpoint.api}.scope": "off"})
    return other is not None and other.processes == deployment.processes and _files(other) == _files(deployment)


def _own_rule(deployment: Deployment, endpoint: Endpoint, cors: str) -> Iterator[Lost]:
    """What the server's own CORS does not show of a rule."""
    adapter = registry.adapter(deployment.plan.server)
    owner = next(spec.api for spec in adapter.apis if spec.browser_callable)
    shared = adapter.abilities(deployment.plan.version).cors_shared
    first = deployment.endpoint(owner)
    elsewhere = not deployment.plan.reachable(owner) or (first is not None and first.served_by == "gateway")
    if shared and owner != endpoint.api and elsewhere:
        yield _lost(cors, f"the server has one rule, which is that of {owner}.")
        return
    if _maybe_off(deployment, endpoint):
        yield _lost(cors, "that API may have been off.")
        return
    if not endpoint.cors.origins and _lets_all(deployment, f"{cors}.origins"):
        yield _lost(f"{cors}.origins", "this release lets every page read, and has no setting for it.")
    said = () if endpoint.cors.layer == "none" else _said(deployment)
    for field in ("methods", "headers", "credentials", "max_age"):
        if field not in said:
            yield _lost(f"{cors}.{field}", _OWN_CORS if endpoint.cors.layer == "native" else _NO_PAGES)
        elif field == "headers" and deployment.server_token:
            yield _lost(f"{cors}.{field}", _TOKEN_HEADER)


def _lets_all(deployment: Deployment, key: str) -> bool:
    """Whether the same is written if every page may read."""
    other = patched(deployment, {key: ["*"]})
    return other is not None and other.processes == deployment.processes and _files(other) == _files(deployment)


def _files(deployment: Deployment) -> tuple[ConfigFile, ...]:
    return registry.adapter(deployment.plan.server).config_files(deployment)


def _said(deployment: Deployment) -> tuple[str, ...]:
    """The fields of a rule that the server's own settings say; others are fixed."""
    abilities = registry.adapter(deployment.plan.server).abilities(deployment.plan.version)
    fixed = {"methods": abilities.cors_methods, "headers": abilities.cors_headers}
    return tuple(field for field, values in fixed.items() if not values)


def _lost(name: str, why: str) -> Lost:
    return Lost(f"{name}: {why}")
