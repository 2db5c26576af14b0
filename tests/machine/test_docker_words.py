"""What Docker says, in words a person can act on."""

from __future__ import annotations

import pytest
from docker.errors import APIError, BuildError, DockerException

from wizard.machine import docker_engine

PARENT = "failed to export image: failed to set parent sha256:3592: unknown parent image ID sha256:3592"


@pytest.mark.parametrize(
    "problem",
    [BuildError(PARENT, []), RuntimeError(PARENT), APIError(PARENT, explanation=PARENT)],
    ids=["a build", "a message of a pull", "an answer of the engine"],
)
def test_an_engine_that_works_is_not_to_be_installed(problem: Exception) -> None:
    said = docker_engine.translate(problem, "build the image")
    assert said.title == "Docker could not build the image"
    assert PARENT in said.detail and "Install" not in said.hint


def test_an_engine_that_went_away_is_said_to_have_gone() -> None:
    gone = DockerException("Error while fetching server API version")
    gone.__cause__ = FileNotFoundError(2, "No such file or directory")
    assert "no Docker engine here" in docker_engine.translate(gone, "start the trial").title
