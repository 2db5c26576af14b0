"""Words after `sh -c PROGRAM`, of which a shell runs only the first."""

from __future__ import annotations

from wizard.fast_start import regex
from wizard.formats.shell_words import SHELLS
from wizard.observed.remark import Remark
from wizard.observed.seen import Reading
from wizard.observed.start import Start

_LINE = regex(r"-[a-z]*c")


def dropped(start: Start, reading: Reading) -> Remark | None:
    """Flags that a list gives to a shell instead of to the server; None if it does not."""
    own = start.entrypoint is not None or start.bare or start.holder in ("systemd", "supervisor")
    words = start.words if own and not start.shell_form else ()
    if len(words) < 4 or words[0].file_name not in SHELLS or not _LINE.fullmatch(words[1].text):
        return None
    program = words[2].text
    if program.rpartition("/")[2] not in reading.names.programs or not words[3].text.startswith("-"):
        return None
    return Remark("RUN-SHELL-WORDS", start.source, words[3].start, {"program": program, "word": words[3].text})
