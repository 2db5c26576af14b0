"""Who can call, as the overview says it in words, is what the map of reach says."""

from __future__ import annotations

from random import Random

from tests.support.examples import most
from tests.support.random_plans import HOSTS, random_plan
from wizard.comparison.view import View, look
from wizard.host import Host
from wizard.plan import Plan
from wizard.session.overview import callers

NAMED = {
    "this-process": "you",
    "local-users": "other users here",
    "page-allowed": "the pages you list",
    "page-other": "other web pages",
    "page-rebinding": "pages after DNS rebinding",
    "containers": "containers",
    "lan": "your networks",
    "internet": "the internet",
}
BLIND = " (send, not read)"
ASKED = " (send; before they read, new browsers ask)"


def view(**answers: object) -> View:
    return look(Plan.model_validate({"models": [{"name": "m", "path": "/m.mar"}], **answers}), Host())


def test_a_page_that_may_read_is_not_said_to_be_kept_from_it() -> None:
    found = callers(view(server="llama-server", cors={"inference": {"origins": ["*"]}}, auth={"inference": "none"}))
    assert f"other web pages{ASKED}" in found.can


def test_pages_that_need_the_token_stand_with_those_who_have_it() -> None:
    cors = {"origins": ["https://app.example"], "headers": ["authorization", "content-type"]}
    found = callers(view(server="torchserve", cors={"inference": cors}, auth={"inference": "gateway-token"}))
    assert "the pages you list" in found.with_token
    assert "the pages you list" not in (*found.can, *found.cannot)


def test_the_words_agree_with_the_map_of_reach() -> None:
    random = Random(1307)
    seen: set[tuple[str, str]] = set()
    for _ in range(max(200, most(2_000))):  # of fewer Plans some kind of reach is missing
        wanted = random_plan(random)
        shown = look(wanted, random.choice(HOSTS))
        found = callers(shown)
        doors = [e.access.front for e in shown.deployment.endpoints if e.api == "inference"]
        asks = any(door is not None and door.token != "none" for door in doors)
        for cell in (cell for cell in shown.cells if cell.api == "inference"):
            seen.add((cell.send, cell.read))
            name = NAMED[cell.audience]
            needs_token = cell.audience == "page-allowed" and asks
            free = [words for words in found.can if words.partition(" (")[0] == name]
            assert bool(free) is (cell.send == "yes" and not needs_token), (wanted, cell, found)
            if free:
                assert free == [name + {"yes": "", "no": BLIND, "prompt": ASKED}[cell.read]], (wanted, cell)
            assert (name in found.asked) is (cell.send == "prompt"), (wanted, cell, found)
            if needs_token and cell.send == "yes":
                assert name in found.with_token, (wanted, cell, found)
            if cell.send == "no" and name not in found.with_token:
                assert (name in found.cannot) is (cell.audience != "page-rebinding"), (wanted, cell, found)
    assert {("yes", "yes"), ("yes", "no"), ("yes", "prompt"), ("prompt", "prompt"), ("no", "no")} <= seen
