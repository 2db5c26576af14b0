"""No report quotes the value of a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.check import masking
from wizard.cli.main import main

SECRET = "hunter2secret"
OTHER = "veryhiddenword1"
IMAGE = "ghcr.io/ggml-org/llama.cpp:server"
FILES = {
    "compose.yml": f"""services:
  llm:
    image: {IMAGE}
    command: --model /models/half.gguf --api-key {OTHER} --hots 0.0.0.0
    environment:
      LLAMA_ARG_API_KEY: {SECRET}
    ports: ["8080:8080"]
""",
    "list/compose.yml": f"""services:
  llm:
    image: {IMAGE}
    command: ["--model", "/models/half.gguf", "--api-key", "{OTHER}", "--hots", "0.0.0.0"]
    environment:
      - LLAMA_ARG_API_KEY={SECRET}
      - "HF_TOKEN={SECRET}"
    ports: ["8080:8080"]
""",
    "rows/compose.yml": f"""services:
  llm:
    image: {IMAGE}
    command:
      - --model
      - /models/half.gguf
      - --api-key
      - {OTHER}
      - --hots=1
    environment: {{LLAMA_ARG_API_KEY: "{SECRET}", LLAMA_ARG_PORT: x}}
""",
    "run.sh": f"""#!/bin/sh
docker run -e LLAMA_ARG_API_KEY={SECRET} -p 8080:8080 {IMAGE} -m /models/half.gguf --hots 1 \\
  --api-key \\
  {OTHER} -hft {SECRET}
""",
    "start.sh": f"""#!/bin/sh
export LLAMA_ARG_API_KEY='{SECRET}'
llama-server -m half.gguf --hots 1 --api-key={OTHER} --hots http://me:{SECRET}@example.com/
""",
    ".env": f"LLAMA_ARG_API_KEY={SECRET}\nLLAMA_API_KEY='{OTHER}'\nLLAMA_ARG_PORTT=8\n",
    "llm.service": f"""[Service]
Environment=LLAMA_ARG_API_KEY={SECRET}
Environment="LLAMA_ARG_HOTS=1" "HF_TOKEN={SECRET}"
ExecStart=/usr/bin/llama-server -m half.gguf --hots 1 --api-key {OTHER}
""",
    "pod.yaml": f"""apiVersion: v1
kind: Pod
metadata: {{name: llm}}
spec:
  containers:
  - name: llm
    image: {IMAGE}
    args: [--model, /models/half.gguf, --api-key, {OTHER}, --hots, "1"]
    env:
    - name: LLAMA_ARG_API_KEY
      value: {SECRET}
    - {{name: HF_TOKEN, value: {SECRET}}}
""",
    "Dockerfile": f"""FROM {IMAGE}
ENV LLAMA_ARG_API_KEY {SECRET}
ENV HF_TOKEN={SECRET} LLAMA_ARG_HOTS=1
CMD ["--model", "/models/half.gguf", "--api-key", "{OTHER}", "--hots", "1"]
""",
    "config.properties": f"""inference_address=0.0.0.0
keystore_pass={SECRET}
keystore=k.p12
keystore_pass = {SECRET}
""",
}
CALLS = (
    ("check",),
    *(("check", "--format", form) for form in ("json", "sarif", "junit", "github")),
    ("explain",),
    ("explain", "--format", "json"),
    ("fix", "--dry-run"),
    ("fix", "--dry-run", "--format", "json"),
    ("import",),
    ("import", "--format", "json"),
)


@pytest.mark.parametrize("name", FILES)
def test_no_form_of_a_report_quotes_a_secret(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(FILES[name])
    for call in CALLS:
        main([*call, str(file)])
        said = "".join(capsys.readouterr())
        assert "Traceback" not in said and SECRET not in said and OTHER not in said, (call, said)
    assert masking.MASK in masking.masked(FILES[name])


def test_the_caret_stays_under_its_place() -> None:
    text = f"docker run -e HF_TOKEN={SECRET} -p 80:80 x --api-key {OTHER} --hots\nsecond --api-key {SECRET} end"
    for number, row in enumerate(text.split("\n"), 1):
        for word in ("-p", "x", "--api-key", "--hots", "end"):
            if f" {word}" in row:
                shown, column = masking.line(text, number, row.index(f" {word}") + 2)
                assert shown[column - 1 :].startswith(word) and SECRET not in shown and OTHER not in shown
    shown, column = masking.line(text, 1, text.index(SECRET) + 4)
    assert shown[column - 1 :].startswith("***")


@pytest.mark.parametrize(
    "text",
    [
        "--max-tokens 1024 --n-predict 5",
        "LLAMA_API_KEY: ${KEY}",
        "--api-key $KEY --host 0.0.0.0",
        "--api-key --host 0.0.0.0",
        "--api-key-file /run/secrets/server.keys",
        "valueFrom: {secretKeyRef: {name: llm, key: token-of-llm}}",
        "secrets:\n  server_keys:\n    file: ./keys",
        "ssl_certificate_key /etc/nginx/tls.key;",
        "private_key_file=/etc/tls.key",
    ],
)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert masking.masked(text) == text


def test_a_very_long_line_takes_no_long_time() -> None:
    for part in ("key: ", '"a=', "api_key=", "--token ", "a: ", "http://a:", "name: K value: "):
        masking.masked(part * 100_000)
    masking.masked("name: a" + " " * 200_000)
    assert not masking.is_secret("n_" * 100_000 + "tokens")
