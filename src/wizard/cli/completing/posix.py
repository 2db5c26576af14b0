"""Completion for bash and zsh."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wizard.cli.completing.table import FILES, CommandEntry, CommandOption
from wizard.formats.shell import sh


def bash(entries: Sequence[CommandEntry]) -> str:
    """The script for bash. Where it knows nothing, bash completes file names."""
    return "\n".join(_bash(entries)) + "\n"


def _bash(entries: Sequence[CommandEntry]) -> Iterator[str]:
    yield '# Completion of serving-wizard for bash:  eval "$(serving-wizard completion bash)"'
    yield "_serving_wizard() {"
    yield "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command= word words="
    yield '    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do'
    yield "        case $word in"
    yield f"        {' | '.join(entry.name for entry in entries)}) command=$word; break ;;"
    yield "        esac"
    yield "    done"
    yield "    COMPREPLY=()"
    yield "    case $command:$before in"
    for entry in entries:
        for option in (each for each in entry.options if each.takes):
            places = " | ".join(f"{entry.name}:{name}" for name in option.names)
            # Without words bash completes a file name.
            found = "" if option.values == FILES else f"words={sh(' '.join(option.values))}"
            yield f"    {places}) {found or ':'} ;;"
    yield "    *)"
    yield "        case $command in"
    for entry in entries:
        options = " ".join(name for option in entry.options for name in option.names)
        values = "" if entry.values == FILES else " ".join(entry.values)
        yield f"        {entry.name}) case $current in -*) words={sh(options)} ;; *) words={sh(values)} ;; esac ;;"
    names = " ".join(entry.name for entry in entries)
    yield f"        *) case $current in -*) words='--help --version' ;; *) words={sh(names)} ;; esac ;;"
    yield "        esac ;;"
    yield "    esac"
    yield '    [ -z "$words" ] || COMPREPLY=($(compgen -W "$words" -- "$current"))'
    yield "    case ${COMPREPLY[0]-} in *=) compopt -o nospace ;; esac"
    yield "}"
    yield "complete -o default -F _serving_wizard serving-wizard"


def zsh(entries: Sequence[CommandEntry]) -> str:
    """The script for zsh: a file of $fpath called _serving-wizard, or read once compinit has run."""
    return "\n".join(_zsh(entries)) + "\n"


def _zsh(entries: Sequence[CommandEntry]) -> Iterator[str]:
    yield "#compdef serving-wizard"
    yield '# Completion of serving-wizard for zsh:  eval "$(serving-wizard completion zsh)"  after compinit'
    yield "_serving_wizard() {"
    yield "    local context state line"
    yield "    local -a commands"
    yield "    commands=("
    yield from (f"        {sh(entry.name + ':' + _plain(entry.text))}" for entry in entries)
    yield "    )"
    yield "    _arguments -C '(- *)--help[show help]' '(- *)--version[show the version]' \\"
    yield "        '1: :->command' '*:: :->arguments' && return"
    yield "    case $state in"
    yield "    command) _describe -t commands command commands; _files ;;"
    yield "    arguments)"
    yield "        case $words[1] in"
    for entry in entries:
        specs = [spec for option in entry.options for spec in _zsh_option(option)]
        specs.append(f"*:argument:{_zsh_values(entry.values) or ' '}")
        yield f"        {entry.name}) _arguments {' '.join(map(sh, specs))} ;;"
    yield "        *) _files ;;"
    yield "        esac ;;"
    yield "    esac"
    yield "}"
    yield 'if [ "$funcstack[1]" = _serving-wizard ]; then _serving_wizard "$@"'
    yield "else compdef _serving_wizard serving-wizard; fi"


def _zsh_option(option: CommandOption) -> Iterator[str]:
    for name in option.names:
        value = f":value:{_zsh_values(option.values)}" if option.takes else ""
        yield f"*{name}[{_plain(option.text)}]{value}"


def _zsh_values(values: object) -> str:
    if values == FILES:
        return "_files"
    words = [word.replace(":", "\\:") for word in values] if isinstance(values, tuple) else []
    keys = [word for word in words if word.endswith("=")]
    if keys:
        return f"{{compadd -S '' -- {' '.join(keys)}}}"
    return f"({' '.join(words)})" if words else ""


def _plain(text: str) -> str:
    """A description without the characters that have a special meaning in one."""
    return "".join(char for char in text if char not in "[]:\\'")
