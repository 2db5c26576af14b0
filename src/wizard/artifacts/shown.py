"""Parts of scripts that print what is not theirs: text of a server, which no terminal may obey, and paths to paste."""

from __future__ import annotations

POSIX = r"""# What a server says may move a cursor or set a title: a terminal is not shown control and direction marks.
shown() {
    [ -t "$1" ] || { cat; return; }
    low="[$(printf '\001')-$(printf '\010')$(printf '\013')-$(printf '\037')$(printf '\177')]"
    high="$(printf '\302')[$(printf '\200')-$(printf '\237')]"
    turn=$(printf '\330\234')
    marks="$(printf '\342\200')[$(printf '\213')-$(printf '\217')$(printf '\250')-$(printf '\256')]"
    turns="$(printf '\342\201')[$(printf '\240')-$(printf '\257')]"
    # Line by line where sed can: a log goes on.
    if sed -u '' </dev/null >/dev/null 2>&1; then at_once=-u; else at_once=; fi
    LC_ALL=C sed $at_once "s/$low//g; s/$high//g; s/$turn//g; s/$marks//g; s/$turns//g"
}"""
"""`shown FD`: copies standard input to standard output, unchanged unless the descriptor FD is a terminal."""

PASTED = r"""# A path as one word: what a script prints can be pasted into a shell.
pasted() {
    case $1 in
    *[!a-zA-Z0-9_./-]*) printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")" ;;
    *) printf %s "$1" ;;
    esac
}"""

POWERSHELL_MARKS = r"[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2060-\u206F]"
"""The same characters, except those that join letters: what PowerShell passes to a variable also goes through here."""

POWERSHELL = f"""\
# What a server says may move a cursor or set a title: control and direction marks are left out, but of a file.
function Harmless($Text) {{ "$Text" -replace '{POWERSHELL_MARKS}', '' }}
function Shown($Text) {{ if ([Console]::IsOutputRedirected) {{ $Text }} else {{ Harmless $Text }} }}"""
"""`Shown TEXT`: the text, unchanged if another program reads it; `Harmless TEXT`: for messages."""
