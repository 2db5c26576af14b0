"""What an import passes over is said, and so is what there is nothing to say about."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.cli.main import main
from wizard.servers.sample import sample_path

TWO = """services:
  a:
    image: ghcr.io/ggml-org/llama.cpp:server
    command: --model /models/a.gguf
    volumes: ["./ggufs:/models"]
    ports: ["127.0.0.1:8080:8080"]
  b:
    image: {other}
    ports: ["127.0.0.1:8081:8081"]
"""
INGRESS = """apiVersion: v1
kind: Pod
metadata: {name: tfs, labels: {app: tfs}}
spec:
  containers:
  - {name: tfs, image: "tensorflow/serving:2.19.1", ports: [{containerPort: 8501}]}
---
apiVersion: v1
kind: Service
metadata: {name: tfs}
spec: {selector: {app: tfs}, ports: [{port: 80, targetPort: 8501}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: tfs
  annotations:
    nginx.ingress.kubernetes.io/enable-cors: "true"
spec:
  rules:
  - host: models.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: tfs, port: {number: 80}}}}]}
"""
BROKEN = "services:\n  a:\n    image: tensorflow/serving\n   x: [\n"

Capture = pytest.CaptureFixture[str]


def said(capsys: Capture, *call: str) -> tuple[int, str, str]:
    code = main([*call])
    out, err = capsys.readouterr()
    return code, out, " ".join(err.split())


def test_another_service_of_the_same_server_is_named(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "compose.yml"
    file.write_text(TWO.format(other="ghcr.io/ggml-org/llama.cpp:server"))
    _, _, talk = said(capsys, "import", str(file))
    assert "not carried over: The service b: answers hold one server" in talk and f"({file}:7)" in talk
    assert "The service a" not in talk and "is a path in the container" not in talk


def test_one_of_several_servers_in_one_file_can_be_chosen(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "compose.yml"
    file.write_text(TWO.format(other="tensorflow/serving:2.19.1"))
    code, _, talk = said(capsys, "import", str(file))
    assert code == 2 and "import --server NAME" in talk
    code, out, talk = said(capsys, "import", str(file), "--server", "llama-server")
    assert code == 0 and 'server = "llama-server"' in out and "The service" not in talk
    code, out, talk = said(capsys, "import", str(file), "--server", "tensorflow-serving")
    assert code == 0 and 'server = "tensorflow-serving"' in out
    assert "/models/model is a path in the container" in talk


def test_names_and_annotations_of_an_ingress_are_said_to_stay_behind(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "pod.yaml"
    file.write_text(INGRESS)
    _, _, talk = said(capsys, "import", str(file))
    assert "The annotation nginx.ingress.kubernetes.io/enable-cors of the Ingress" in talk and f"({file}:18)" in talk
    assert "The name models.example.com of the Ingress" in talk


def test_a_gpu_that_the_answers_have_is_not_said_to_be_lost(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "run.sh"
    for image, lost in (("2.19.1-gpu", False), ("2.19.1", True)):
        file.write_text(f"docker run --gpus all -p 127.0.0.1:8501:8501 tensorflow/serving:{image}\n")
        _, out, talk = said(capsys, "import", str(file))
        assert ("--gpus" in talk) == lost and ("gpu = true" in out) != lost


def test_a_file_that_cannot_be_read_is_said_to_be_so_everywhere(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "compose.yml"
    file.write_text(BROKEN)
    code, out, _ = said(capsys, "check", str(file))
    assert code == 1 and "cannot be read as compose" in out and "nothing to say" not in out
    _, _, talk = said(capsys, "fix", "--dry-run", str(file))
    assert f"{file} cannot be read as compose" in talk and "line 4" in talk and "Nothing can be fixed" not in talk
    code, _, talk = said(capsys, "import", str(file))
    assert code == 2 and f"{file} cannot be read as compose" in talk and "line 4" in talk


def test_a_folder_without_a_server_is_said_to_be_so(tmp_path: Path, capsys: Capture) -> None:
    assert said(capsys, "check", str(tmp_path)) == (0, "", "No file of a model server here.")


def test_own_answers_are_recognised(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "wizard.toml"
    file.write_text('schema = 1\nserver = "torchserve"\n')
    code, out, _ = said(capsys, "check", str(file))
    assert code == 0 and f"serving-wizard reach {file}" in out and "nothing in it belongs" not in out
    file.write_text('title = "x"\n')
    assert "nothing in it belongs to a server" in said(capsys, "check", str(file))[1]


def test_a_mended_field_is_said_to_be_removed(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "models.config"
    model = 'name: "half" base_path: "/models/half" model_platform: "tensorflow" address: "0.0.0.0"'
    file.write_text(f"model_config_list {{ config {{ {model} }} }}\n")
    _, _, talk = said(capsys, "fix", "--dry-run", str(file))
    assert "TFS-FIELD-NONE fixed: removed. It was: ModelConfig has no field address" in talk


def test_a_written_folder_gives_its_own_answers(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = f'[[models]]\nname = "echo"\npath = "{sample_path("torchserve")}"\n'
    (tmp_path / "first.toml").write_text(f'server = "torchserve"\n{model}[bind.inference]\nscope = "loopback"\n')
    monkeypatch.chdir(tmp_path)
    assert said(capsys, "generate", "first.toml", "--out", "written")[0] == 0
    code, _, talk = said(capsys, "import", "written", "--out", "again.toml")
    assert code == 0 and "not carried over" not in talk
    assert "serving-wizard generate written/wizard.toml --out written --diff" in talk
    assert said(capsys, "generate", "again.toml", "--out", "written", "--diff")[:2] == (0, "")
    code, out, _ = said(capsys, "import", "written", "--format", "json")
    assert code == 0 and '"name": "echo"' in out
