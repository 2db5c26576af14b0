"""What README.md says of the servers is what the code does."""

from __future__ import annotations

import re
import tomllib
from xml.etree import ElementTree

from scripts.make_readme import README, rendered
from wizard.exposure.findings import assess
from wizard.exposure.reach import reach
from wizard.host import Host
from wizard.placement.resolve import resolve
from wizard.plan import Plan


def test_the_support_table_is_todays() -> None:
    text = README.read_text("utf-8")
    assert rendered(text) == text


def test_the_pages_of_the_example_answers_get_what_they_ask_for() -> None:
    places = [README, *README.parent.glob("docs/**/*.md")]
    blocks = re.compile(r"```(?:toml|file [^\n]+)\n(schema = .*?)```", re.DOTALL)
    examples = [block for place in places for block in blocks.findall(place.read_text("utf-8"))]
    assert len(examples) > 1
    for example in examples:
        plan = Plan.model_validate(tomllib.loads(example))
        wrong = [f.name for f in assess(resolve(plan, Host())) if f.cause == "audiences" or f.severity == "functional"]
        assert not wrong, wrong
        pages = [cell for cell in reach(resolve(plan, Host())) if cell.audience == "page-allowed"]
        assert bool(pages) == bool(plan.cors_rule("inference").origins)
        assert all((cell.send, cell.read) == ("yes", "yes") for cell in pages if cell.api == "inference")


def test_the_recording_is_one_picture_that_needs_nothing_else() -> None:
    text = (README.parent / "docs" / "screens" / "recording.svg").read_text("utf-8")
    root = ElementTree.fromstring(text)
    frames = [each for each in root if each.tag.endswith("}g")]
    assert len(frames) > 5
    assert "All interfaces, compared with now" in text.replace("&#160;", " ")
    assert "probes&#160;found&#160;what&#160;was&#160;predicted" in text
    assert not re.search(r"<script|<image|url\((?!#)|/tmp/|@import", text)
