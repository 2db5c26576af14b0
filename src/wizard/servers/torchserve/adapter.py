"""The adapter of TorchServe."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

from wizard.deployment import Deployment, Endpoint, Process
from wizard.deployment.finding import Finding
from wizard.plan import Api, Listener, Plan
from wizard.servers.contract import Abilities, Adapter, ApiSpec, KnownSetting, Program, Sample
from wizard.servers.exchanges import RecordedExchange
from wizard.servers.facts import Fact
from wizard.servers.files import ConfigFile
from wizard.servers.requests import ExpectedAnswer, Request, Route
from wizard.servers.torchserve import answers, findings, layout, recorded, render, running, unsupported_wishes
from wizard.servers.torchserve import settings as declared
from wizard.servers.torchserve.abilities import abilities
from wizard.servers.torchserve.adjustable import adjustable
from wizard.servers.torchserve.knowledge import knowledge, supported
from wizard.servers.torchserve.models.formats import Archives
from wizard.servers.torchserve.process import process

_IMAGE = "pytorch/torchserve"
_WHICH = "[A-Za-z0-9][A-Za-z0-9_.-]*(?:/[0-9][0-9.]*)?"
"""A model, or one version of it."""

_LOOPBACK = Listener(scope="loopback")
_OFF = Listener(scope="off")
APIS: tuple[ApiSpec, ...] = (
    ApiSpec(
        "inference",
        "http",
        8080,
        _LOOPBACK,
        _LOOPBACK,
        "This is the API that clients send predictions to.",
        probe_path="/ping",
        does=("predict", "observe"),
        browser_callable=True,
        token_group="inference",
        always_listens=True,
    ),
    ApiSpec(
        "management",
        "http",
        8081,
        _OFF,
        _LOOPBACK,
        "It loads, unloads and scales models. Anyone who can use it can make the server run their code.",
        probe_path="/models",
        does=("observe", "change-models", "run-code", "fetch-urls"),
        browser_callable=True,
        token_group="management",
        always_listens=True,
    ),
    ApiSpec(
        "metrics",
        "http",
        8082,
        _OFF,
        _OFF,
        "Counters and timings, for a monitoring system such as Prometheus.",
        "/metrics",
        does=("observe",),
    ),
    ApiSpec(
        "grpc",
        "grpc",
        7070,
        _OFF,
        _LOOPBACK,
        "The same predictions over gRPC, a binary protocol. Leave it off unless a client asks for it.",
        does=("predict", "observe"),
        token_group="inference",
        always_listens=True,
    ),
    ApiSpec(
        "grpc_management",
        "grpc",
        7071,
        _OFF,
        _LOOPBACK,
        "Management over gRPC. Anyone who can use it can make the server run their code.",
        does=("observe", "change-models", "run-code", "fetch-urls"),
        token_group="management",
        always_listens=True,
    ),
)


def _grpc(service: str, *methods: str) -> str:
    return f"^/{service.replace('.', chr(92) + '.')}/(?:{'|'.join(methods)})$"


_ROUTES = (
    Route("inference", "^/ping$", ("GET",), ("observe",)),
    Route("inference", f"^/predictions/{_WHICH}$", ("POST", "PUT"), ("predict",)),
    Route("management", "^/models$", ("GET",), ("observe",)),
    Route("management", f"^/models/{_WHICH}$", ("GET", "PUT"), ("observe", "change-models")),
    Route("metrics", "^/metrics$", ("GET",), ("observe",)),
    Route(
        "grpc", _grpc(answers.INFERENCE_SERVICE, "Ping", "Predictions"), ("POST",), ("predict", "observe"), grpc=True
    ),
    Route(
        "grpc_management",
        _grpc(answers.MANAGEMENT_SERVICE, "DescribeModel", "ListModels", "ScaleWorker"),
        ("POST",),
        ("observe", "change-models"),
        grpc=True,
    ),
)


class TorchServe(Adapter):
    """TorchServe 0.8.1 to 0.12.0. Facts come from the knowledge files beside this module."""

    def __init__(self) -> None:
        known = knowledge()
        self.id = known.id
        self.title = known.title
        self.versions = known.versions
        self.apis = APIS
        self.finding_texts = findings.TEXTS
        self.models = Archives()
        self.adjustable = adjustable()
        self.programs: tuple[Program, ...] = (
            Program("torchserve", "native TorchServe runs (needs Java too)"),
            Program("java", "native TorchServe runs"),
        )
        self.native_hint = "with TorchServe if it is installed here; it needs Java 17 too"
        self.log_noise = "TS_METRICS"  # its measurements, several lines a minute
        self.sample = Sample("echo", Path(__file__).with_name("sample") / "model-store/echo.mar")

    def abilities(self, version: str) -> Abilities:
        """What a release can do by itself. Raises WizardError for an unknown release."""
        return abilities(version)

    def default_auth(self, version: str) -> Literal["none", "server-token"]:
        """Its own token if it has one. Raises WizardError for an unknown release."""
        return "server-token" if self.abilities(version).token else "none"

    def image(self, version: str, gpu: bool) -> str:
        """The official image of a release. Raises WizardError for an unknown release."""
        return f"{_IMAGE}:{supported(version)}-{'gpu' if gpu else 'cpu'}"

    def process(self, deployment: Deployment) -> Process:
        """How the server is run: torchserve in the image, or the command in the folder of the files."""
        return process(deployment, self.image_for(deployment.plan))

    def config_files(self, deployment: Deployment) -> tuple[ConfigFile, ...]:
        """config.properties. Raises WizardError for a native path that it cannot contain."""
        return render.config_files(deployment)

    def answer(self, deployment: Deployment, endpoint: Endpoint, request: Request) -> ExpectedAnswer:
        """The server's answer; status 0 = it has no open port for that API."""
        return answers.answer(running.of(deployment), endpoint.api, request)

    def replay(self, exchange: RecordedExchange) -> ExpectedAnswer:
        """The answer to a recorded request; status 0 = never anything."""
        return recorded.answer(exchange)

    def sample_body(self, model: str) -> str:
        """Three numbers under the name that most handlers read."""
        return '{"data": [1.0, 2.0, 5.0]}'

    def predict_path(self, model: str) -> str:
        """Path of a prediction by the default version."""
        return f"/predictions/{model}"

    def token_file(self, deployment: Deployment) -> str | None:
        """The key file, which only the server's own user may read; None if no token is needed."""
        if not deployment.server_token:
            return None
        return layout.KEY_FILE if deployment.plan.native else f"{layout.RUN}/{layout.KEY_FILE}"

    def own_tokens(self, deployment: Deployment, text: str) -> dict[Api, str]:
        """The keys in key_file.json for the APIs that ask for one; a model may have written anything over it."""
        managed = ("management", "grpc_management")
        asking = [e.api for e in deployment.endpoints if e.auth == "server-token"]
        try:
            keys = json.loads(text)
            return {api: str(keys["management" if api in managed else "inference"]["key"]) for api in asking}
        except (ValueError, TypeError, LookupError, RecursionError):
            return {}

    def token_pattern(self, api: Api) -> str:
        """The member `key` of the member named after the kind of API."""
        kind = "management" if api in ("management", "grpc_management") else "inference"
        return f'"{kind}" *: *[{{][^}}]*"key" *: *"([^"]+)"'

    def gateway_routes(self, deployment: Deployment) -> tuple[Route, ...]:
        """Predictions and health; for management: list, describe, scale. A prediction's body may be of any type,
        such as an image or JSON.

        Never forwarded: adding and removing models, workflows (the server would download from any address), set-
        default, key renewal, and the other spellings of a prediction. Over gRPC, no StreamPredictions: one such call to
        a model that does not stream ends its process (TorchServe 0.9.0 to 0.12.0, measured).
        """
        wait_s = layout.response_timeout(deployment.plan)
        gated = {e.api for e in deployment.endpoints if e.served_by == "gateway"}
        return tuple(_waiting(route, wait_s) for route in _ROUTES if route.api in gated)

    def settings(self) -> Iterator[KnownSetting]:
        """Keys, flags, and names often mistaken for them."""
        return declared.settings()

    def findings(self, deployment: Deployment) -> Iterator[Finding]:
        """Findings that only TorchServe has."""
        return findings.find(deployment)

    def impossible(self, plan: Plan) -> tuple[Fact, ...]:
        """Wishes in this Plan that cannot be granted. Raises WizardError for an unknown release."""
        return unsupported_wishes.impossible(plan)


def _waiting(route: Route, wait_s: int) -> Route:
    """Predictions may take as long as the server waits for them."""
    return replace(route, wait_s=wait_s) if "predict" in route.does and wait_s != route.wait_s else route
