"""Writing command lines for POSIX shells and PowerShell; `shell_source` reads them."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby

from wizard.fast_start import regex
from wizard.formats import printf
from wizard.formats.source import refuse, require_encodable, require_shown
from wizard.harmless import harmless, is_safe, one_line

_BARE_IN_POWERSHELL = regex(r"--[a-z][a-z-]*|[A-Za-z][A-Za-z0-9_]*")
# PowerShell takes the typographic single quotes for the plain one (CharExtensions.IsSingleQuote).
_POWERSHELL_QUOTE = regex("['\u2018\u2019\u201a\u201b]")

HERE = """here=$(CDPATH="" cd -- "$(dirname -- "$0")" && pwd)"""
"""Sets `here` to the folder of a POSIX script; with a CDPATH, cd would look for its name in other folders first."""


@lru_cache(maxsize=2048)  # a key press renders nearly the same words again
def sh(word: str) -> str:
    """A word that every POSIX shell reads back.

    Characters that a reader of the script could not see are written as numbers. Raises WizardError for NUL and for
    bytes that are not text.
    """
    if "\x00" in word:
        raise refuse(word, "a shell script", "It holds a NUL character.", "Remove the character.")
    require_encodable(word, "a shell script")
    if harmless(word) != word:
        parts = groupby(word, key=lambda char: char in "\n\t" or is_safe(char))
        return "".join((sh if seen else printf.written)("".join(part)) for seen, part in parts)
    # zsh reads =word as the path of a program of that name.
    return f"'{word}'" if word.startswith("=") and shlex.quote(word) == word else shlex.quote(word)


def pasted(path: str) -> str:
    """A path in a command that a person may paste; a path that a terminal cannot show in full is written as it is
    shown."""
    return sh(one_line(path))


def sh_command(groups: Sequence[Sequence[str]]) -> str:
    """A command over several lines: one group of words per line, joined by backslashes."""
    return " \\\n  ".join(" ".join(map(sh, group)) for group in groups if group)


def powershell(text: str) -> str:
    """A PowerShell string literal.

    Raises WizardError for bytes that are no text, and for control characters and others that a reader of the script
    could not see.
    """
    require_encodable(text, "a PowerShell script")
    require_shown(text, "a PowerShell script")
    return "'" + _POWERSHELL_QUOTE.sub(lambda match: match.group() * 2, text) + "'"


def powershell_value(text: str) -> str:
    """A PowerShell expression for any text, line breaks and control characters included.

    Raises WizardError for bytes that are no text.
    """
    if "\n" not in text and harmless(text) == text:
        return powershell(text)
    require_encodable(text, "a PowerShell script")
    coded = base64.b64encode(text.encode()).decode()
    return f"([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('{coded}')))"


@lru_cache(maxsize=2048)
def powershell_argument(word: str) -> str:
    """One argument for a program (not a cmdlet), read in the same way by Windows PowerShell 5.1 and PowerShell 7.

    Versions up to 7.2 pass on an empty argument, a double quote, or a backslash at the end of an argument with blanks
    in another way than 7.3 and later ($PSNativeCommandArgumentPassing); such words raise WizardError.
    """
    where = "a PowerShell command"
    hint = "Put the value into a file the command reads, or use run.sh."
    if not word:
        raise refuse(word, where, "Older PowerShell drops an empty argument.", hint)
    if '"' in word:
        raise refuse(word, where, "PowerShell versions pass a double quote on in different ways.", hint)
    if word.endswith("\\") and any(char.isspace() for char in word):
        raise refuse(word, where, "Older PowerShell reads the last backslash as escaping a quote.", hint)
    if _BARE_IN_POWERSHELL.fullmatch(word):
        return word
    return powershell(word)


POWERSHELL_EMPTY = """\
# An empty argument: PowerShell before 7.3 drops '' and passes '""' on as one; later versions pass '' on as it is.
$passing = Get-Variable PSNativeCommandArgumentPassing -ValueOnly -ErrorAction Ignore
$empty = if ("$passing" -in '', 'Legacy') { '""' } else { '' }"""
"""Sets `$empty` to what stands for an empty argument of a program in the version that reads the script."""


def powershell_file(text: str) -> str:
    """The text of a .ps1 file: with a byte order mark if it is not ASCII, which Windows PowerShell 5.1 needs."""
    return text if text.isascii() else f"\ufeff{text}"
