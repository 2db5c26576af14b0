"""Dockerfile instructions with user text in them.

Docker applies its own quoting and `$` substitution to text, so it is escaped for that. Begin a file with a fixed
comment: a first comment such as `# syntax=…` would be an instruction to the builder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from wizard.fast_start import regex
from wizard.formats.source import refuse, require_encodable, require_no_controls

MAX_LINE_BYTES = 65_534
"""The longest instruction Docker reads, without its line break."""

_WHERE = "a Dockerfile"
_IMAGE = regex(r"[A-Za-z0-9][A-Za-z0-9._/:@+-]*")
_NAME = regex(r"[A-Za-z_][A-Za-z0-9_.-]*")
_SPECIAL = regex(r"[\\$\"'` \t]")
_PATTERN = regex(r"[*?\[]")


def from_image(image: str) -> str:
    """`FROM image`. Raises WizardError for characters no image name has."""
    if not _IMAGE.fullmatch(image):
        raise refuse(image, _WHERE, "This is not an image name.", "A name looks like owner/name:tag.")
    return f"FROM {image}"


def copy(source: str, target: str, owner: str = "") -> str:
    """`COPY` of one file or folder of the build context; `owner` is a `user:group` for --chown."""
    flag = f"--chown={owner} " if owner else ""
    # Sources are patterns, in which a class with one character stands for that character.
    words = [_PATTERN.sub(lambda match: f"[{match.group()}]", _word(source, pattern=True)), _word(target)]
    return _short(f"COPY {flag}{json.dumps(words, ensure_ascii=False)}")


def labels(values: Mapping[str, str]) -> str:
    """All labels in one instruction, so that no build step has only some of them."""
    return _short("LABEL " + " ".join(_pair(name, value) for name, value in values.items()))


def _pair(name: str, value: str) -> str:
    if not _NAME.fullmatch(name):
        raise refuse(name, _WHERE, "A name is made of letters, digits, dots, dashes and underscores.")
    _require_writable(value)
    escaped = re.sub(r'[\\$"]', lambda match: "\\" + match.group(), value)
    return f'{name}="{escaped}"'


def _word(text: str, *, pattern: bool = False) -> str:
    """A word as Docker's own quoting reads it back."""
    _require_writable(text)
    if pattern and ("\\" in text or text.startswith("\ufeff")):
        reason = "Docker does not find a source with a backslash, or with a byte order mark in front."
        raise refuse(text, _WHERE, reason, "Rename the file.")
    return _SPECIAL.sub(lambda match: "\\" + match.group(), text)


def _short(line: str) -> str:
    if len(line) * 4 > MAX_LINE_BYTES and len(line.encode()) > MAX_LINE_BYTES:
        raise refuse(line, _WHERE, f"Docker reads at most {MAX_LINE_BYTES} bytes in one instruction.")
    return line


def _require_writable(text: str) -> None:
    require_no_controls(text, _WHERE, allowed="\t")
    require_encodable(text, _WHERE)
