"""What rules on supervisor's command= say, supervisor does, where it is installed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.checking import check
from tests.support.requires import find, needs_supervisor
from tests.support.waiting import until
from wizard.check.findings import words
from wizard.observed.source import Source

PRINT = "/usr/bin/printf '%%s,' "
SERVER = "/usr/bin/llama-server -m /srv/a.gguf "
SHOWN: dict[str, tuple[str, str | None]] = {
    "RUN-SUPERVISOR-SHELL words": (
        f"{PRINT}~/a *.gguf && b | c > d 2>&1 $(id) &",
        "~/a,*.gguf,&&,b,|,c,>,d,2>&1,$(id),&,",
    ),
    "RUN-SUPERVISOR-SHELL backslash": (f"{PRINT}a \\\n  b", "a,\nb,"),
    "RUN-SUPERVISOR-SHELL builtin": ("cd /srv", None),
    "RUN-SUPERVISOR-SHELL home": ("~/bin/printf", None),
    "RUN-SUPERVISOR-SHELL assignment": ("A=one /usr/bin/printf", None),
    "RUN-SUPERVISOR-VARIABLE": (f"{PRINT}$A --a=${{A}}", "$A,--a=${A},"),
}
"""Rule and where -> (command=, what its program prints; None: supervisor starts none)."""
RIGHT = {
    "indented": (f"{PRINT}a\n  b ; why\n  c # why", "a,b,c,"),
    "filled in": (f"{PRINT}%(ENV_A)s %(here)s 100%%", "one,{folder},100%,"),
    "shell": ("/bin/sh -c 'echo $A && echo two'", "one\ntwo\n"),
}


def said(command: str) -> set[str]:
    """The rules on supervisor that speak of the same command of a server."""
    text = (
        command.replace(PRINT, SERVER).replace("/printf", "/llama-server").replace("cd /srv", "cd /srv && llama-server")
    )
    text = text.replace("echo two", "llama-server -m /srv/a.gguf")
    (report,) = check([Source("supervisord.conf", f"[program:a]\ncommand={text}\n")])
    assert report.kind == "supervisor"
    return {line.id for line in words(report)}


@pytest.mark.parametrize("name", SHOWN)
def test_what_supervisor_does_otherwise_is_spoken_of(name: str) -> None:
    assert name.partition(" ")[0] in said(SHOWN[name][0])


@pytest.mark.parametrize("name", RIGHT)
def test_what_supervisor_takes_is_not_spoken_of(name: str) -> None:
    assert not said(RIGHT[name][0]) & {each.partition(" ")[0] for each in SHOWN}


@needs_supervisor
def test_what_supervisor_does(tmp_path: Path) -> None:
    program = find("supervisord") or ""
    every = {**SHOWN, **RIGHT}
    out = {name: tmp_path / f"{number}.out" for number, name in enumerate(every)}
    text = (
        f"[supervisord]\nnodaemon=true\nuser=root\nlogfile={tmp_path}/log\npidfile={tmp_path}/pid\nenvironment=A=one\n"
    )
    for number, (name, (command, _)) in enumerate(every.items()):
        once = f"startsecs=0\nstartretries=0\nautorestart=false\nstdout_logfile={out[name]}\n"
        text += f"[program:p{number}]\ncommand={command}\n{once}"
    config = tmp_path / "supervisord.conf"
    config.write_text(text)
    expected = {name: printed and printed.replace("{folder}", str(tmp_path)) for name, (_, printed) in every.items()}
    with subprocess.Popen([program, "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            until(lambda: {name: printed_in(file) for name, file in out.items()} == expected, "what they print")
        finally:
            running.terminate()


def printed_in(file: Path) -> str | None:
    return file.read_text() or None if file.exists() else None
