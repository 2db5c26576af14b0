"""What README.md says of the servers is what the code does."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from scripts.make_readme import README, rendered


def test_the_support_table_is_todays() -> None:
    text = README.read_text("utf-8")
    assert rendered(text) == text


def test_the_recording_is_one_picture_that_needs_nothing_else() -> None:
    text = (README.parent / "docs" / "screens" / "recording.svg").read_text("utf-8")
    root = ElementTree.fromstring(text)
    frames = [each for each in root if each.tag.endswith("}g")]
    assert len(frames) > 5
    assert "All interfaces, compared with now" in text.replace("&#160;", " ")
    assert "probes&#160;found&#160;what&#160;was&#160;predicted" in text
    assert not re.search(r"<script|<image|url\((?!#)|/tmp/|@import", text)
