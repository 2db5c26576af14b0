"""A slip in an image's name is said, with the usual one a key away; another image is left alone."""

from __future__ import annotations

import pytest

from tests.support.plans import plan
from wizard.exposure.findings import assess
from wizard.placement.resolve import resolve


@pytest.mark.parametrize("image", ["pytorch/torchserv:0.12.0-cpu", "pytorch/torch-serve", "pytroch/torchserve:1"])
def test_a_slip_is_said_and_mended(image: str) -> None:
    found = assess(resolve(plan("torchserve", run={"image": image})))
    near = next(each for each in found if each.id == "IMAGE-NEAR")
    assert image in near.message
    assert near.remedies[0].patch == (("run.image", ""),)


@pytest.mark.parametrize(
    "image",
    ["", "pytorch/torchserve:0.11.0-cpu", "registry.example/pytorch/torchserve:1", "pytorch/torchserve-kfs", "mine:1"],
)
def test_another_image_is_nobodys_slip(image: str) -> None:
    assert "IMAGE-NEAR" not in {each.id for each in assess(resolve(plan("torchserve", run={"image": image})))}
