"""Pipelines of build services, such as GitHub Actions and GitLab CI, and Taskfiles: the commands of their steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wizard.check.holders import scripts
from wizard.fast_start import regex
from wizard.formats.region import Region, stand_in
from wizard.formats.shell_words import Dialect, Word
from wizard.formats.yaml_source import Node
from wizard.observed.source import Source, SourcePart
from wizard.observed.start import Start, Variable

STEPS = regex(r"(?m)^[ \t-]*(?:run|script|before_script|after_script|commands|cmds|bash)[ \t]*:")
"""Every text with steps has this in one of its lines."""
_COMMANDS = frozenset(
    {"run", "script", "before_script", "after_script", "command", "commands", "cmds", "cmd", "bash", "install"}
)
_SHELLS: dict[str, Dialect] = {"pwsh": "powershell", "powershell": "powershell", "cmd": "cmd"}
_EXPRESSION = regex(r"\$?\{\{[^{}\n]{0,400}\}\}")
"""Filled in by the build service, or by Task, before a shell sees it."""


def read(source: Source, documents: Sequence[Node], programs: frozenset[str]) -> tuple[list[Start], list[SourcePart]]:
    """(starts of servers and containers, files that steps write). `programs`: names of servers' programs."""
    starts: list[Start] = []
    parts: list[SourcePart] = []
    for document in documents:
        for region, dialect in _steps(document, source.text):
            more, files = scripts.read(source, region, dialect, programs)
            starts += more
            parts += files
        starts += _services(document, source)
    return starts, parts


def _services(document: Node, source: Source) -> Iterator[Start]:
    """Containers next to the steps of a job; the build service decides who reaches their ports."""
    for _, job in (document.get("jobs") or document).entries or ():
        listed = job.get("services")
        named = [(name, each, each.get("image")) for name, each in (listed.entries or ())] if listed is not None else []
        items = [(each, each, each.get("name")) for each in (listed.items or ())] if listed is not None else []
        for name, each, image in (*named, *items):
            if image is None or not image.is_scalar:
                continue
            word = Word(image.region(source.text), image.start, image.end, "$" in image.text)
            pairs = [pair for key in ("env", "variables") for pair in _entries(each.get(key))]
            variables = (Variable(k.text, v.text, k.start, v.start, v.end, "$" in v.text) for k, v in pairs)
            yield Start("compose", source, name.text, image.start, word, environment=tuple(variables))


def _entries(node: Node | None) -> Sequence[tuple[Node, Node]]:
    return [pair for pair in node.entries or () if pair[1].is_scalar] if node is not None else ()


def _steps(node: Node, text: str) -> Iterator[tuple[Region, Dialect]]:
    waiting = [node]
    while waiting:
        each = waiting.pop()
        waiting += reversed(each.items or ())
        shell = each.get("shell")
        dialect = _SHELLS.get(shell.text, "sh") if shell is not None else "sh"
        for key, value in reversed(each.entries or ()):
            if key.text in _COMMANDS:
                yield from ((_plain(line.region(text)), dialect) for line in _lines(value))
                waiting += [item for item in reversed(value.items or ()) if item.entries is not None]
            if value.entries is not None or (value.items is not None and key.text not in _COMMANDS):
                waiting.append(value)


def _lines(value: Node) -> Iterator[Node]:
    """The scripts of a step: one, or one in each item of a list, which may stand in a list again."""
    if value.is_scalar:
        yield value
    for item in value.items or ():
        yield from _lines(item)


def _plain(region: Region) -> Region:
    """The text with variables instead of expressions, which a shell would split; of the same length."""
    text = _EXPRESSION.sub(lambda found: stand_in(len(found.group())), region.text)
    return region.reading(text)
