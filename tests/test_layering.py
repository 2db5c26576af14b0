"""What a fresh interpreter has loaded after importing a part: the layers, seen from outside."""

from __future__ import annotations

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
    probe = f"{code}\nimport sys, json\nprint(json.dumps([m.split('.')[0] for m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_no_module_outside_the_interface_loads_textual_or_docker() -> None:
    names = [n for n in modules() if n.split(".")[1:2] not in ([u] for u in UI)]
    names = [n for n in names if not n.startswith("wizard.servers.tensorflow_serving.emulator") and n != "wizard"]
    # It is imported where the wizard runs in a browser, and that optional package loads rich.
    names.remove("wizard.machine.browser_wizard")
    loaded = loaded_after("\n".join(f"import {name}" for name in names))
    assert not loaded & {"textual", "rich", "docker"}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["generate", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    quiet = "with contextlib.redirect_stdout(io.StringIO()):"
    code = f"import io, contextlib\nfrom wizard.cli.main import main\n{quiet}\n    main({arguments!r})"
    assert not loaded_after(code) & {*HEAVY, "tomllib", "asyncio"}


def test_the_package_root_imports_nothing() -> None:
    before = loaded_after("")
    assert loaded_after("import wizard") - before == {"wizard"}


def test_what_runs_here_is_looked_at_without_what_answers_need() -> None:
    """Each wizard that begins with no answers starts this look, in a process of its own."""
    code = "import wizard.session.running, wizard.machine.docker_engine, wizard.check.reports"
    loaded = loaded_after(f"{code}\nfrom wizard import registry\nregistry.readings()")
    assert not loaded & {"pydantic", "tomlkit", "textual", "rich"}


def test_the_first_screen_opens_light() -> None:
    loaded = loaded_after("import wizard.app")
    assert not loaded & {"docker", "tomlkit", "markdown_it", "yaml", "cryptography", "requests"}


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
