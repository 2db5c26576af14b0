"""Completion for fish and PowerShell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wizard.cli.completing.table import FILES, CommandEntry
from wizard.formats.shell import powershell


def fish(entries: Sequence[CommandEntry]) -> str:
    """The script for fish."""
    return "\n".join(_fish(entries)) + "\n"


def _fish(entries: Sequence[CommandEntry]) -> Iterator[str]:
    yield "# Completion of serving-wizard for fish:  serving-wizard completion fish | source"
    yield "complete -c serving-wizard -n __fish_use_subcommand -l help -d 'show help'"
    yield "complete -c serving-wizard -n __fish_use_subcommand -l version -d 'show the version'"
    for entry in entries:
        text = _quoted(entry.text)
        yield f"complete -c serving-wizard -n __fish_use_subcommand -a {entry.name} -d {text}"
        here = f"complete -c serving-wizard -n '__fish_seen_subcommand_from {entry.name}'"
        if entry.values != FILES:
            yield f"{here} -f" + (f" -a {_quoted(' '.join(entry.values))}" if entry.values else "")
        for option in entry.options:
            names = "".join(f" -l {n[2:]}" if n.startswith("--") else f" -s {n[1:]}" for n in option.names)
            if not option.takes:
                value = ""
            elif option.values == FILES:
                value = " -r -F"
            else:
                value = " -x" + (f" -a {_quoted(' '.join(option.values))}" if option.values else "")
            yield f"{here}{names}{value} -d {_quoted(option.text)}"


def _quoted(text: str) -> str:
    """A single-quoted word of fish, in which backslash and quote are escaped."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def powershell_script(entries: Sequence[CommandEntry]) -> str:
    """The script for PowerShell 5.1 and 7."""
    return "\n".join(_powershell(entries)) + "\n"


def _powershell(entries: Sequence[CommandEntry]) -> Iterator[str]:
    yield "# Completion of serving-wizard for PowerShell:"
    yield "#   serving-wizard completion powershell | Out-String | Invoke-Expression"
    yield "Register-ArgumentCompleter -Native -CommandName serving-wizard -ScriptBlock {"
    yield "    param($word, $ast, $position)"
    yield "    $commands = @{"
    for entry in entries:
        options = _list(name for option in entry.options for name in option.names)
        values = _list(entry.values if isinstance(entry.values, tuple) else ())
        yield f"        {powershell(entry.name)} = @{{ Options = {options}; Values = {values}; After = @{{"
        for option in (each for each in entry.options if each.takes):
            found = _list(option.values if isinstance(option.values, tuple) else ())
            yield from (f"            {powershell(name)} = {found}" for name in option.names)
        yield "        } }"
    yield "    }"
    yield "    $typed = @($ast.CommandElements | ForEach-Object { $_.ToString() })"
    yield "    if ($word -and $typed[-1] -eq $word) { $typed = @($typed | Select-Object -SkipLast 1) }"
    yield "    $known = @($typed | Select-Object -Skip 1 | Where-Object { $commands.ContainsKey($_) })"
    yield "    $name = $known | Select-Object -First 1"
    yield "    if (-not $name) { $found = @($commands.Keys | Sort-Object) + '--help' + '--version' }"
    yield "    else {"
    yield "        $entry = $commands[$name]"
    yield "        if ($entry.After.ContainsKey($typed[-1])) { $found = $entry.After[$typed[-1]] }"
    yield "        elseif ($word -like '-*') { $found = $entry.Options }"
    yield "        else { $found = $entry.Values }"
    yield "    }"
    yield '    $found | Where-Object { $_ -like "$word*" } | ForEach-Object {'
    yield "        [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)"
    yield "    }"
    yield "}"


def _list(words: Iterator[str] | Sequence[str]) -> str:
    return f"@({', '.join(map(powershell, words))})"
