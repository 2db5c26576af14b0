"""The name of an image is taken apart as engines do it."""

from __future__ import annotations

import pytest

from wizard.formats.image_name import ImageName, image_name

DIGEST = "@sha256:" + "b12345".ljust(64, "0")


@pytest.mark.parametrize(
    ("text", "repository", "tag"),
    [
        ("tensorflow/serving", "tensorflow/serving", ""),
        ("tensorflow/serving:2.19.1-gpu" + DIGEST, "tensorflow/serving", "2.19.1-gpu"),
        ("ghcr.io/ggml-org/llama.cpp:server", "ggml-org/llama.cpp", "server"),
        ("mirror.example:5000/hub/pytorch/torchserve", "hub/pytorch/torchserve", ""),
        ("localhost/mine" + DIGEST, "mine", ""),
        ("python:3.11", "python", "3.11"),
        ("", "", ""),
    ],
)
def test_registry_and_digest_are_no_part_of_it(text: str, repository: str, tag: str) -> None:
    assert image_name(text) == ImageName(repository, tag)


def test_a_mirror_may_put_something_before_the_path_but_not_into_it() -> None:
    ours = ("pytorch/torchserve",)
    assert image_name("mirror.example/hub/pytorch/torchserve:0.12.0").is_one_of(ours)
    assert not image_name("example/notpytorch/torchserve").is_one_of(ours)
    assert not image_name("pytorch/torchserve-nightly").is_one_of(ours)
