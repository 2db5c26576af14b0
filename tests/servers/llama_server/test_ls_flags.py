"""The table of flags against what the real builds list and do."""

from __future__ import annotations

import shlex
import subprocess

import pytest

from tests.servers.llama_server import helptext
from tests.support import requires
from wizard.servers.llama_server import flags

GONE = "the argument has been removed"


def number(build: str) -> int:
    return int(build.removeprefix("b"))


def refusal(build: str, *words: str, **environment: str) -> str:
    """What a build complains about when started so, with a model that is not there; it never serves anything."""
    command = requires.llama_server_command(build)
    assert command is not None
    arguments = [command, "--model", "/nothing.gguf", "--port", "1", *words]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, env=environment)
    assert done.returncode == 1
    return done.stdout + done.stderr


@requires.needs_llama_server
@pytest.mark.parametrize("build", requires.LLAMA_SERVER_BUILDS)
def test_the_table_has_every_flag_of_a_build_and_no_other(build: str) -> None:
    listed = helptext.flags(build)
    known = {flag.name for flag in flags.flags().values() if flag.known_to(number(build)) or flag.value == "removed"}
    found = set()
    for flag in listed:
        ours = flags.find(flag.names[-1])
        assert ours is not None, flag.names
        entry = ours[0]
        found.add(entry.name)
        assert set(flag.names) <= {entry.name, *entry.also, *entry.off}
        assert (entry.value == "switch") == (not flag.value), entry.name
        assert (entry.value == "removed") == (GONE in flag.text), entry.name
        if number(build) >= entry.variable_first:
            assert entry.variable == flag.variable, entry.name
    assert found == known


@requires.needs_llama_server
@pytest.mark.parametrize("build", requires.LLAMA_SERVER_BUILDS)
def test_choices_and_defaults_are_those_a_build_names(build: str) -> None:
    texts = {flags.find(flag.names[-1]): f"{flag.value} {flag.text}" for flag in helptext.flags(build)}
    for found, text in texts.items():
        assert found is not None
        flag = found[0]
        assert all(choice in text for choice in flag.choices), flag.name
        default = flag.default_of(number(build))
        if flag.value not in ("switch", "removed") and default not in ("", "-1"):
            assert f"default: {default}" in text.replace("'", ""), flag.name


def test_every_flag_is_explained() -> None:
    for flag in flags.flags().values():
        assert flag.meaning.endswith(".") and flag.evidence, flag.name
        assert not flag.risk or flag.risk.endswith("."), flag.name
        assert flag.value != "removed" or flag.instead, flag.name
    names = [name for flag in flags.flags().values() for name in (flag.name, *flag.also, *flag.off)]
    assert len(names) == len(set(names))


def test_a_command_line_is_taken_apart() -> None:
    line = "-m a.gguf --n_gpu_layers 3 --no-ui -fa on --control-vector-layer-range 1 2 --cors x --host"
    words = list(flags.read(shlex.split(line)))
    shown = [(word.text, word.flag.name if word.flag else None, word.value, word.on) for word in words]
    assert shown == [
        ("-m", "--model", "a.gguf", True),
        ("--n_gpu_layers", "--n-gpu-layers", "3", True),
        ("--no-ui", "--ui", None, False),
        ("-fa", "--flash-attn", "on", True),
        ("--control-vector-layer-range", "--control-vector-layer-range", "1 2", True),
        ("--cors", None, None, True),
        ("x", None, None, True),
        ("--host", "--host", None, True),
    ]


def test_flags_win_over_variables() -> None:
    environment = {"LLAMA_ARG_PORT": "1", "LLAMA_ARG_HOST": "::", "LLAMA_ARG_NO_UI": "1", "LLAMA_ARG_METRICS": "1"}
    found = flags.settings(["--port", "2", "--metrics", "--no-slots"], environment, 11669)
    assert found == {"--port": "2", "--host": "::", "--ui": "off", "--metrics": "on", "--slots": "off"}


@requires.needs_llama_server
@pytest.mark.parametrize("build", requires.LLAMA_SERVER_BUILDS)
def test_builds_refuse_what_the_table_says_they_do(build: str) -> None:
    for flag in flags.flags().values():
        if flag.value == "removed" or (flag.value == "switch" and not flag.known_to(number(build))):
            words = (flag.name,) if flag.value == "switch" else (flag.name, "1")
            assert f"invalid argument: {flag.name}" in (said := refusal(build, *words)) or GONE in said, flag.name


@requires.needs_llama_server
@pytest.mark.parametrize("build", requires.LLAMA_SERVER_BUILDS)
def test_wrong_names_do_what_is_said(build: str) -> None:
    for wrong in flags.wrong_names().values():
        if wrong.kind == "flag":
            assert f"invalid argument: {wrong.name}" in refusal(build, wrong.name, "x")
        else:
            assert flags.variables().get(wrong.name) is None
            assert "invalid argument" not in refusal(build, **{wrong.name: "x"})


@requires.needs_llama_server
@pytest.mark.parametrize("build", requires.LLAMA_SERVER_BUILDS)
def test_a_flag_with_an_equals_sign_and_an_unclear_switch_stop_the_start(build: str) -> None:
    assert "invalid argument: --host=127.0.0.1" in refusal(build, "--host=127.0.0.1")
    assert "invalid argument" not in refusal(build, "--n_gpu_layers", "0")
    assert "LLAMA_ARG_UI" in refusal(build, LLAMA_ARG_UI="yes")
