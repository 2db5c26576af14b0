"""Answers out of what is there, where each came from, and what has no answer; the settings in force."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import command
from tests.support.each import each
from wizard.check import effective
from wizard.check.analysis import Analysis
from wizard.check.importing import ImportedAnswers, draft
from wizard.errors import WizardError
from wizard.machine import checkfiles
from wizard.observed.source import Source
from wizard.placement.resolve import resolve
from wizard.plan import answers

CONFIG = """\
inference_address=http://0.0.0.0:8080
management_address=http://0.0.0.0:8081
model_store=/home/model-server/model-store
load_models=cat=cat.mar,dog.mar
cors.allowed.origin=https://a.example,https://b.example
cors.allowed.methods=GET,POST
cors.allow.credentials=true
job_queue_size=10
job_queue_size=20
async_logging=true
"""
COMPOSE = """\
services:
  ts:
    image: pytorch/torchserve:0.12.0-gpu
    ports: ["8080:8080", "127.0.0.1:9081:8081"]
    command: torchserve --start --foreground --ncs --ts-config /home/model-server/config.properties
    volumes:
      - ./config.properties:/home/model-server/config.properties
      - ./store:/home/model-server/model-store
"""
MODELS = """\
model_config_list {
  config {
    name: "cat" base_path: "/models/cat" model_platform: "tensorflow"
    model_version_policy { specific { versions: 1 versions: 2 } }
    version_labels { key: "stable" value: 1 }
  }
}
"""


def read(*sources: Source) -> Analysis:
    analysis = Analysis({source.path: source for source in sources}.get)
    for source in sources:
        analysis.add(source)
    return analysis


def made(*sources: Source) -> ImportedAnswers:
    found = draft(read(*sources))
    answers.validate(found.data)
    return found


def test_a_compose_file_with_its_config() -> None:
    found = made(Source("d/compose.yaml", COMPOSE), Source("d/config.properties", CONFIG))
    data: dict[str, Any] = found.data
    assert (data["server"], data["version"]) == ("torchserve", "0.12.0")
    assert data["run"] == {"how": "docker", "gpu": True}
    assert data["bind"]["inference"] == {"scope": "all", "port": 8080}
    assert data["bind"]["management"] == {"scope": "loopback", "port": 9081}
    # On the container's loopback, and not published: nobody reaches them.
    assert {data["bind"][api]["scope"] for api in ("metrics", "grpc", "grpc_management")} == {"off"}
    assert data["models"] == [{"name": "cat", "path": "d/store/cat.mar"}, {"name": "dog", "path": "d/store/dog.mar"}]
    assert data["auth"] == {"inference": "server-token", "management": "server-token"}


def test_a_config_that_was_named_alone_with_the_compose_file_that_mounts_it() -> None:
    there = {
        "d/compose.yaml": Source("d/compose.yaml", COMPOSE),
        "d/config.properties": Source("d/config.properties", CONFIG),
    }
    alone = Analysis(there.get)
    alone.add(there["d/config.properties"])
    assert draft(alone).data == made(*there.values()).data
    other = {
        **there,
        "d/compose.yaml": Source("d/compose.yaml", COMPOSE.replace("config.properties", "other.properties")),
    }
    apart = Analysis(other.get)
    apart.add(other["d/config.properties"])
    assert draft(apart).data["run"] == {"how": "native"}


def test_keys_nobody_read_still_say_what_was_meant() -> None:
    found = made(Source("config.properties", CONFIG))
    cors: Any = found.data["cors"]
    assert cors["inference"] == {
        "origins": ["https://a.example", "https://b.example"],
        "methods": ["GET", "POST"],
        "credentials": True,
    }
    places = {answer.key: answer.source.at(answer.at)[0] for answer in found.answers if answer.source}
    assert places["cors.inference.origins"] == 5 and places["models"] == 4
    assert [lost.what.partition(":")[0] for lost in found.lost if not lost.kept] == ["async_logging"]
    assert found.data["settings"] == {"queue": 20} and places["settings.queue"] == 9


@each(
    (
        ("cors.allowed.origin=*\n", None, ["cors.allowed.origin"]),
        (
            "cors.allowed.origin=*\ncors.allow.credentials=true\n",
            None,
            ["cors.allowed.origin", "cors.allow.credentials"],
        ),
        ("cors_allowed_origin=https://a.example\ncors.allowed.origin=*\n", ["https://a.example"], []),
        ("cors_allowed_origin=https://a.example,*\n", ["https://a.example"], ["cors_allowed_origin"]),
        ("cors_allowed_origin=*\n", ["*"], []),
    )
)
def test_no_page_may_read_that_could_not_before(lines: str, origins: list[str] | None, lost: list[str]) -> None:
    found = made(Source("config.properties", f"model_store=/srv/models\nload_models=cat.mar\n{lines}"))
    cors: Any = found.data.get("cors", {})
    assert cors.get("inference", {}).get("origins") == origins
    assert [each.what.partition(":")[0] for each in found.lost if not each.kept] == lost


def test_a_relative_store_is_followed_through_the_mount(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "echo.mar").write_bytes(b"")
    text = COMPOSE.replace("--ts-config", "--model-store model-store --models all --ts-config")
    analysis = Analysis(lambda _: None, folder=checkfiles.names_in)
    analysis.add(Source(f"{tmp_path}/compose.yml", text))
    models: Any = draft(analysis).data["models"]
    assert models == [{"name": "echo", "path": f"{tmp_path}/store/echo.mar"}]


def test_a_docker_run_line_with_its_list_of_models() -> None:
    line = (
        "docker run -p 127.0.0.1:9000:8501 -v $(pwd)/m:/models -v ./models.config:/etc/models.config"
        " tensorflow/serving:2.19.1 --model_config_file=/etc/models.config --rest_api_enable_cors_support"
        " --enable_batching --xla_cpu_compilation_enabled --rest_api_port 9\n"
    )
    found = made(Source("run.sh", line), Source("models.config", MODELS))
    data: dict[str, Any] = found.data
    assert data["models"] == [{"name": "cat", "path": "m/cat", "versions": [1, 2], "labels": {"stable": 1}}]
    assert data["bind"]["inference"] == {"scope": "loopback", "port": 9000}
    assert data["cors"]["inference"]["origins"] == ["*"]
    lost = " ".join(each.what for each in found.lost)
    assert data["settings"] == {"batching": True}
    assert "--xla_cpu_compilation_enabled" in lost and "--rest_api_port: the server never read it" in lost


def test_what_cannot_be_imported_is_said() -> None:
    with pytest.raises(WizardError, match="Nothing here"):
        made(Source("x.txt", "hello"))
    with pytest.raises(WizardError, match="Several servers"):
        made(Source("config.properties", CONFIG), Source("models.config", MODELS))
    everything = made(Source("config.properties", CONFIG.replace("cat=cat.mar,dog.mar", "all")))
    assert "models" not in everything.data and any("load_models=all" in lost.what for lost in everything.lost)


def test_a_variable_that_never_reaches_the_container_is_not_lost() -> None:
    unit = """\
[Service]
Environment=TEAM=vision
ExecStart=/usr/bin/docker run --rm pytorch/torchserve:0.12.0-cpu torchserve --foreground
"""
    assert not draft(read(Source("one.service", unit))).lost


def test_every_archive_of_a_store_that_lies_here_is_a_model(tmp_path: Path) -> None:
    store = tmp_path / "store"
    (store / "unpacked" / "MAR-INF").mkdir(parents=True)
    (store / "lost+found").mkdir()
    for name in ("cat.mar", "dog.tar.gz", "notes.txt"):
        (store / name).touch()
    (tmp_path / "config.properties").write_text("load_models=all\n")
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    analysis = Analysis(checkfiles.load, folder=checkfiles.names_in)
    analysis.add(next(iter(checkfiles.named([str(tmp_path / "compose.yaml")]))))
    found = draft(analysis)
    assert found.data["models"] == [
        {"name": name, "path": str(store / path)}
        for name, path in (("cat", "cat.mar"), ("dog", "dog.tar.gz"), ("unpacked", "unpacked"))
    ]
    assert found.lost == ()


@pytest.mark.parametrize(("made", "said"), [(True, "no archive lies in"), (False, "there is no folder")])
def test_a_store_without_archives_is_named(made: bool, said: str, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir() if made else None
    (tmp_path / "config.properties").write_text("load_models=all\n")
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    analysis = Analysis(checkfiles.load, folder=checkfiles.names_in)
    analysis.add(next(iter(checkfiles.named([str(tmp_path / "compose.yaml")]))))
    assert [lost.what for lost in draft(analysis).lost] == [
        f"load_models=all: {said} {tmp_path / 'store'}; name the models."
    ]


def test_what_is_lost_for_one_reason_stands_below_it(tmp_path: Path) -> None:
    keys = "decode_input_request=false\nmetric_time_interval=200\nasync_logging=true\n"
    (tmp_path / "config.properties").write_text(f"inference_address=http://127.0.0.1:8080\nmodel_store=/m\n{keys}")
    rows = command("import", str(tmp_path)).stderr.splitlines()
    at = rows.index("not carried over, 3 times: there is no answer for it; add it to the written file.")
    assert rows[at + 1] == f"  decode_input_request ({tmp_path}/config.properties:3)"
    named = [row.split()[0] for row in rows[at + 1 : at + 4]]
    assert named == ["decode_input_request", "metric_time_interval", "async_logging"]


def test_the_settings_in_force_and_what_shadows_the_others() -> None:
    analysis = read(
        Source("compose.yaml", COMPOSE.replace("--ncs", "--ncs --models fox.mar")), Source("config.properties", CONFIG)
    )
    analysis.reports()
    data: Any = effective.as_json(analysis.observed)
    (process,) = data["processes"]
    found = {(each["name"], each["line"]): (each["in_force"], each["instead"]) for each in process["settings"]}
    assert found[("job_queue_size", 8)] == (False, "a later line")
    assert found[("job_queue_size", 9)] == (True, None)
    assert found[("load_models", 4)] == (False, "the flag --models")
    assert found[("cors.allowed.origin", 5)][0] is False
    text = "\n".join(effective.as_text(analysis.observed))
    assert "not read: no such setting" in text and "not in force: the flag --models counts" in text


def test_the_commands(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    (tmp_path / "config.properties").write_text(CONFIG)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return command(*arguments, cwd=tmp_path)

    done = run("import", "compose.yaml", "--out", "answers.toml")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "answers.toml").read_text()
    assert "# bind.inference: compose.yaml:4" in text and "not carried over: async_logging" in done.stderr
    assert answers.load(text).models[0].path == "./store/cat.mar"
    assert run("import", "compose.yaml", "--out", "answers.toml").returncode == 2
    shape = json.loads(run("import", "compose.yaml", "--format", "json").stdout)
    assert set(shape) == {"answers", "from", "lost", "different"} and {"key", "path", "line"} == set(shape["from"][0])
    explained = run("explain", "compose.yaml")
    assert explained.returncode == 0 and "started by compose.yaml" in explained.stdout
    assert checkfiles.load(str(tmp_path / "nowhere")) is None


SAID = {
    "run.sh": (
        "docker run --rm -e MODEL_NAME=cat -e FOO=1 --memory 2g -p 8501:8501 tensorflow/serving:2.19.1\n",
        [
            "FOO: there is no answer for this variable.",
            "--memory: there is no answer for it; add it to the written files.",
            "/models/cat is a path in the container: put in its place where the model lies on this machine.",
        ],
    ),
    "compose.yaml": (
        "services:\n  ts:\n    image: pytorch/torchserve:0.12.0-cpu\n    restart: always\n    container_name: ts\n",
        ["restart: there is no answer for it; add it to the written files."],
    ),
    "llama.service": (
        "[Service]\nUser=llama\nEnvironment=LLAMA_ARG_PORT=9000 LLAMA_ARG_THREADS_HTTP=4\n"
        "ExecStart=/usr/bin/llama-server -m /m/a.gguf --cors-origins https://a.example\n",
        [
            "LLAMA_ARG_THREADS_HTTP: there is no answer for it; add --threads-http 4 to the written command.",
            "User: there is no answer for it; add it to the written files.",
        ],
    ),
    "models.config": (
        'model_config_list { config { name: "half" base_path: "/m/half" model_platform: "tensorflow" '
        "logging_config { sampling_config { sampling_rate: 0.1 } } } }\n",
        ["logging_config of half: there is no answer for it; add it to the written file."],
    ),
    "pod.yaml": (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: ts}\nspec:\n  containers:\n"
        "    - {name: ts, image: 'pytorch/torchserve:0.12.0-cpu', tty: true}\n",
        [
            "These answers run one container in Docker: replicas, probes and volumes of the cluster stay behind.",
            "tty: there is no answer for it; add it to the written files.",
        ],
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_everything_without_an_answer_is_said_and_nothing_that_has_one(name: str) -> None:
    text, said = SAID[name]
    assert sorted(each.what for each in draft(read(Source(name, text))).lost) == sorted(said)


@pytest.mark.parametrize(
    ("name", "text", "key", "said"),
    [
        (
            "config.properties",
            "default_workers_per_model=auto\nload_models=a.mar\n",
            "default_workers_per_model",
            "auto",
        ),
        ("config.properties", "metrics_mode=promtheus\nload_models=a.mar\n", "metrics_mode", "written file"),
        ("run.sh", "llama-server -m /m/a.gguf --threads many\n", "--threads", "the server exits"),
        ("run.sh", "llama-server -m /m/a.gguf --threads-http 4\n", "--threads-http", "written command"),
        (
            "run.sh",
            "tensorflow_model_server --rest_api_num_threads=many --model_base_path=/m\n",
            "threads",
            "does nothing",
        ),
    ],
)
def test_what_stops_the_server_or_does_nothing_is_not_advised_to_be_added_again(
    name: str, text: str, key: str, said: str
) -> None:
    """`check` and `import` answer the same question alike."""
    (lost,) = (each for each in draft(read(Source(name, text))).lost if key in each.what)
    assert said in lost.what
    assert lost.by_hand is ("to the written" in lost.what) is (said.startswith("written"))


def test_what_works_otherwise_than_before_is_told_from_what_is_lost() -> None:
    found = draft(read(Source("config.properties", CONFIG)))
    assert {each.what for each in found.lost if each.kept} == {
        f"cors.{key}: the server never read it; these answers do what it says."
        for key in ("allowed.origin", "allowed.methods", "allow.credentials")
    }


POD = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: llama}
data:
  LLAMA_ARG_PORT: "9000"
---
apiVersion: v1
kind: Secret
metadata: {name: keys}
stringData:
  LLAMA_API_KEY: 9f1c55aa03
---
apiVersion: v1
kind: Pod
metadata: {name: llama}
spec:
  containers:
    - name: llama
      image: ghcr.io/ggml-org/llama.cpp:server-b11669
      args: ["-m", "/models/a.gguf"]
      envFrom: [{configMapRef: {name: llama}}, {secretRef: {name: keys}}]
      env:
        - {name: LLAMA_ARG_CORS_ORIGINS, valueFrom: {configMapKeyRef: {name: llama, key: LLAMA_ARG_PORT}}}
"""


def test_variables_of_objects_in_the_same_file_count() -> None:
    analysis = read(Source("pod.yaml", POD))
    analysis.reports()
    (observed,) = analysis.observed
    assert observed.start is not None and not observed.start.environment_open
    assert [(each.name, each.value) for each in observed.start.environment] == [
        ("LLAMA_ARG_PORT", "9000"),
        ("LLAMA_API_KEY", None),
        ("LLAMA_ARG_CORS_ORIGINS", "9000"),
    ]
    assert [each.port for each in observed.listeners] == [9000]
    assert observed.listeners[0].exposure.outside != "high", "the Secret's key counts"
    assert not [each.what for each in draft(analysis).lost if "takes" in each.what]


def test_pods_of_two_overlays_are_told_apart() -> None:
    generator = "configMapGenerator: [{name: llama, literals: [LLAMA_ARG_PORT=%d]}]\nresources: [../../base]\n"
    bare = POD.partition("---\n")[2]
    analysis = read(
        Source("base/pod.yaml", bare),
        Source("base/kustomization.yaml", "resources: [pod.yaml]\n"),
        Source("over/dev/kustomization.yaml", generator % 9001),
        Source("over/prod/kustomization.yaml", generator % 9002),
    )
    found = draft(analysis)
    assert [row for row in effective.as_text(analysis.observed) if "through" in row] == [
        f"llama-server b11669, started by base/pod.yaml through over/{each}" for each in ("dev", "prod")
    ]
    processes: Any = effective.as_json(analysis.observed)["processes"]
    assert [each["through"] for each in processes] == ["over/dev", "over/prod"]
    assert [[each.port for each in one.listeners] for one in analysis.observed] == [[9001], [9002]]
    assert any(each.what.startswith("What over/prod makes otherwise") for each in found.lost)


def test_variables_of_an_object_that_is_not_here_stay_unknown() -> None:
    analysis = read(Source("pod.yaml", POD.replace("metadata: {name: llama}", "metadata: {name: other}", 1)))
    analysis.reports()
    (observed,) = analysis.observed
    assert observed.start is not None and observed.start.environment_open


def test_one_odd_value_takes_no_other_answer_with_it() -> None:
    text = CONFIG.replace("http://0.0.0.0:8080", "http://my_host:8080").replace("https://b.example", "b.example/x")
    found = made(Source("config.properties", text))
    data: dict[str, Any] = found.data
    assert "inference" not in data["bind"] and data["bind"]["management"]["scope"] == "all"
    assert data["cors"]["inference"]["origins"] == ["https://a.example"]
    lost = [each.what for each in found.lost]
    assert any(line.startswith("bind.inference: 'my_host' ") for line in lost), lost
    assert any(line.startswith("cors.inference.origins: 'b.example/x' ") for line in lost), lost


UNKNOWN = {
    "newer": (
        "tensorflow/serving:2.99.7",
        {"version": "2.20.0", "run.image": "tensorflow/serving:2.99.7"},
        "TensorFlow Serving 2.99.7 is not known here: the answers take it for 2.20.0, the nearest known release. "
        "The image stays as it is.",
    ),
    "older": (
        "pytorch/torchserve:0.5.0-cpu",
        {"version": "0.8.1", "run.image": "pytorch/torchserve:0.5.0-cpu"},
        "0.8.1",
    ),
    "floating": ("tensorflow/serving", {}, "tensorflow/serving: the answers start tensorflow/serving:2.19.1."),
    "another": (
        # An image for building: it has no entrypoint, so the program is named.
        "tensorflow/serving:2.19.1-devel tensorflow_model_server --rest_api_port=8501 --model_base_path=/models/m",
        {"version": "2.19.1"},
        "the answers start tensorflow/serving:2.19.1.",
    ),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_an_image_that_is_not_known_is_said_and_the_answers_can_be_used(name: str) -> None:
    image, wanted, said = UNKNOWN[name]
    made = draft(read(Source("run.sh", f"docker run --rm -p 127.0.0.1:8501:8501 {image}\n")))
    found = {each.key: each.value for each in made.answers if each.key in ("version", "run.image")}
    assert found == wanted
    (lost,) = (each for each in made.lost if each.kept)
    assert said in lost.what
    assert resolve(answers.validate(made.data)).processes


def test_the_same_image_from_another_registry_stays() -> None:
    image = "mirror.example:5000/tensorflow/serving:2.19.1"
    made = draft(read(Source("run.sh", f"docker run --rm -p 127.0.0.1:8501:8501 {image}\n")))
    assert made.data["run"] == {"image": image, "how": "docker"} and not [each for each in made.lost if each.kept]


def test_what_a_dockerfile_adds_is_said_to_stay_behind() -> None:
    text = "FROM pytorch/torchserve:0.12.0-cpu\nRUN pip install cv2\n"
    made = draft(read(Source("Dockerfile", text)))
    assert any("The image is built here" in each.what for each in made.lost)


def test_ports_of_compose_and_the_command_of_the_dockerfile_it_builds_are_one_set_of_answers() -> None:
    compose = Source("docker-compose.yml", "services:\n  ts:\n    build: .\n    ports: ['127.0.0.1:9000:8080']\n")
    dockerfile = Source(
        "Dockerfile",
        "FROM pytorch/torchserve:0.12.0-cpu\nCMD torchserve --foreground --ncs --model-store /m --models a.mar\n",
    )
    made = draft(read(compose, dockerfile))
    assert made.data["bind"]["inference"] == {"scope": "loopback", "port": 9000}  # type: ignore[index]
    (port,) = (each for each in made.answers if each.key == "bind.inference")
    assert port.source is compose


@pytest.mark.parametrize("asked", [("reach",), ("cors", "--page", "https://a.example")])
def test_a_prediction_about_files_says_whose_it_is(asked: tuple[str, ...], tmp_path: Path) -> None:
    text = "model_store=/srv/models\nload_models=cat.mar\ndisable_token_authorization=true\n"
    text += "cors_allowed_origin=https://a.example,https://b.example\n"
    (tmp_path / "config.properties").write_text(text)
    done = command(*asked, str(tmp_path), cwd=tmp_path)
    first, second = done.stdout.splitlines()[:2]
    assert first == "This is what the answers made from these files would do."
    assert second.startswith("The files as they are differ: the answers put a gateway of their own in front; ")
    made = command("import", "config.properties", "--out", "answers.toml", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "as they are" not in command(*asked, "answers.toml", cwd=tmp_path).stdout


def test_models_that_a_file_lists_which_is_not_here() -> None:
    line = "docker run -v /srv/m:/models tensorflow/serving:2.19.1 --model_config_file=/models/models.config\n"
    found = made(Source("d/run.sh", line))
    assert not found.data.get("models")
    assert any("/models/models.config" in lost.what for lost in found.lost)


def test_a_folder_in_somebodys_home() -> None:
    server = "  q:\n    image: ghcr.io/ggml-org/llama.cpp:server-b11669\n    command: -m /models/q.gguf\n"
    found = made(Source("d/compose.yaml", f"services:\n{server}    volumes: ['~/m:/models']\n"))
    data: dict[str, Any] = found.data
    assert [model["path"] for model in data["models"]] == ["~/m/q.gguf"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("run.sh", "podman run -p 127.0.0.1:8501:8501 -v ./m:/models/m -e MODEL_NAME=m {image}\n"),
        ("run.sh", "sudo /usr/bin/podman container run -v ./m:/models/m -e MODEL_NAME=m {image}\n"),
        ("m.service", "[Service]\nUser=m\nExecStart=/usr/bin/podman run -e MODEL_NAME=m {image}\n"),
        ("m.container", "[Container]\nImage={image}\nEnvironment=MODEL_NAME=m\n"),
    ],
)
def test_the_engine_that_a_file_asks_for_is_an_answer(name: str, text: str) -> None:
    text = text.format(image="docker.io/tensorflow/serving:2.19.1")
    assert ("run.engine", "podman") in [each[:2] for each in made(Source(name, text)).answers]
    other = made(Source("run.sh", "docker run --name podman -e MODEL_NAME=m tensorflow/serving:2.19.1\n"))
    assert "run.engine" not in [each.key for each in other.answers]


IN_FRONT = """\
services:
  tf:
    image: tensorflow/serving:2.19.1
    environment: [MODEL_NAME=m]
    volumes: ["./m:/models/m"]
  front:
    image: nginx:1.28-alpine
    ports: ["8443:8443"]
  worker:
    image: busybox
"""


def test_a_gateway_in_front_is_not_left_behind_in_silence() -> None:
    made = draft(read(Source("compose.yaml", IN_FRONT)))
    assert made.data["bind"] == {"inference": {"scope": "internal"}, "grpc": {"scope": "internal"}}
    (told,) = (lost for lost in made.lost if "publishes" in lost.what)
    assert "The service front publishes 8443:8443" in told.what and told.source is not None
    assert told.source.at(told.at or 0)[0] == 6


def test_a_neighbour_of_a_published_server_is_its_own_business() -> None:
    published = IN_FRONT.replace("    volumes", '    ports: ["127.0.0.1:8501:8501"]\n    volumes')
    assert not [lost for lost in draft(read(Source("compose.yaml", published))).lost if "publishes" in lost.what]


def test_a_dash_is_standard_output(tmp_path: Path) -> None:
    (tmp_path / "config.properties").write_text(CONFIG)
    plain, dashed = (command("import", "config.properties", *more, cwd=tmp_path) for more in ((), ("--out", "-")))
    assert dashed.returncode == 0 and dashed.stdout == plain.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["config.properties"]
