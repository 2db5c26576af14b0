"""Settings that answers decide: the real builds take what is written, and end with what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.servers.llama_server.real import SAMPLE, Server
from tests.support import requires
from wizard.exposure.findings.contradictions import contradictions
from wizard.host import Host
from wizard.placement.resolve import resolve
from wizard.plan import Model, Plan, Run, Settings
from wizard.servers.llama_server import adjustable
from wizard.servers.llama_server.findings import find
from wizard.servers.llama_server.flags import flags

TEMPLATE = "{% for m in messages %}{{ m.content }} {% endfor %}"
ALL_AT_ONCE: dict[str, Any] = {
    "context": 1024,
    "parallel": 3,
    "gpu_layers": 999,
    "threads": 2,
    "batch": 32,
    "ubatch": 1,
    "predict": 5,
    "flash_attention": "on",
    "cache_type_k": "q8_0",
    "cache_type_v": "q4_0",
    "load_mode": "none",
    "reasoning": "off",
    "reranking": False,
    "embedding": False,
}


def answered(how: str = "native", version: str = "b11669", **settings: Any) -> Plan:
    models = (Model(name="a", path=str(SAMPLE)),)
    run = Run.model_validate({"how": how})
    return Plan(server="llama-server", version=version, models=models, run=run, settings=Settings(**settings))


@requires.needs_llama_server
@pytest.mark.parametrize("build", requires.LLAMA_SERVER_BUILDS)
def test_the_builds_run_with_them(build: str, tmp_path: Path, free_port: Callable[[], int]) -> None:
    (tmp_path / "t.jinja").write_text(TEMPLATE)
    words = [*adjustable.arguments(answered(chat_template="./t.jinja", **ALL_AT_ONCE))]
    with Server(build, free_port(), tmp_path, words) as server:
        found = json.loads(server.ask("GET", "/props").body)
        assert found["total_slots"] == 3 and found["chat_template"].strip() == TEMPLATE.strip()
        body = b'{"messages": [{"role": "user", "content": "abc"}]}'
        done = json.loads(server.ask("POST", "/v1/chat/completions", body=body).body)
        assert done["usage"]["completion_tokens"] <= 5
        assert server.ask("POST", "/v1/embeddings", body=b'{"input": "a"}').status == 501


@requires.needs_llama_server
@pytest.mark.parametrize("build", requires.LLAMA_SERVER_BUILDS)
@pytest.mark.parametrize("words", [["--parallel", "0"], ["--cache-type-v", "q8_0", "--flash-attn", "off"]])
def test_the_builds_end_with_what_is_refused(
    words: list[str], build: str, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    with pytest.raises(AssertionError, match="exit 1"), Server(build, free_port(), tmp_path, words):
        pass


def test_values_of_fewer_bits_without_flash_attention_do_not_work() -> None:
    found = resolve(answered(cache_type_v="q8_0", flash_attention="off"), Host())
    assert "LLAMA-CACHE-NEEDS-FLASH" in [each.id for each in contradictions(found)]
    for fine in ({"cache_type_v": "q8_0"}, {"cache_type_v": "bf16", "flash_attention": "off"}):
        assert [*contradictions(resolve(answered(**fine), Host()))] == []


@requires.needs_llama_server
@pytest.mark.parametrize(("build", "ends"), [("b10434", False), ("b11669", True)])
def test_a_request_for_an_answer_ends_a_build_that_makes_embeddings(
    build: str, ends: bool, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    plan = answered(version=build, embedding=True)
    body = b'{"prompt": "a", "n_predict": 1}'
    with Server(build, free_port(), tmp_path, [*adjustable.arguments(plan)]) as server:
        if ends:
            with pytest.raises(ConnectionError):
                server.ask("POST", "/completion", body=body)
        else:
            assert server.ask("POST", "/completion", body=body).status == 200
    told = [each.id for each in find(resolve(plan, Host()))]
    assert ("LLAMA-EMBEDDING-ENDS" in told) is ends
    assert "LLAMA-EMBEDDING-ENDS" not in [each.id for each in find(resolve(answered(embedding=False), Host()))]


def test_a_build_that_does_not_know_a_setting_is_told() -> None:
    (found,) = contradictions(resolve(answered(version="b10068", load_mode="none"), Host()))
    assert "settings.load_mode sets the flag --load-mode" in found.message and "b10434" in found.message
    assert [*contradictions(resolve(answered(version="b10434", load_mode="none"), Host()))] == []


def test_a_file_is_mounted_in_a_container_and_named_without_one() -> None:
    (server,) = resolve(answered("docker", projector="/m/mm.gguf"), Host()).processes
    assert ("--mmproj", "/settings/projector") in zip(server.command, server.command[1:], strict=False)
    assert [m.target for m in server.mounts if m.source == "/m/mm.gguf"] == ["/settings/projector"]
    (server,) = resolve(answered(projector="mm.gguf"), Host()).processes
    assert server.command[-2:] == ("--mmproj", "./mm.gguf") and not server.mounts


def test_each_stands_for_a_flag_that_the_builds_have() -> None:
    for each in adjustable.adjustable():
        assert each.spelled in flags() and flags()[each.spelled].known_to(11669)
    assert {each.name for each in adjustable.adjustable()} == {*ALL_AT_ONCE, "chat_template", "projector"}
