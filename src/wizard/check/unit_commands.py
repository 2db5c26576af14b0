"""Variables in a unit's command line that systemd fills in otherwise than a shell would."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.check.holders.unit_variables import DEFAULT, LITERAL, UNSET
from wizard.observed.remark import Remark
from wizard.observed.start import Start


def find(start: Start) -> Iterator[Remark]:
    """One remark for each such place."""
    for kind, written, at in start.options:
        if kind == UNSET:
            name = written.strip("${}")
            does, reason = f"puts nothing in the place of {written}", "nothing sets it"
            instead = f"Add Environment={name}= with a value, or the EnvironmentFile that has it"
        elif kind == DEFAULT:
            does, reason = f"puts nothing in the place of {written}", "it knows plain names only"
            instead = "Give the default in an Environment= line, and write the name alone in the braces"
        elif kind == LITERAL:
            does, reason = f"leaves ${written} as it stands", "inside a word only braces count"
            instead = f"Write ${{{written}}}"
        else:
            continue
        yield Remark("RUN-UNIT-VARIABLE", start.source, at, {"does": does, "reason": reason, "instead": instead})
