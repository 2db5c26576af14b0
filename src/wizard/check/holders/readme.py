"""The code blocks of a README: commands, and configuration files shown in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from wizard.fast_start import regex
from wizard.formats.region import Region, stand_in
from wizard.formats.shell_words import Dialect
from wizard.observed.source import Source

_FENCE = regex(r"[ \t]*(`{3,}|~{3,})[ \t]*\{?[ \t]*\.?([\w+-]*)")
_COMMANDS: dict[str, Dialect] = {
    **dict.fromkeys(("", "sh", "bash", "shell", "console", "zsh", "terminal", "text"), "sh"),
    **dict.fromkeys(("bat", "batch", "cmd"), "cmd"),
    **dict.fromkeys(("powershell", "ps1", "pwsh"), "powershell"),
}
_FILES = frozenset(
    {"", "text", "ini", "conf", "config", "cfg", "proto", "protobuf", "textproto", "pbtxt", "properties"}
)
_YAML = frozenset({"yaml", "yml"})
_OTHERS = frozenset(
    {
        "python", "python3", "py", "ipython", "pycon", "javascript", "js", "jsx", "typescript", "ts", "tsx", "java",
        "kotlin", "scala", "c", "cpp", "cs", "csharp", "go", "golang", "rust", "ruby", "rb", "php", "perl", "lua", "r",
        "julia", "swift", "dart", "html", "xml", "css", "scss", "sql", "json", "jsonc", "json5", "diff", "patch",
        "http", "mermaid", "plantuml", "dot", "graphql", "csv", "log", "output", "latex", "hcl", "terraform", "nix",
    }
)  # fmt: skip
"""Languages in which no server is configured or started. A block with any other language may contain anything."""
_DOCKERFILE = frozenset({"dockerfile", "docker", "containerfile"})
_FROM = regex(r"(?im)^[ \t]*FROM[ \t]")
_SETTING = regex(r"[\w.-]+[ \t]{0,20}=(?![ \t]{0,20}[\"'(])")
_MESSAGE = regex(r"\w+[ \t]{0,20}:?[ \t]{0,20}\{")
"""The beginning of a protobuf message in text form."""
_QUOTED = regex(r"(?m)^[ \t]*>[ \t]?")
_QUOTED_FENCE = regex(r"(?m)^[ \t]*>[ \t]*(?:`{3}|~{3})")
_PLACEHOLDER = regex(r"(?<![<\d&])<[A-Za-z](?:[^<>\n|&;]{0,60}[^<>\n|&;\s])?>")
_BLANK = regex(r"<[A-Za-z](?:[\w .-]{0,60}\w)?>")
"""A placeholder in a file, where a message of text form may stand in angle brackets too."""
_IMAGE = regex(rf"(?im)(?<=:){_BLANK.pattern}(?=[ \t]*(?:AS[ \t].*)?\r?$)")
_ELIDED = regex(r"(?m)^[ \t]*(?:\.{3,}|…|\[\.{3}\]|\(\.{3}\)),?[ \t]*\r?$")
_MORE = regex(r"(?m)(?<=[ \t])(?:\.{3}|\[[A-Za-z-][^\[\]\n]*\])(?=[ \t]|\r?$)")
"""Flags that a reader may add: `...`, `[OPTIONS]`, `[--flag]`."""
_CAPITALS = regex(r"(?m)(?<=[ \t])(--(?!env\b)[\w-]+[= ])([A-Z][A-Z_]{2,})(?=[ \t]|\r?$)")
"""A flag with a word for its value, such as `--port=PORT`."""
_PROMPT = regex(r"(?m)^[ \t]*(?:[$>]|\w+@[\w-][^\n$#]*[$#])[ \t]+(?=\S)")


class CodeBlock(NamedTuple):
    """One block. `dialect` is None if it has no commands; `name`: the configuration file it may be, "" = none."""

    body: Region
    dialect: Dialect | None
    name: str
    yaml: bool = False
    dockerfile: bool = False
    open: bool = False
    """Readers have to fill something in, or more lines are left out."""

    @property
    def commands(self) -> Region:
        """Its text without prompts, and with variables for the placeholders that readers fill in: `-m <model>`."""
        text = _PROMPT.sub(lambda found: " " * len(found.group()), self.body.text)
        text = _MORE.sub(_variable, _PLACEHOLDER.sub(_variable, text))
        text = _CAPITALS.sub(lambda found: found[1] + _variable(found, 2), text)
        return Region.at(text, self.body.origin(0))


def _variable(found: re.Match[str], group: int = 0) -> str:
    """A variable of the same length as what was found."""
    return stand_in(len(found.group(group)))


def _filled(body: Region, dockerfile: bool = False) -> tuple[Region, bool]:
    """(the body with variables for placeholders and without lines that stand for more, whether there were any).

    In a Dockerfile only the image can come from a variable, and in a manifest variables have parentheses.
    """
    text = (_IMAGE if dockerfile else _BLANK).sub(_variable, body.text)
    if "apiVersion:" in text:
        text = re.sub(r"\$\{(_*)\}", r"$(\1)", text)
    text = _ELIDED.sub(lambda found: " " * len(found.group()), text)
    return body.reading(text), text != body.text


def blocks(source: Source) -> Iterator[CodeBlock]:
    """The blocks of a Markdown or reStructuredText document that may concern a server."""
    mark, language, begin = "", "", 0
    indent = 3 if source.name.endswith(".rst") else 4
    shown: list[tuple[int, str]] = []
    blank = True
    text = _unquoted(source.text)
    for offset, row in Region(text).lines():
        fence = _FENCE.match(row)
        if mark:
            if fence is not None and fence[1].startswith(mark) and row.strip() == fence[1]:
                yield from _fenced(language, Region.at(text[begin:offset], begin))
                mark, blank = "", True
            continue
        # A fence of an item of a list is indented too.
        inside = row.startswith((" " * indent, "\t")) and (bool(shown) or (blank and fence is None))
        if inside and row.strip():
            shown.append((offset, row))
        elif row.strip():
            yield from _indented(source, shown)
            shown = []
            if fence is not None:
                mark, language, begin = fence[1], fence[2].lower(), offset + len(row) + 1
        blank = not row.strip() or row.startswith("#")
    yield from _indented(source, shown)


def _fenced(language: str, body: Region) -> Iterator[CodeBlock]:
    if language in _OTHERS:
        return
    yaml = language in _YAML
    dockerfile = language in _DOCKERFILE and _FROM.search(body.text) is not None
    file = language in _FILES or (not (yaml or dockerfile) and _shows_file(body.text))
    name = "config.properties" if language == "properties" else "block" if file else ""
    dialect = _COMMANDS.get(language)
    if dialect is None and not (yaml or dockerfile or language in _FILES):
        dialect = "sh"
    filled, open_ = _filled(body, dockerfile)
    yield CodeBlock(filled, dialect, name, yaml, dockerfile, open_)


def _shows_file(text: str) -> bool:
    """Whether it contains only comments and lines of `key=value`, or begins as a message in text form."""
    rows = [row for row in map(str.strip, text.splitlines()) if row and row[0] not in "#!"]
    return bool(rows) and (_MESSAGE.match(rows[0]) is not None or all(map(_SETTING.match, rows)))


def _unquoted(text: str) -> str:
    """The text without quotation marks at line starts, if the quotation contains blocks; of the same length."""
    if not _QUOTED_FENCE.search(text):
        return text
    return _QUOTED.sub(lambda found: " " * len(found.group()), text)


def _indented(source: Source, rows: list[tuple[int, str]]) -> Iterator[CodeBlock]:
    if rows:
        begin, (last, row) = rows[0][0], rows[-1]
        filled, open_ = _filled(Region.at(source.text[begin : last + len(row)] + "\n", begin))
        yield CodeBlock(filled, "sh", "block", open=open_)
