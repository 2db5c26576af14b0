"""Dockerfiles: against BuildKit's parser (as a Python package), and whole builds by a Docker engine."""

from __future__ import annotations

import io
import tarfile
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings

from tests.support import hostile
from tests.support.examples import most
from tests.support.requires import needs_docker
from wizard.errors import WizardError
from wizard.formats import dockerfile

if TYPE_CHECKING:
    from docker import DockerClient


def sayable(value: str) -> bool:
    try:
        dockerfile.labels({"x": value})
    except WizardError:
        return False
    return True


SAYABLE = [value for value in hostile.VALUES.values() if sayable(value)]


@settings(deadline=None, max_examples=most(100))
@given(hostile.values().filter(sayable))
def test_instructions_stay_one_line_each(value: str) -> None:
    parser = pytest.importorskip("dockerfile", reason="needs the package dockerfile, Docker's own parser")
    lines = ["FROM scratch", dockerfile.labels({"X": value, "x.y": value})]
    if value and copyable(value) and len(value) < 10_000:
        lines += [dockerfile.copy(value, value)]
    parsed = parser.parse_string("\n".join([*lines, "USER 1000", ""]))
    assert [each.start_line for each in parsed] == list(range(1, len(lines) + 2))


def copyable(name: str) -> bool:
    try:
        dockerfile.copy(name, "/")
    except WizardError:
        return False
    return True


@needs_docker
def test_a_docker_engine_reads_every_hostile_value_back(docker_client: DockerClient) -> None:
    """One build: labels and copied files, all with hostile text in them."""
    special = [value for value in SAYABLE if not value.isalnum() and len(value.encode()) < 200]
    # Every copied file is a layer and takes a moment, so one for each character with a meaning.
    files = [name for name in special if name.strip() and "/" not in name and copyable(name)]
    names = sorted(
        {next(name for name in files if char in name) for char in "$\"'`*[#!<{"} | {" a", "a ", "?", "modèle"}
    )
    values = dict(enumerate(special))
    lines = [
        "# built by a test",
        dockerfile.from_image("scratch"),
        dockerfile.labels({f"v{n}": value for n, value in values.items()}),
        *(dockerfile.copy(name, f"/in/{name}", owner="1000:1000") for name in names),
        "",
    ]
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        for path, data in [("Dockerfile", "\n".join(lines)), *((name, name) for name in names)]:
            member = tarfile.TarInfo(path)
            member.size = len(data.encode())
            archive.addfile(member, io.BytesIO(data.encode()))
    context.seek(0)
    tag = f"serving-wizard-test/hostile:{uuid.uuid4().hex}"
    image, _ = docker_client.images.build(fileobj=context, custom_context=True, tag=tag, rm=True)
    try:
        config = image.attrs["Config"]
        assert {n: config["Labels"][f"v{n}"] for n in values} == values
        assert copied(docker_client, tag) == {name: name for name in names}
    finally:
        docker_client.images.remove(tag, force=True)


def copied(docker_client: DockerClient, tag: str) -> dict[str, str]:
    """The files below /in of an image, by name."""
    container = docker_client.containers.create(tag, "/in")
    try:
        stream: Any = container.get_archive("/in")[0]
        with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
            files = [member for member in archive if member.isfile()]
            assert all(member.uid == 1000 for member in files)
            read = {member.name.removeprefix("in/"): archive.extractfile(member) for member in files}
            return {name: file.read().decode() for name, file in read.items() if file}
    finally:
        container.remove()


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\x00b", *hostile.UNENCODABLE])
def test_what_a_dockerfile_cannot_hold_is_refused(value: str) -> None:
    writers: tuple[Callable[[], str], ...] = (
        lambda: dockerfile.copy(value, "/a"),
        lambda: dockerfile.copy("a", value),
        lambda: dockerfile.labels({"A": value}),
        lambda: dockerfile.from_image(value),
    )
    for write in writers:
        with pytest.raises(WizardError):
            write()


def test_a_line_longer_than_docker_reads_is_refused() -> None:
    value = "x" * (dockerfile.MAX_LINE_BYTES - len('LABEL a=""'))
    longest = dockerfile.labels({"a": value})
    assert len(longest) == dockerfile.MAX_LINE_BYTES
    parser = pytest.importorskip("dockerfile", reason="needs the package dockerfile, Docker's own parser")
    assert len(parser.parse_string(longest)) == 1
    with pytest.raises(WizardError):
        dockerfile.labels({"a": value + "x"})
    with pytest.raises(WizardError):
        dockerfile.copy("é" * 33_000, "/a")


def test_what_is_written() -> None:
    assert dockerfile.from_image("pytorch/torchserve:0.12.0-cpu") == "FROM pytorch/torchserve:0.12.0-cpu"
    with pytest.raises(WizardError):
        dockerfile.from_image("a AS b")
    with pytest.raises(WizardError):
        dockerfile.labels({"A B": "c"})
    assert dockerfile.labels({"A": '5$ "x"'}) == 'LABEL A="5\\$ \\"x\\""'
    assert dockerfile.copy("m[1].mar", "/store/a b", owner="1000:0") == (
        'COPY --chown=1000:0 ["m[[]1].mar", "/store/a\\\\ b"]'
    )
