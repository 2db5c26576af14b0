"""Ten mistakes that look right in nginx: each is made in the generated configuration, and its check must fail."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.gateway import properties
from tests.gateway.conftest import Start, guarded
from tests.gateway.harness import Edit, Gate

pytestmark = pytest.mark.nginx

ORIGIN = "add_header Access-Control-Allow-Origin $origin_inference always;"
GATE = "if ($preflight_inference) { return 204; }"
TOKEN_FIRST = "if ($token_inference = 0) { return 401; }"


def replaced(*pairs: tuple[str, str]) -> Edit:
    """The configuration with texts replaced; each must be there."""

    def edit(text: str) -> str:
        for old, new in pairs:
            assert old in text, old
            text = text.replace(old, new)
        return text

    return edit


def headers_moved_up(text: str) -> str:
    """Headers in the server block, and one of its own in each location, which drops them."""
    names = re.findall(r"^ +add_header .*;$", text, re.MULTILINE)
    inner = [name for name in dict.fromkeys(names) if "X-Content-Type" not in name]
    for name in inner:
        text = text.replace(name + "\n", "")
    return text.replace("        server_name _;\n", "        server_name _;\n" + "\n".join(inner) + "\n")


def token_without_case(folder: Path) -> None:
    place = folder / "secrets" / "inference_tokens.map"
    token = (folder / "secrets" / "inference.token").read_text().strip()
    place.write_text(f'"Bearer {token}" 1;\n')


@dataclass(frozen=True)
class Trap:
    check: Callable[[Gate], None]
    edit: Edit = lambda text: text
    prepare: Callable[[Path], None] = lambda folder: None


TRAPS = {
    "the server's own header is not hidden": Trap(
        properties.one_origin, replaced(("proxy_hide_header Access-Control-Allow-Origin;", ""))
    ),
    "headers without always": Trap(properties.errors_readable, replaced((" always;", ";"))),
    "one header in a location drops the inherited ones": Trap(properties.headers_everywhere, headers_moved_up),
    "an expression without anchors, echoed": Trap(
        properties.look_alikes,
        replaced(('"~^https://app[.]example$" https://app.example', '"~https://app.example" $http_origin')),
    ),
    "the token is asked for before the preflight": Trap(properties.preflight, replaced((GATE, TOKEN_FIRST + GATE))),
    "a header inside if drops the outer ones": Trap(
        properties.preflight,
        replaced(
            (GATE, 'if ($preflight_inference) { add_header Access-Control-Allow-Methods "POST" always; return 204; }')
        ),
    ),
    "a key without regard to case, echoed": Trap(
        properties.exact_case,
        replaced(('"~^https://app[.]example$" https://app.example', '"https://app.example" $http_origin')),
    ),
    "the token as a plain key, in any case": Trap(properties.token_case, prepare=token_without_case),
    "a token refused before the rate limit": Trap(
        properties.guesses_limited, replaced(("auth_request /_token;", TOKEN_FIRST))
    ),
    "matched decoded, forwarded raw": Trap(
        properties.one_spelling, replaced(("if ($target_ok = 0) { return 400; }", ""))
    ),
}


@pytest.mark.parametrize("name", TRAPS)
def test_the_check_fails_in_the_trap_and_passes_on_ours(start: Start, name: str) -> None:
    trap = TRAPS[name]
    trap.check(start(**guarded()))
    trapped = start(**guarded(), edit=trap.edit, prepare=trap.prepare)
    with pytest.raises(AssertionError):
        trap.check(trapped)


def test_there_are_ten() -> None:
    assert len(TRAPS) == 10
