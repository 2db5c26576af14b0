"""The adapter of TensorFlow Serving."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from wizard.deployment import Deployment, Endpoint, Process
from wizard.deployment.finding import Finding
from wizard.host import Host
from wizard.plan import Listener, Plan
from wizard.servers.contract import Abilities, Adapter, ApiSpec, Emulator, KnownSetting, Program, Sample
from wizard.servers.exchanges import RecordedExchange
from wizard.servers.facts import Fact
from wizard.servers.files import ConfigFile
from wizard.servers.requests import ExpectedAnswer, Request, Route
from wizard.servers.tensorflow_serving import (
    answers,
    findings,
    grpc_calls,
    layout,
    recorded,
    render,
    running,
    unsupported_wishes,
)
from wizard.servers.tensorflow_serving import settings as declared
from wizard.servers.tensorflow_serving.abilities import abilities
from wizard.servers.tensorflow_serving.adjustable import adjustable
from wizard.servers.tensorflow_serving.knowledge import knowledge, supported
from wizard.servers.tensorflow_serving.models.formats import SavedModels
from wizard.servers.tensorflow_serving.process import process
from wizard.servers.version_given import release

_IMAGE = "tensorflow/serving"
_PROGRAM = "tensorflow_model_server"
_NAME = "[A-Za-z0-9_.-]+"
_WHICH = f"/v1/models/{_NAME}(?:/versions/[0-9]+|/labels/{_NAME})?"

_LOOPBACK = Listener(scope="loopback")
_OFF = Listener(scope="off")
APIS: tuple[ApiSpec, ...] = (
    ApiSpec(
        "inference",
        "http",
        8501,
        _LOOPBACK,
        _LOOPBACK,
        "This is the API that clients send predictions to.",
        "/v1/models",
        does=("predict", "observe"),
        browser_callable=True,
        token_group="inference",
    ),
    ApiSpec(
        "grpc",
        "grpc",
        8500,
        _OFF,
        _OFF,
        "The same predictions over gRPC, a binary protocol. Anyone who can reach it can replace the list of models.",
        does=("predict", "observe", "change-models", "run-code", "fetch-urls"),
        token_group="inference",
        always_listens=True,
    ),
    ApiSpec(
        "metrics",
        "http",
        8501,
        _OFF,
        _OFF,
        "Counters and timings, for a monitoring system such as Prometheus. They are on the inference port.",
        layout.METRICS_PATH,
        does=("observe",),
        shares_listener_with="inference",
    ),
)


class TensorFlowServing(Adapter):
    """TensorFlow Serving 2.5 to 2.21. Facts come from the knowledge files beside this module."""

    def __init__(self) -> None:
        known = knowledge()
        self.id = known.id
        self.title = known.title
        self.versions = known.versions
        self.apis = APIS
        self.finding_texts = findings.TEXTS
        self.models = SavedModels()
        self.adjustable = adjustable()
        self.programs: tuple[Program, ...] = (Program(_PROGRAM, "native TensorFlow Serving runs"),)
        self.native_hint = "with tensorflow_model_server if it is installed here, else with an emulation of it"
        self.emulator = Emulator(_PROGRAM, f"{__package__}.emulator")
        self.sample = Sample("half_plus_two", Path(__file__).with_name("sample") / "half_plus_two")

    def abilities(self, version: str) -> Abilities:
        """What a release can do by itself. Raises WizardError for an unknown release."""
        return abilities(version)

    def image(self, version: str, gpu: bool) -> str:
        """The official image of a release. Raises WizardError for an unknown release."""
        return f"{_IMAGE}:{supported(version)}{'-gpu' if gpu else ''}"

    def process(self, deployment: Deployment) -> Process:
        """How the server is run: the image with flags after its own, or the binary in the folder of the files."""
        return process(deployment, self.image_for(deployment.plan))

    def config_files(self, deployment: Deployment) -> tuple[ConfigFile, ...]:
        """models.config, and monitoring.config if the metrics page is on."""
        return render.config_files(deployment)

    def answer(self, deployment: Deployment, endpoint: Endpoint, request: Request) -> ExpectedAnswer:
        """The server's answer; status 0 = it has no open port for that API, or never answers."""
        if endpoint.protocol == "grpc":
            return grpc_calls.answer(release(supported(deployment.plan.version)), request.path)
        return answers.answer(running.of(deployment), request)

    def replay(self, exchange: RecordedExchange) -> ExpectedAnswer:
        """The answer to a recorded request; status 0 = never anything."""
        return recorded.answer(exchange)

    def sample_body(self, model: str) -> str:
        """A prediction of three numbers, like most first examples."""
        return '{"instances": [1.0, 2.0, 5.0]}'

    def predict_path(self, model: str) -> str:
        """Path of a prediction by the newest loaded version."""
        return f"/v1/models/{model}:predict"

    def unsuited(self, host: Host) -> str:
        """The official images are for amd64 with AVX only."""
        if host.arch in ("arm64", "aarch64"):
            return "The official TensorFlow Serving images are for amd64 only; they run under emulation, slowly."
        return (
            "" if host.avx else "The official TensorFlow Serving images stop with an illegal instruction without AVX."
        )

    def gateway_routes(self, deployment: Deployment) -> tuple[Route, ...]:
        """Predictions, status and metadata; over gRPC the same, and never the call that replaces the list of models."""
        routes = [
            Route(
                "inference",
                f"^{_WHICH}:(?:predict|classify|regress)$",
                ("POST",),
                ("predict",),
                json_body=True,
                wait_s=layout.rest_patience(deployment.plan),
            ),
            Route("inference", f"^{_WHICH}(?:/metadata)?$", ("GET",), ("observe",)),
        ]
        if layout.metrics_on(deployment):
            routes.append(Route("metrics", f"^{layout.METRICS_PATH}$", ("GET",), ("observe",)))
        methods = "|".join(grpc_calls.PREDICTION_METHODS)
        allowed = rf"PredictionService/(?:{methods})|ModelService/GetModelStatus"
        routes.append(
            Route("grpc", rf"^/tensorflow\.serving\.(?:{allowed})$", ("POST",), ("predict", "observe"), grpc=True)
        )
        return tuple(routes)

    def settings(self) -> Iterator[KnownSetting]:
        """Flags, fields, and names often mistaken for them."""
        return declared.settings()

    def findings(self, deployment: Deployment) -> Iterator[Finding]:
        """Findings that only TensorFlow Serving has."""
        return findings.find(deployment)

    def impossible(self, plan: Plan) -> tuple[Fact, ...]:
        """Wishes in this Plan that cannot be granted."""
        return unsupported_wishes.impossible(plan)
