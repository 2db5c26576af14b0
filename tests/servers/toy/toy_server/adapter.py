"""What the toy server can do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from wizard.deployment import Deployment, Endpoint, Mount, Process
from wizard.deployment.finding import Catalogue
from wizard.models.disk import Listing
from wizard.models.found import Found, Glance
from wizard.models.report import Servable, Signature
from wizard.plan import Listener
from wizard.plan.settings import Adjustable
from wizard.servers.contract import Abilities, Adapter, ApiSpec, KnownSetting, Program, Sample
from wizard.servers.exchanges import RecordedExchange
from wizard.servers.facts import Fact
from wizard.servers.files import Block, ConfigFile
from wizard.servers.model_formats import ModelFormats
from wizard.servers.requests import ExpectedAnswer, Request, Route

_ROOM = Path(__file__).parent.parent
_LOOPBACK, _OFF = Listener(scope="loopback"), Listener(scope="off")
_FACT = Fact("The toy server does so.", "tests/servers/toy, read")
_ROUTES = {"inference": {("GET", "/health"), ("POST", "/predict")}, "notes": {("GET", "/notes")}}


class Line:
    """A toy model: one line of text."""

    called, number, edition, line = "bear", None, "1", "one line"
    signatures: Mapping[str, Signature] = {}


class Toys(ModelFormats):
    uid = 1000
    what = "a toy model"
    wanted = "a .toy file"
    hint = "a .toy file, such as ./bear.toy"
    empty = "The toy server ends at once."
    nothing = "It holds no .toy file."
    titles: ClassVar[Mapping[str, str]] = {"toy": "a toy model"}

    def directory(self, path: Path, here: Listing) -> Found | None:
        return None

    def file(self, path: Path) -> Found | None:
        return Found("toy", servables=(Line(),), name=path.stem) if path.suffix == ".toy" else None

    def glance(self, path: Path, there: Listing | None) -> Glance | None:
        return Glance("toy", "toy model", "toy") if there is None and path.suffix == ".toy" else None

    def sample(self, servables: tuple[Servable, ...]) -> tuple[str, bytes] | None:
        return ("application/json", b"{}") if servables else None


class ToyServer(Adapter):
    def __init__(self) -> None:
        self.id = "toy"
        self.title = "Toy Server"
        self.versions: tuple[str, ...] = ("7-beta", "6")
        self.apis: tuple[ApiSpec, ...] = (
            ApiSpec(
                "inference",
                "http",
                9990,
                _LOOPBACK,
                _LOOPBACK,
                "HTTP: predictions",
                "/health",
                does=("predict", "observe"),
                browser_callable=True,
            ),
            ApiSpec("notes", "http", 9991, _OFF, _OFF, "HTTP: notes", "/notes", does=("observe",)),
        )
        self.models = Toys()
        self.adjustable: tuple[Adjustable, ...] = (
            Adjustable("copies", "count", "--copies", "How often the line is answered.", "read", least=1, most=9),
            Adjustable("loud", "switch", "--loud", "Answers in capitals.", "read"),
            Adjustable("greeting", "file", "--greeting", "A file whose text goes before each answer.", "read"),
        )
        self.sample = Sample("bear", Path(__file__).with_name("sample") / "bear.toy")
        self.programs: tuple[Program, ...] = (Program("python3", "native toy runs"),)
        self.native_hint = "with Python"
        self.log_noise = "^toy: "
        self.finding_texts = Catalogue.of({})

    def abilities(self, version: str) -> Abilities:
        names = Abilities.__dataclass_fields__
        return Abilities(
            binds_http=True,
            binds_grpc=False,
            binds_ipv6=False,
            grpc_off="never",
            http_socket=False,
            cors_origins="none",
            cors_methods=(),
            cors_headers=(),
            cors_shared=False,
            token=False,
            tls_http=False,
            tls_grpc=False,
            facts=dict.fromkeys((*names, "cors_off"), _FACT),
        )

    def image(self, version: str, gpu: bool) -> str:
        return f"example/toy:{version}"

    def process(self, deployment: Deployment) -> Process:
        plan = deployment.plan
        endpoints = {e.api: e for e in deployment.endpoints}
        serving, notes = endpoints["inference"], endpoints["notes"]
        native = plan.run.how == "native"
        model = plan.models[0].path if native else "/model.toy"
        words = ["--host", serving.backend_address, "--port", str(serving.backend_port), "--model", model]
        if notes.backend_address:
            words += ["--notes-host", notes.backend_address, "--notes-port", str(notes.backend_port)]
        given = plan.settings.given
        words += ["--copies", str(given["copies"])] if "copies" in given else []
        words += ["--loud"] if given.get("loud") else []
        greeting = given.get("greeting")
        words += ["--greeting", str(greeting) if native else "/greeting"] if greeting else []
        mounts = (Mount(plan.models[0].path, "/model.toy"), *([Mount(str(greeting), "/greeting")] if greeting else []))
        return Process(
            "server",
            "" if native else self.image_for(plan),
            ("python3", "-m", "toy_server.run", *words),
            environment=(("PYTHONPATH", str(_ROOM)),) if native else (),
            mounts=() if native else mounts,
        )

    def config_files(self, deployment: Deployment) -> tuple[ConfigFile, ...]:
        return (ConfigFile("toy.conf", (Block("# nothing to say\n"),)),)

    def answer(self, deployment: Deployment, endpoint: Endpoint, request: Request) -> ExpectedAnswer:
        known = (request.method, request.path) in _ROUTES[endpoint.api]
        return ExpectedAnswer(200 if known else 404, ran=known and request.method == "POST", fact=_FACT.evidence)

    def replay(self, exchange: RecordedExchange) -> ExpectedAnswer:
        return ExpectedAnswer(404)

    def sample_body(self, model: str) -> str:
        return "{}"

    def predict_path(self, model: str) -> str:
        return "/predict"

    def gateway_routes(self, deployment: Deployment) -> tuple[Route, ...]:
        gated = {e.api for e in deployment.endpoints if e.served_by == "gateway"}
        routes = (
            Route("inference", "^/predict$", ("POST",), ("predict",)),
            Route("inference", "^/health$", ("GET",), ("observe",)),
        )
        return tuple(
            route for route in (*routes, Route("notes", "^/notes$", ("GET",), ("observe",))) if route.api in gated
        )

    def settings(self) -> Iterator[KnownSetting]:
        yield KnownSetting("Toy flag", "--model", "The file with the line.", "Read once.", "tests/servers/toy", "")
