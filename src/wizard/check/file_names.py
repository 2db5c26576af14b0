"""How a file is read according to its name, if its content leaves that open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wizard.check import holders
from wizard.fast_start import regex
from wizard.formats.region import Region
from wizard.formats.shell_words import Dialect
from wizard.observed.source import Source

YAML = (".yml", ".yaml")
COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
"""The names that Compose looks for, in its order."""
PYTHON = ".py"
NOTEBOOK = ".ipynb"
README = (".md", ".markdown", ".rst")
SCRIPTS: Mapping[str, Dialect] = {
    ".sh": "sh", ".bash": "sh", ".zsh": "sh", ".txt": "sh", ".command": "sh",
    ".bat": "cmd", ".cmd": "cmd", ".ps1": "powershell",
}  # fmt: skip
DOCKERFILE = regex(r"(?i)(^|[./])(dockerfile|containerfile)($|[.-])|\.dockerfile$")
_MAKEFILE = regex(r"^(gnu)?makefile$|\.mk$")
_JUSTFILE = regex(r"^\.?justfile$|\.just$")
_OPENRC = regex(r"#![ \t]*\S*/(?:openrc-run|runscript)\b")
_LAUNCHD = regex(r"<key>[ \t]*Program(?:Arguments)?[ \t]*</key>")
_FISH = regex(r"\.fish$")
_FISH_FIRST = regex(r"#!.*\bfish\b")
_PROCFILE = regex(r"^procfile(\.\w+)?$")
SHEBANG = regex(r"#!.*\b(sh|bash|zsh|dash)\b")
KUBERNETES = regex(r"(?m)^[ \t]*apiVersion[ \t]*:|\A\s*\{[^{}]*\"apiVersion\"[ \t]*:")
UNIT = regex(r"(?m)^\[(Service|Unit|Install|Container)\]|^Environment=")
SUPERVISOR = regex(r"(?m)^\[program:")
NGINX = regex(r"\.(?:conf|nginx)(?:\.(?:template|tmpl|in))?$|(?:^|/)sites-(?:available|enabled)/[^/]+$")
_NAMELESS = ("entrypoint", "start", "run")


def script(name: str, text: str) -> Dialect | None:
    """The language of a script; None if it is not a script. `name` is in lower case."""
    suffix = "." + name.rpartition(".")[2] if "." in name else ""
    if suffix in SCRIPTS or SHEBANG.match(text) or name in _NAMELESS:
        return SCRIPTS.get(suffix, "sh")
    return None


def service_manager(text: str) -> str:
    """Which service manager a file is written for, if that has no kind of file of its own name; "" for any other."""
    if _OPENRC.match(text):
        return "openrc"
    return "launchd" if _LAUNCHD.search(text) else ""


def recipes(name: str, text: str) -> Region | None:
    """The recipes of a makefile, a justfile or a Procfile, or a script of fish, as a script of sh; None if it is none.

    `name` is in lower case.
    """
    if _MAKEFILE.search(name):
        return Region(holders.recipes.makefile(text))
    if _JUSTFILE.search(name):
        return Region(holders.recipes.justfile(text))
    if _FISH.search(name) or _FISH_FIRST.match(text):
        return Region(holders.recipes.fish(text))
    return Region(holders.recipes.procfile(text)) if _PROCFILE.search(name) else None


def commands(source: Source) -> Iterator[tuple[Region, Dialect]]:
    """The parts of a source that contain commands: a script, the recipes of a makefile, blocks of a README."""
    name = source.name.lower()
    dialect = script(name, source.text)
    if name.endswith(README):
        yield from (
            (block.commands, block.dialect) for block in holders.readme.blocks(source) if block.dialect is not None
        )
    elif (shell := recipes(name, source.text)) is not None:
        yield shell, "sh"
    elif dialect is not None:
        yield source.region, dialect
