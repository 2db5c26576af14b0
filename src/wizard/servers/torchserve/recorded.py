"""Recorded requests: what the server, started with the recorded settings, would answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from wizard.plan import Api
from wizard.servers.exchanges import RecordedExchange
from wizard.servers.requests import ExpectedAnswer
from wizard.servers.torchserve import answers, layout, properties
from wizard.servers.torchserve.keys import key_of
from wizard.servers.torchserve.knowledge import knowledge, supported
from wizard.servers.torchserve.running import Running, cors_headers

_FILE_FLAGS = ("--ts-config",)
_MODELS = "echo"
"""The model assumed in recordings whose settings name none."""
_HANGS = ExpectedAnswer(
    0, fact="A line break in a CORS value: every request waits without an answer (0.12.0, measured)."
)


def answer(exchange: RecordedExchange) -> ExpectedAnswer:
    """The answer to the request. Raises WizardError for an unknown release."""
    settings = _settings(exchange)
    running = _running(exchange, settings)
    if any("\n" in value or "\r" in value for _, value in running.cors):
        return _HANGS
    request = exchange.request
    if not (request.header("authorization") or "Bearer ").startswith("Bearer "):
        request = replace(request, token="wrong")
    api: Api = exchange.api or "inference"
    return answers.answer(running, api, request)


def _running(exchange: RecordedExchange, settings: Mapping[str, str]) -> Running:
    version = supported(exchange.version)
    on = {key for key, value in settings.items() if value.lower() == "true"}
    off = "disable_token_authorization" in on or "--disable-token-auth" in exchange.flags
    has_switch = knowledge().has(version, "model_api_switch")
    named = [name.partition("=")[0] for name in settings.get("load_models", "").split(",")]
    return Running(
        models=frozenset(name.partition(".mar")[0] for name in named if name) or frozenset({_MODELS}),
        cors=cors_headers(*(settings.get(f"cors_allowed_{part}", "") for part in ("origin", "methods", "headers"))),
        token=knowledge().has(version, "token") and not off,
        model_api=not has_switch or "enable_model_api" in on or "--enable-model-api" in exchange.flags,
        metrics=settings.get("enable_metrics_api", "true").lower() == "true",
    )


def _settings(exchange: RecordedExchange) -> dict[str, str]:
    """config.properties, then flags that are settings, then the variables if they count.

    If a recording has no file, variables are assumed to count, as in the official image.
    """
    text = exchange.files.get(_file(exchange), "")
    found = {entry.key: entry.value for entry in properties.read_java(text)}
    found |= {flag.partition("=")[0]: flag.partition("=")[2] for flag in exchange.flags if not flag.startswith("-")}
    if not text or found.get("enable_envvars_config", "").lower() == "true":
        found |= {key: value for name, value in exchange.env.items() if (key := key_of(name))}
    return found


def _file(exchange: RecordedExchange) -> str:
    named = exchange.env.get("TS_CONFIG_FILE", "")
    for flag, value in zip(exchange.flags, exchange.flags[1:], strict=False):
        named = named or (value if flag in _FILE_FLAGS else "")
    named = named or next((f.partition("=")[2] for f in exchange.flags if f.startswith("--ts-config=")), "")
    return named or layout.CONFIG
