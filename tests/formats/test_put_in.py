"""Variables that hold others: a few lines of a script could stand for more text than any machine holds."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.support.checking import check
from wizard.observed.source import Source

COUNT = 60
END = f"torchserve --start --models $A{COUNT}\n"
IMAGE = "    image: pytorch/torchserve:0.12.0-cpu\n"
SERVICE = f"services:\n  s:\n{IMAGE}    command: torchserve --start --models "


def _doubled(line: Callable[[int, int], str]) -> str:
    return "".join(line(number + 1, number) for number in range(COUNT))


FILES: dict[str, dict[str, str]] = {
    "a script": {"s.sh": "A0=xxxxxxxx\n" + _doubled(lambda new, old: f"A{new}=$A{old}$A{old}\n") + END},
    "words": {"s.sh": 'A0="x x"\n' + _doubled(lambda new, old: f'A{new}="$A{old} $A{old}"\n') + END},
    "a batch file": {
        "s.bat": "set A0=xxxxxxxx\n"
        + _doubled(lambda new, old: f"set A{new}=%A{old}%%A{old}%\n")
        + f"torchserve --start --models %A{COUNT}%\n"
    },
    "PowerShell": {"s.ps1": '$A0 = "xxxxxxxx"\n' + _doubled(lambda new, old: f'$A{new} = "$A{old}$A{old}"\n') + END},
    "a text behind a command": {
        "s.sh": f"A={'x' * 100_000}\ncat >config.properties <<E\n{'foo=$A' * 4000}\nE\ntorchserve --start\n"
    },
    "an array": {"s.sh": "A=(" + "x " * 1000 + ")\ntorchserve --start --models " + '"${A[@]}" ' * 4000 + "\n"},
    "Compose": {".env": f"A={'x' * 100_000}\n", "compose.yaml": SERVICE + "${A}" * 20_000 + "\n"},
}


@pytest.mark.parametrize("kind", FILES)
def test_what_variables_stand_for_is_bounded(kind: str) -> None:
    found = {path: Source(path, text) for path, text in FILES[kind].items()}
    began = time.process_time()
    check(found.values(), found.get)
    assert time.process_time() - began < 5
