"""Variables that promise protection and that nothing reads: said of a server's own image, and of nothing else."""

from __future__ import annotations

from tests.support.checking import check
from tests.support.each import each
from wizard.observed.source import Source

TORCHSERVE, TENSORFLOW, LLAMA = (
    "pytorch/torchserve:0.12.0-cpu",
    "tensorflow/serving:2.19.1",
    "ghcr.io/ggml-org/llama.cpp:server-b11669",
)


def said(image: str, variable: str, more: str = "") -> list[str]:
    """The variables that are said to be read by nothing."""
    text = f"services:\n  server:\n    image: {image}\n    environment:\n      - {variable}\n{more}"
    return [
        f"{remark.fills['name']}: {remark.severity}"
        for report in check([Source("compose.yml", text)])
        for remark in report.remarks
        if remark.rule == "RUN-ENV-NOBODY"
    ]


@each(
    (
        (TORCHSERVE, "TORCHSERVE_API_KEY=abc"),
        (TORCHSERVE, "TS_API_KEY=abc"),
        (TORCHSERVE, "TS_ENABLE_CORS=true"),
        (TORCHSERVE, "MANAGEMENT_TOKEN=abc"),
        (TORCHSERVE, "TORCHSERVE_HOST=127.0.0.1"),
        (TENSORFLOW, "API_KEY=abc"),
        (TENSORFLOW, "CORS_ALLOWED_ORIGINS=*"),
        (TENSORFLOW, "REST_API_PASSWORD=abc"),
        (LLAMA, "CORS_ORIGINS=https://a.example"),
        (LLAMA, "LLAMA_SERVER_PASSWORD=abc"),
    )
)
def test_it_is_said_of_what_looks_like_protection(image: str, variable: str) -> None:
    assert said(image, variable) == [f"{variable.partition('=')[0]}: None"]


def test_an_address_that_lets_everybody_in_is_less_grave() -> None:
    assert said(TENSORFLOW, "BIND_ADDRESS=0.0.0.0") == ["BIND_ADDRESS: low"]


@each(
    (
        (TORCHSERVE, "TS_DISABLE_TOKEN_AUTHORIZATION=false"),  # another rule speaks of it
        (TORCHSERVE, "TS_CONFIG_FILE=/x"),
        (TENSORFLOW, "AWS_SECRET_ACCESS_KEY=abc"),
        (TENSORFLOW, "MODEL_NAME=half"),
        (TENSORFLOW, "TOKEN=abc"),
        (TENSORFLOW, "ENABLE_CORS=false"),
        (TENSORFLOW, "REDIS_HOST=127.0.0.1"),
        (TENSORFLOW, "SERVER_HOST=models.internal"),  # by which a client finds it
        (LLAMA, "HF_TOKEN=abc"),
        (LLAMA, "LLAMA_API_KEY=abc"),
        (LLAMA, "LLAMA_ARG_HOST=127.0.0.1"),
        ("registry.example/torchserve-with-auth:1", "TORCHSERVE_API_KEY=abc"),
    )
)
def test_what_is_read_or_another_programs_is_left_alone(image: str, variable: str) -> None:
    assert not said(image, variable)


@each(
    (
        ("    command: sh -c 'torchserve --start --foreground'\n",),
        ("    entrypoint: /opt/with-key.sh\n    command: torchserve --start --foreground\n",),
        ("    build: .\n",),
        ("    healthcheck: {test: 'curl -H $$API_KEY localhost:8080/ping'}\n",),
    )
)
def test_a_program_around_the_server_may_read_it(more: str) -> None:
    assert not said(TORCHSERVE, "API_KEY=abc", more)
