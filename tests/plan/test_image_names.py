"""Names of images, judged as Docker judges them: these were given to `docker create --pull never` of 20.10.24."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from wizard.plan.parts import Run

HASH = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "a:_b",
        "a/b/c:1.0",
        "a__b",
        "a---b",
        "a.b_c/d",
        f"a@sha256:{HASH}",
        f"a:1@sha256:{HASH}",
        f"a@sha512:{HASH * 2}",
        f"sha256:{HASH}",
        "localhost/a",
        "localhost:5000/a",
        "A.example/c",
        "mirror.example:5000/tensorflow/serving:2.19.1",
        "ghcr.io/ggml-org/llama.cpp:server-b11669",
        "a:" + "t" * 128,
    ],
)
def test_a_name_that_docker_takes(name: str) -> None:
    assert Run(image=name).image == name


@pytest.mark.parametrize(
    "name",
    [
        "a@sha256:zz",
        f"a@sha256:{HASH[:-1]}",
        f"a@sha256:{HASH.upper()}",
        f"a@md5:{HASH[:32]}",
        "a@b",
        "A",
        "UPPER/x",
        "x/UPPER",
        "a:",
        "a/",
        "/a",
        "a//b",
        "a:b:c",
        "a:-b",
        "a-",
        "_a",
        "a..b",
        "a___b",
        "a.-b/c",
        "a b",
        "a\n",
        "é/a",
        "a/٣",
        "a:" + "t" * 129,
    ],
)
def test_a_name_that_docker_refuses(name: str) -> None:
    with pytest.raises(ValidationError, match="not an image name"):
        Run(image=name)
