"""What a reader notes of a start is kept apart from the keys of the file that it reads."""

from __future__ import annotations

import pytest

from tests.support.checking import check
from wizard.check.findings import words
from wizard.check.holders import misplaced, scripts, sharing, unit_lines, unit_variables, units
from wizard.observed import start
from wizard.observed.source import Source

NOTES = (
    start.KEPT, start.IN_IMAGE, start.LOST, start.CUT, start.TORN, start.WRITES, start.EDITS, start.INSTALLS,
    start.FETCHES, start.NO_INSTRUCTION, start.CONTAINER_OF, start.OUTSIDE, start.USED, start.BUILT_FROM,
    start.SIDECARS, start.TAKES, misplaced.LATE, sharing.SHARED, scripts.SOURCED, scripts.SOURCED_WHOLE, units.OF_USER,
    unit_lines.SECTION, unit_lines.KEY, unit_variables.UNSET, unit_variables.LITERAL, unit_variables.DEFAULT,
    "internal network", "ports refused", "unknown key", "volumes declared",
)  # fmt: skip
FORMER = (
    "lost", "cut", "torn", "writes", "edits", "installs", "fetches", "outside", "dockerfile", "sidecars", "takes",
    "sourced", "background",
)  # fmt: skip
"""Words that somebody could write as a key of any file."""
FLAGS = ("--publish-all", "--no-healthcheck", "--env-file", "--detach", "--privileged")

COMPOSE = """\
services:
  one:
    image: pytorch/torchserve:0.12.0-cpu
    command: torchserve --foreground --ts-config /models/config.properties
    ports: ["127.0.0.1:8080:8080"]
"""
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: one}
spec:
  containers:
    - name: one
      image: pytorch/torchserve:0.12.0-cpu
      args: [torchserve, --foreground, --ts-config, /models/config.properties]
"""
UNIT = """\
[Service]
User=models
ExecStart=/usr/bin/torchserve --start --foreground --ts-config /srv/config.properties --model-store /srv/models
"""
CONTAINER = """\
[Container]
Image=docker.io/pytorch/torchserve:0.12.0-cpu
PublishPort=127.0.0.1:8080:8080
"""
PROGRAM = """\
[program:one]
command=/usr/bin/torchserve --start --foreground --ts-config /srv/config.properties --model-store /srv/models
user=models
"""


def said(path: str, text: str) -> set[tuple[str, int | None, str]]:
    files = {path: Source(path, text)}
    reports = check(list(files.values()), files.get)
    assert any(report.server for report in reports)
    return {
        (line.id, line.line, line.message)
        for report in reports
        for line in words(report)
        if line.id not in ("RUN-COMPOSE-KEY", "RUN-UNIT-KEY")
    }


def test_every_note_has_a_blank_in_its_name() -> None:
    assert all(" " in note for note in NOTES)


@pytest.mark.parametrize("key", [*NOTES, *FORMER, *FLAGS])
@pytest.mark.parametrize(
    ("path", "text", "line"),
    [("compose.yaml", COMPOSE, '    "{}": "/models/config.properties"\n'), ("pod.yaml", POD, '      "{}": "one"\n')],
)
def test_a_key_of_yaml_is_no_note(path: str, text: str, line: str, key: str) -> None:
    assert said(path, text + line.format(key)) == said(path, text)


@pytest.mark.parametrize("key", FORMER)
@pytest.mark.parametrize(
    ("path", "text"), [("one.service", UNIT), ("one.container", CONTAINER), ("supervisord.conf", PROGRAM)]
)
def test_a_key_of_a_unit_is_no_note(path: str, text: str, key: str) -> None:
    assert said(path, f"{text}{key}=/srv/config.properties\n") == said(path, text)


def test_a_container_is_privileged_by_its_security_context_alone() -> None:
    assert said("pod.yaml", POD + '      privileged: "true"\n') == said("pod.yaml", POD)
    assert said("pod.yaml", POD + "      securityContext: {privileged: true}\n") != said("pod.yaml", POD)
