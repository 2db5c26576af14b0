"""Feed each reader what coverage leads to: `make fuzz`, or `python tests/fuzz.py [MINUTES] [READER]...`.

Each reader runs in a process of its own. What ends it is a fault: an exception that is no WizardError, an answer that
takes more than 5 s of a processor or a minute in all, more than 500 MB. The input that did it is kept in
.cache/fuzz/READER.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]
KEPT = ROOT / ".cache" / "fuzz"
DATA = ROOT / "tests" / "data"
HANG_S = 5
"""Seconds of a processor; a machine that is busy with something else is no fault."""
STANDSTILL_S = 60
"""Seconds by the clock, for a reader that waits and does not work."""
MEMORY_MB = 500
LONGEST = 20_000
"""Bytes of one input; longer ones find little more and cost much."""
MOST_WORDS = 500
WARM = 60
"""Recorded inputs that are read first: modules are loaded on first use, and only those loaded by then are watched."""

Read = Callable[[bytes], object]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _check(name: str) -> Read:
    """Everything that `check` makes of one file of that name."""
    from tests.check.test_hostile import everything
    from wizard.machine.checkfiles import decoded

    return lambda data: everything([decoded(name, data)])


def _answers() -> Read:
    from wizard.plan import answers

    return lambda data: answers.load(_text(data))


def _origins() -> Read:
    from wizard.cors.origins import read_origin_lines

    return lambda data: list(read_origin_lines(_text(data).splitlines()))


def _cases() -> Read:
    from wizard.cors.cases import parse_cases, read_case

    def read(data: bytes) -> None:
        for place, case in enumerate(parse_cases(_text(data))):
            read_case(case, place)

    return read


def _log() -> Read:
    from wizard.help.firstaid import diagnose

    return lambda data: diagnose(_text(data))


def _model(suffix: str, inside: str = "") -> Read:
    """A model: a file with that ending, or that file in a numbered folder."""
    from wizard import registry
    from wizard.machine.inspection import inspect

    folder = Path(tempfile.mkdtemp(prefix="serving-wizard-fuzz-"))
    path = folder / "m" / inside if inside else folder / f"m{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)

    def read(data: bytes) -> None:
        path.write_bytes(data)
        for server in registry.names():
            inspect(folder / "m" if inside else path, server)

    return read


def _recorded(*patterns: str) -> list[bytes]:
    return [path.read_bytes() for pattern in patterns for path in sorted(ROOT.glob(pattern)) if path.is_file()][:300]


def _check_cases() -> list[bytes]:
    cases = [case for file in sorted(DATA.glob("check_cases*.json")) for case in json.loads(file.read_text())]
    texts = {file["text"] for case in cases for file in case.get("files", [case])}
    return [text.encode() for text in sorted(texts) if len(text) < LONGEST]


def _recipes(head: str, indent: str) -> list[bytes]:
    """The recorded inputs as the commands of one recipe."""
    return [
        (head + "".join(f"{indent}{row}\n" for row in text.decode().splitlines())).encode() for text in _check_cases()
    ]


def _property_lists() -> list[bytes]:
    """The words of the recorded inputs as the arguments of a program."""
    head = "<plist><dict><key>ProgramArguments</key><array>"
    rows = ("".join(f"<string>{word}</string>" for word in text.decode().split()) for text in _check_cases())
    return [f"{head}{row}</array></dict></plist>".encode() for row in rows]


def _notebooks() -> list[bytes]:
    cells = (["%%bash\n", text.decode()] for text in _check_cases())
    return [json.dumps({"cells": [{"cell_type": "code", "source": cell}]}).encode() for cell in cells]


CHECKED = {
    "properties": "config.properties",
    "textproto": "models.config",
    "shell": "start.sh",
    "batch": "start.bat",
    "powershell": "start.ps1",
    "compose": "docker-compose.yml",
    "kubernetes": "pod.yaml",
    "dockerfile": "Dockerfile",
    "systemd": "server.service",
    "readme": "README.md",
    "nginx": "nginx.conf",
    "presets": "models.ini",
    "variables": "server.env",
    "python": "serve.py",
}
"""Reader of `check` -> name of the file that is given to it."""
READERS: dict[str, tuple[Callable[[], Read], Callable[[], list[bytes]]]] = {
    **{reader: (lambda name=name: _check(name), _check_cases) for reader, name in CHECKED.items()},  # type: ignore[misc]
    "notebook": (lambda: _check("serve.ipynb"), _notebooks),
    "makefile": (lambda: _check("Makefile"), lambda: _recipes("serve:\n", "\t")),
    "justfile": (lambda: _check("justfile"), lambda: _recipes("serve port='8080':\n", "    ")),
    "fish": (lambda: _check("serve.fish"), lambda: _recipes("#!/usr/bin/env fish\n", "")),
    "openrc": (lambda: _check("server"), lambda: _recipes("#!/sbin/openrc-run\ncommand=llama-server\n", "")),
    "launchd": (lambda: _check("server.plist"), _property_lists),
    "procfile": (lambda: _check("Procfile"), lambda: _recipes("", "web: ")),
    "taskfile": (
        lambda: _check("Taskfile.yml"),
        lambda: _recipes("version: '3'\ntasks:\n  serve:\n    cmds:\n      - |\n", " " * 8),
    ),
    "answers": (_answers, lambda: _recorded("tests/data/answers/**/*.toml", "src/wizard/presets/*.toml")),
    "origins": (_origins, lambda: _recorded("tests/data/origin*")),
    "cases": (_cases, lambda: _recorded("tests/data/cors*")),
    "log": (_log, lambda: _recorded("tests/data/messages/*.json")),
    "gguf": (lambda: _model(".gguf"), lambda: _recorded("src/wizard/servers/*/sample/*.gguf")),
    "archive": (lambda: _model(".mar"), lambda: _recorded("src/wizard/servers/*/sample/*.mar")),
    "savedmodel": (
        lambda: _model("", "1/saved_model.pb"),
        lambda: _recorded("src/wizard/servers/*/sample/**/saved_model.pb"),
    ),
}


def _words(given: list[bytes]) -> str:
    """A dictionary for the fuzzer: the words of the recorded inputs and what comes before options, most frequent first.

    Mutations alone rarely put a whole word where one is read.
    """
    counted = Counter(word for seed in given for word in re.findall(rb"[\w./:=$-]{2,24}", seed))
    found = [word.decode("ascii", "ignore") for word, _ in counted.most_common(MOST_WORDS)]
    pairs = [f"{word} {option} " for word in ("echo", "printf", "set", "cat") for option in ("-e", "-n", "-a", "<<EOF")]
    return "".join(f'"{word}"\n' for word in (*found, *pairs))


def _fuzz(reader: str, seconds: int) -> None:
    """In the process of one reader; never returns."""
    atheris: Any = import_module("atheris")  # where it is not installed, the types are checked all the same
    with atheris.instrument_imports(include=["wizard"]):
        from wizard import registry
        from wizard.errors import WizardError

        if not registry.names():
            raise SystemExit("No server is registered, so there is nothing to read: install this project first.")
        make, seeds = READERS[reader]
        read, given = make(), seeds()
        for seed in given[:: 1 + len(given) // WARM]:
            with suppress(WizardError):
                read(seed)

    def one(data: bytes) -> None:
        began = time.process_time()
        with suppress(WizardError):
            read(data)
        if time.process_time() - began > HANG_S:
            raise TimeoutError(f"{time.process_time() - began:.0f} s of a processor")

    folder = KEPT / reader
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(given):
        (corpus / f"seed-{number}").write_bytes(seed[:LONGEST])
    limits = [
        f"-max_total_time={seconds}",
        f"-timeout={STANDSTILL_S}",
        f"-rss_limit_mb={MEMORY_MB}",
        f"-max_len={LONGEST}",
        f"-dict={folder}/words",
    ]
    (folder / "words").write_text(_words(given))
    atheris.Setup(
        [reader, *limits, f"-artifact_prefix={folder}/", "-verbosity=0", "-print_final_stats=1", str(corpus)], one
    )
    atheris.Fuzz()


def main() -> None:
    """Fuzz readers one after the other; exit code 1 if one of them broke."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("minutes", nargs="?", type=float, default=10.0, help="for each reader (default 10)")
    parser.add_argument("readers", nargs="*", help=f"default: all ({', '.join(READERS)})")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        _fuzz(options.one, round(options.minutes * 60))
    broken = []
    for reader in options.readers or READERS:
        print(f"{reader}: {options.minutes:g} min", flush=True)
        command = [sys.executable, __file__, str(options.minutes), "--one", reader]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            broken.append(reader)
    if broken:
        raise SystemExit(f"Broke: {', '.join(broken)}; the inputs are in {KEPT}")
    print("No reader broke.")


if __name__ == "__main__":
    main()
