"""What the lab tries where nothing is typed in it."""

from __future__ import annotations

import pytest

from wizard.plan import CorsRule
from wizard.session.steps.cors import EXAMPLE, to_try

ONE = CorsRule(origins=("https://one.example",))
BOTH = CorsRule(origins=("https://one.example", "https://two.example"), headers=("authorization", "content-type"))
ANY = CorsRule(origins=("*",))


@pytest.mark.parametrize(
    ("answered", "shown", "page", "headers"),
    [
        (None, None, EXAMPLE, "content-type"),
        (CorsRule(), CorsRule(headers=("x-own",)), EXAMPLE, "content-type"),
        (ONE, ONE, "https://one.example", "content-type"),
        (ONE, BOTH, "https://two.example", "authorization content-type"),
        (BOTH, ONE, "https://one.example", "content-type"),
        (ANY, ANY, EXAMPLE, "content-type"),
        (None, ONE, "https://one.example", "content-type"),
    ],
)
def test_the_origin_that_is_being_typed_else_the_first(
    answered: CorsRule | None, shown: CorsRule | None, page: str, headers: str
) -> None:
    assert to_try(answered, shown) == (page, headers)
