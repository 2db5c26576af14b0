"""The adapter of llama-server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from wizard.deployment import Deployment, Endpoint, Process
from wizard.deployment.finding import Finding
from wizard.plan import Api, Listener, Plan
from wizard.servers.contract import Abilities, Adapter, ApiSpec, KnownSetting, Program, Sample
from wizard.servers.exchanges import RecordedExchange
from wizard.servers.facts import Fact
from wizard.servers.files import ConfigFile
from wizard.servers.llama_server import answers, findings, layout, recorded, render, running, unsupported_wishes
from wizard.servers.llama_server import settings as declared
from wizard.servers.llama_server.abilities import abilities
from wizard.servers.llama_server.adjustable import adjustable
from wizard.servers.llama_server.knowledge import build_of, knowledge
from wizard.servers.llama_server.models.formats import Ggufs
from wizard.servers.llama_server.process import PROGRAM, process
from wizard.servers.llama_server.reading.values import keys_in
from wizard.servers.requests import ExpectedAnswer, Request, Route

_IMAGE = "ghcr.io/ggml-org/llama.cpp"
_CHAT = "/v1/chat/completions"
_PATIENCE_S = 3600
"""The default of --timeout: a long answer that is not streamed is silent until its last word is generated."""
_ASKED = "chat/completions|completions|responses|messages|embeddings|rerank|messages/count_tokens"

_LOOPBACK = Listener(scope="loopback")
_OFF = Listener(scope="off")
APIS: tuple[ApiSpec, ...] = (
    ApiSpec(
        "inference",
        "http",
        8080,
        _LOOPBACK,
        _LOOPBACK,
        "Chats, completions and embeddings, in the form of OpenAI's API. The web interface and health share its port.",
        probe_path="/health",
        does=("predict", "observe"),
        guarded_path="/props",
        browser_callable=True,
        token_group="inference",
        always_listens=True,
    ),
    ApiSpec(
        "metrics",
        "http",
        8080,
        _OFF,
        _OFF,
        "Counters and timings, for a monitoring system such as Prometheus; on the inference port, with its key.",
        probe_path="/metrics",
        does=("observe",),
        token_group="inference",
        shares_listener_with="inference",
    ),
)


class LlamaServer(Adapter):
    """llama-server from build 10001 on. Facts come from the knowledge files beside this module."""

    def __init__(self) -> None:
        known = knowledge()
        self.id = known.id
        self.title = known.title
        self.versions = known.versions
        self.apis = APIS
        self.models = Ggufs()
        self.adjustable = adjustable()
        self.programs: tuple[Program, ...] = (Program(PROGRAM, "native llama-server runs"),)
        self.native_hint = "with llama-server, which must be installed here"
        self.finding_texts = findings.TEXTS
        self.sample = Sample("alphabet", Path(__file__).with_name("sample") / "alphabet.gguf")

    def abilities(self, version: str) -> Abilities:
        """What a build can do by itself. Raises WizardError for an unknown build."""
        return abilities(version)

    def default_auth(self, version: str) -> Literal["none", "server-token"]:
        """Its own key: without one, every page that somebody opens here can use it."""
        build_of(version)
        return "server-token"

    def image(self, version: str, gpu: bool) -> str:
        """The official image of a build. Raises WizardError for an unknown build."""
        return f"{_IMAGE}:server-{'cuda-' if gpu else ''}b{build_of(version)}"

    def process(self, deployment: Deployment) -> Process:
        """How the server is run: the image with flags, or the program in the folder of the files."""
        return process(deployment, self.image_for(deployment.plan))

    def config_files(self, deployment: Deployment) -> tuple[ConfigFile, ...]:
        """The file that lists the models, if there are several.

        Raises WizardError for a path that it cannot contain.
        """
        return render.config_files(deployment)

    def answer(self, deployment: Deployment, endpoint: Endpoint, request: Request) -> ExpectedAnswer:
        """What the server answers on its one port."""
        return answers.answer(running.of(deployment), request)

    def replay(self, exchange: RecordedExchange) -> ExpectedAnswer:
        """What the server would answer to a recorded request."""
        return recorded.answer(exchange)

    def sample_body(self, model: str) -> str:
        """A short conversation; the model's name matters only if there are several."""
        return json.dumps({"model": model, "messages": [{"role": "user", "content": "abc"}], "max_tokens": 32})

    def predict_path(self, model: str) -> str:
        """Path of a conversation."""
        return _CHAT

    def token_file(self, deployment: Deployment) -> str | None:
        """The file of keys that it is given; None if it asks for none."""
        if not deployment.server_token:
            return None
        return layout.KEYS if deployment.plan.native else layout.KEYS_PATH

    def given_token_file(self, deployment: Deployment) -> str | None:
        """The file of keys."""
        return layout.KEYS if deployment.server_token else None

    def own_tokens(self, deployment: Deployment, text: str) -> dict[Api, str]:
        """The first key, for the APIs whose callers present one; a gateway may present it for them."""
        keys = keys_in(text)
        asking = [endpoint.api for endpoint in deployment.endpoints if endpoint.auth == "server-token"]
        return dict.fromkeys(asking, keys[0]) if keys else {}

    def gateway_routes(self, deployment: Deployment) -> tuple[Route, ...]:
        """Conversations, completions, embeddings, the list of models and health.

        Never forwarded: tools, the proxy, settings, slots, adapters, loading and unloading models, and the web
        interface, which uses most of these.
        """
        routes = [
            Route("inference", f"^/v1/(?:{_ASKED})$", ("POST",), ("predict",), json_body=True, wait_s=_PATIENCE_S),
            Route("inference", "^/(?:v1/models|health)$", ("GET",), ("observe",)),
        ]
        if layout.metrics_on(deployment):
            routes.append(Route("metrics", "^/metrics$", ("GET",), ("observe",)))
        return tuple(routes)

    def settings(self) -> Iterator[KnownSetting]:
        """Flags, and names often mistaken for them."""
        return declared.settings()

    def findings(self, deployment: Deployment) -> tuple[Finding, ...]:
        """Findings that only llama-server has."""
        return tuple(findings.find(deployment))

    def impossible(self, plan: Plan) -> tuple[Fact, ...]:
        """Wishes in this Plan that cannot be granted. Raises WizardError for an unknown build."""
        return unsupported_wishes.impossible(plan)
