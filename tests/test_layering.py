"""What a fresh interpreter has loaded after importing a part: the layers, seen from outside."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import wizard

ROOT = Path(wizard.__file__).parent
UI = ("app", "screens", "widgets")
HEAVY = ("textual", "rich", "docker", "pydantic", "tomlkit", "yaml", "ada_url", "cryptography", "psutil")


def modules() -> list[str]:
    found = []
    for path in ROOT.rglob("*.py"):
        parts = list(path.relative_to(ROOT.parent).with_suffix("").parts)
        if parts[-1] == "__main__" or "_pb" in parts:
            continue
        found.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return sorted(found)


def loaded_after(code: str) -> set[str]:
    """Modules, and the packages that they are of, by their first name."""
    probe = f"{code}\nimport sys, json\nprint(json.dumps([n for m in sys.modules for n in (m, m.split('.')[0])]))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_no_module_outside_the_interface_loads_textual() -> None:
    names = [n for n in modules() if n.split(".")[1:2] not in ([u] for u in UI)]
    names = [n for n in names if not n.startswith("wizard.servers.tensorflow_serving.emulator") and n != "wizard"]
    # The wizard in a browser: its optional package loads rich.
    names = [n for n in names if n not in ("wizard.machine.browser_wizard", "wizard.machine.gated_server")]
    assert not loaded_after("\n".join(f"import {name}" for name in names)) & {"textual", "rich"}


def test_reading_and_predicting_load_neither_an_engine_nor_a_screen(tmp_path: Path) -> None:
    """Where nobody reads a terminal and no engine is asked."""
    (tmp_path / "config.properties").write_text("inference_address=http://0.0.0.0:8080\nmodel_store=/models\n")
    (tmp_path / "answers.toml").write_text('schema = 1\nserver = "torchserve"\n')
    for words in (["check", "config.properties"], ["reach", "answers.toml"], ["explain", "BIND-ALL"], ["intents"]):
        quiet = f"with contextlib.chdir({str(tmp_path)!r}), contextlib.redirect_stdout(io.StringIO()):"
        code = f"import io, contextlib\nfrom wizard.cli.main import main\n{quiet}\n    main({words!r})"
        assert not loaded_after(code) & {"docker", "textual", "rich", "cryptography"}, words
        assert words[0] != "check" or not loaded_after(code) & {"pydantic", "tomlkit", "yaml"}


def test_an_import_inside_a_function_says_what_it_buys() -> None:
    """Modules are loaded late by their packages (`wizard.fast_start`); what remains has its reason above it."""
    silent = []
    for path in ROOT.rglob("*.py"):
        text = path.read_text("utf-8")
        lines = text.splitlines()
        inside = {
            each.lineno
            for function in ast.walk(ast.parse(text))
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
            for each in ast.walk(function)
            if isinstance(each, ast.Import | ast.ImportFrom)
        }
        for line in sorted(inside):
            first = line - 1 not in inside
            if first and not lines[line - 2].lstrip().startswith("#"):
                silent.append(f"{path.relative_to(ROOT)}:{line}")
    assert silent == []


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["generate", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    quiet = "with contextlib.redirect_stdout(io.StringIO()):"
    code = f"import io, contextlib\nfrom wizard.cli.main import main\n{quiet}\n    main({arguments!r})"
    assert not loaded_after(code) & {*HEAVY, "tomllib", "asyncio"}


@pytest.mark.parametrize("argument", ["-h", "--help", "--version"])
def test_what_the_program_is_comes_without_its_parser(argument: str) -> None:
    code = "import io, contextlib\nfrom wizard.cli.main import main\nwith contextlib.redirect_stdout(io.StringIO()):\n"
    loaded = loaded_after(f"{code}    main([{argument!r}])") - loaded_after("import io, contextlib")
    assert not loaded & {"argparse", "json", "pathlib", "difflib", "wizard.registry"}


def test_a_file_without_commands_is_checked_without_what_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "config.properties"
    file.write_text("inference_address=http://0.0.0.0:8080\nmodel_store=/models\nload_models=all\n")
    quiet = "import io, contextlib\nfrom wizard.cli.main import main\nwith contextlib.redirect_stdout(io.StringIO()):"
    code = f"{quiet}\n    main(['check', '--fail-on', 'none', {str(file)!r}])"
    loaded = loaded_after(code)
    assert "wizard.servers.torchserve.reading.config" in loaded
    assert not loaded & {"wizard.check.embedded", "wizard.formats.shell_source", "yaml", "pydantic"}
    assert not loaded & {"dataclasses", "wizard.formats.python_commands", "wizard.servers.contract"}


def test_no_module_compiles_its_patterns_while_it_is_loaded() -> None:
    """`wizard.fast_start.regex` does it when they are used. The emulator runs without the rest of the program."""
    eager = []
    for path in ROOT.rglob("*.py"):
        late = ("FunctionDef", "AsyncFunctionDef", "Lambda")
        waiting: list[ast.AST] = [] if "emulator" in path.parts else [ast.parse(path.read_text("utf-8"))]
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "re.compile":
                eager.append(f"{path.relative_to(ROOT)}:{node.lineno}")
            waiting += [each for each in ast.iter_child_nodes(node) if type(each).__name__ not in late]
    assert eager == []


def test_the_package_root_imports_nothing() -> None:
    before = loaded_after("")
    assert loaded_after("import wizard") - before == {"wizard"}


def test_what_runs_here_is_looked_at_without_what_answers_need() -> None:
    """Each wizard that begins with no answers starts this look, in a process of its own."""
    code = "import wizard.session.running, wizard.machine.docker_engine, wizard.check.reports"
    loaded = loaded_after(f"{code}\nfrom wizard import registry\nregistry.readings()")
    assert not loaded & {"pydantic", "tomlkit", "textual", "rich"}


def test_the_first_screen_opens_light() -> None:
    first = "from wizard.session.session import Session\nfrom wizard.screens.paging import open_step\n"
    first += "from wizard.session.steps.flow import start_step\nopen_step(Session(), start_step())"
    loaded = loaded_after(f"import wizard.app\n{first}")
    assert not loaded & {"docker", "tomlkit", "markdown_it", "yaml", "cryptography", "requests", "pydantic", "tomllib"}
    assert not loaded & {"wizard.host", "wizard.models.report", "wizard.exposure.findings", "wizard.prediction.cors"}


def test_no_server_is_named_outside_its_room() -> None:
    """Code asks the registry; only presets, and the servers' own packages, know a server by name."""
    name = re.compile(r"torchserve|tensorflow.?serving|llama|ollama|vllm|triton|mlserver", re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in ROOT.rglob("*.py")
        if path.relative_to(ROOT).parts[0] not in ("servers", "presets")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if name.search(line)
    ]
    assert found == []


def test_modules_stay_small() -> None:
    """A file that grows past this has found a second reason to exist."""
    long = {
        str(path.relative_to(ROOT)): lines
        for path in ROOT.rglob("*.py")
        if (lines := len(path.read_text("utf-8").splitlines())) > 450
    }
    assert not long
