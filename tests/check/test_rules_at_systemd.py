"""What rules on units say, systemd does: each unit is started by one, and its program tells what it got to see."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.support.checking import check
from tests.support.systemd import printed
from wizard.check.findings import words
from wizard.observed.source import Source

pytestmark = pytest.mark.systemd

WORDS = "ExecStart=/usr/bin/printf %%s, "
ENVIRONMENT = "ExecStart=/usr/bin/env"
NAME = "ExecStart=/usr/bin/id -un"
SHOWN: Mapping[str, tuple[str, str | None]] = {
    "RUN-UNIT-ROOT": (NAME, "root"),
    "RUN-UNIT-VARIABLE": (
        f"Environment=A=one\n{WORDS}$A --a=$A --a=${{A}} ${{A:-x}} $NONE end", "one,--a=$A,--a=one,${A:-x},end,",
    ),
    "RUN-UNIT-VARIABLE in Environment": (f"Environment=A=${{B}} B=$HOME\n{ENVIRONMENT}", "A=${B} B=$HOME"),
    "RUN-UNIT-LINE with blanks": (f"Environment=A = one\n{ENVIRONMENT}", ""),
    "RUN-UNIT-LINE with other quotes": (f"Environment=“A=one”\n{ENVIRONMENT}", ""),
    "RUN-UNIT-LINE with several words": (f"Environment=A=one two\n{ENVIRONMENT}", "A=one"),
    "RUN-UNIT-LINE misspelt": (f"Enviroment=A=one\nenvironment=B=two\n{ENVIRONMENT}", ""),
    "RUN-UNIT-LINE elsewhere": (f"[Unit]\nEnvironment=A=one\n[Service]\n{ENVIRONMENT}", ""),
    "RUN-UNIT-REFUSED at home": ("ExecStart=~/bin/id", None),
    "RUN-UNIT-REFUSED in the folder": ("WorkingDirectory=/usr/bin\nExecStart=./id", None),
    "RUN-UNIT-REFUSED by a variable": ("Environment=A=/usr/bin\nExecStart=${A}/id", None),
    "RUN-UNIT-REFUSED in quotes": ('WorkingDirectory="/usr"\nExecStart=/usr/bin/id', None),
    "RUN-UNIT-REFUSED account": (f"User=$USER\n{NAME}", None),
    "RUN-UNIT-REFUSED comment": (f"User=nobody # the account\n{NAME}", None),
    "RUN-UNIT-REFUSED builtin": ("ExecStart=cd /usr && /usr/bin/id", ""),
    "RUN-UNIT-REFUSED assignment": ("ExecStart=A=one /usr/bin/env", ""),
    "RUN-UNIT-SHELL": (f"{WORDS}~/a *.gguf && b | c > d 2>&1 &", "~/a,*.gguf,&&,b,|,c,>,d,2>&1,&,"),
    "RUN-UNIT-SHELL command": (f"{WORDS}$(id) `id`", "`id`,"),
    "RUN-UNIT-HOME": ("ProtectHome=yes\nExecStart=/usr/bin/find /root -mindepth 1", ""),
    "lost line": (f"{WORDS}--one=1\n  --two=2", "--one=1,"),
}  # fmt: skip
"""Rule and where -> (the [Service] of a unit, what its program prints; None: systemd starts none)."""
RIGHT: Mapping[str, tuple[str, str]] = {
    "account": (f"User=nobody\n{NAME}", "nobody"),
    "comment": (f"Environment=A=one # why\n{ENVIRONMENT}", "A=one"),
    "quotes": (f'Environment="A=one two" B=x\n{ENVIRONMENT}', "A=one two B=x"),
    "name": ("ExecStart=id -un", "root"),
    "shell": ("ExecStart=/bin/sh -c 'cd / && echo *bin'", "bin sbin"),
}
_GIVEN = ("PATH=", "LANG=", "INVOCATION_ID=", "SYSTEMD_EXEC_PID=", "HOME=", "LOGNAME=", "SHELL=", "USER=")


def lines(text: str | None) -> str | None:
    """What was printed, without the variables that systemd sets by itself."""
    return None if text is None else " ".join(row for row in text.splitlines() if not row.startswith(_GIVEN))


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str | None]:
    """What every unit's program printed; all of them are started by one systemd."""
    every = {"".join(filter(str.isalnum, name)): text for name, (text, _) in {**SHOWN, **RIGHT}.items()}
    made = {name: text if "[Unit]" in text else f"[Service]\n{text}" for name, text in every.items()}
    return printed(made, tmp_path_factory.mktemp("systemd"))


@pytest.mark.parametrize("name", [*SHOWN, *RIGHT])
def test_what_systemd_does(name: str, seen: dict[str, str | None]) -> None:
    _, expected = {**SHOWN, **RIGHT}[name]
    assert lines(seen["".join(filter(str.isalnum, name))]) == expected


SERVERS = {
    "/usr/bin/printf %%s,": "/usr/bin/llama-server -m /srv/a.gguf",
    "/usr/bin/env": "/usr/bin/llama-server -m /srv/a.gguf",
    "/usr/bin/id": "/usr/bin/llama-server",
    "/bin/id": "/bin/llama-server",
    "./id": "./llama-server",
    "=id": "=llama-server",
    "}/id": "}/llama-server",
    "/usr/bin/find /root": "/usr/bin/llama-server -m /root/a.gguf",
}


def said(text: str) -> set[str]:
    """The rules on units that speak of the same unit with a server in it."""
    for old, new in SERVERS.items():
        text = text.replace(old, new)
    unit = text if "[Unit]" in text else f"[Service]\n{text}"
    return {line.id for report in check([Source("llama.service", f"{unit}\n")]) for line in words(report)}


@pytest.mark.parametrize("name", [name for name in SHOWN if name.startswith("RUN-")])
def test_the_same_unit_of_a_server_is_spoken_of(name: str) -> None:
    assert name.partition(" ")[0] in said(SHOWN[name][0])


@pytest.mark.parametrize("name", RIGHT)
def test_what_systemd_takes_is_not_spoken_of(name: str) -> None:
    shown = {each.partition(" ")[0] for each in SHOWN} - {"RUN-UNIT-ROOT"}
    assert not said(RIGHT[name][0]) & shown
