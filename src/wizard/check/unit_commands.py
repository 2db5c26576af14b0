"""What systemd and supervisor do with a file otherwise than it reads: lines left out, programs not started, words that
no shell reads."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

from wizard.check.holders import supervisor
from wizard.check.holders import unit_lines as lines
from wizard.check.holders import unit_variables as variables
from wizard.observed.remark import Remark
from wizard.observed.start import Start

_VARIABLE = "RUN-UNIT-VARIABLE"
_LEFT = "RUN-UNIT-LINE"
_REFUSED = "RUN-UNIT-REFUSED"
_TYPED = "RUN-UNIT-SHELL"
_SHELL = "Give the whole command to a shell: ExecStart=/bin/sh -c 'exec …'"
_KINDS: Mapping[str, tuple[str, str, str]] = {
    variables.UNSET: (
        _VARIABLE, "puts nothing in the place of {written}, as nothing sets it",
        "Add Environment={name}= with a value, or the EnvironmentFile that has it",
    ),
    variables.DEFAULT: (
        _VARIABLE, "puts nothing in the place of {written}, as it knows plain names only",
        "Give the default in an Environment= line, and write the name alone in the braces",
    ),
    variables.LITERAL: (
        _VARIABLE, "leaves ${written} as it stands, as inside a word only braces count", "Write ${{{written}}}",
    ),
    lines.IN_ENVIRONMENT: (
        _VARIABLE, "leaves {written} as it stands, as nothing is filled in in Environment=", "Write the value itself",
    ),
    lines.SECTION: (_LEFT, "{written}, as that is read in the section [Service] only", "Move it below [Service]"),
    lines.KEY: (_LEFT, "{written}, as it has no setting of that name", "Write {meant}="),
    lines.ASSIGNMENT: (_LEFT, "{written}, as it assigns nothing", "Put the whole NAME=VALUE in double quotes"),
    lines.QUOTES: (_LEFT, "{written}, as only straight quotes count", 'Write " instead'),
    lines.BLANKS: (_LEFT, "{written}, as no blank may stand beside =", "Write NAME=VALUE without blanks"),
    lines.PROGRAM: (
        _REFUSED, "{written} is neither an absolute path nor a bare name, and nothing is filled in here",
        "Write the whole path of the program",
    ),
    lines.BUILTIN: (
        _REFUSED, "{written} is a word of shells, not a program", f"{_SHELL}. WorkingDirectory= names a folder",
    ),
    lines.ACCOUNT: (
        _REFUSED, "there is no account named {written}", "Write the name alone, and a comment on a line of its own",
    ),
    lines.FOLDER: (
        _REFUSED, "{written} is no absolute path, as WorkingDirectory= needs", "Write the whole path, without quotes",
    ),
    lines.OUTPUT: (
        _TYPED, "passes {written} on as it stands",
        "Leave it out: the output is in the journal. StandardOutput= may name a file",
    ),
    lines.CHAIN: (_TYPED, "passes {written} on as it stands", _SHELL),
    lines.BACKGROUND: (_TYPED, "passes {written} on as it stands", "Leave it out: a service runs in the background"),
    lines.HOME: (_TYPED, "passes {written} on as it stands", "Write the whole path"),
    lines.PATTERN: (_TYPED, "passes {written} on as it stands", "Write the name of the file"),
    lines.COMMAND: (_TYPED, "runs nothing for {written}", _SHELL),
    lines.HIDDEN: ("RUN-UNIT-HOME", "", ""),
}  # fmt: skip
"""What a start is said to have -> (rule, what systemd does, what to write instead)."""
_SUPERVISED = "RUN-SUPERVISOR-SHELL"
_BY_SHELL = "Give the whole command to a shell: command=/bin/sh -c 'exec …'"
_SUPERVISOR: Mapping[str, tuple[str, str, str]] = {
    lines.PROGRAM: (
        _SUPERVISED, "finds no program of the name {written}",
        "Write the whole path of the program; directory= names a folder, environment= sets variables",
    ),
    lines.OUTPUT: (_SUPERVISED, _KINDS[lines.OUTPUT][1], "Leave it out: stdout_logfile= names a file for the output"),
    lines.CHAIN: (_SUPERVISED, _KINDS[lines.CHAIN][1], _BY_SHELL),
    lines.BACKGROUND: (
        _SUPERVISED, _KINDS[lines.BACKGROUND][1], "Leave it out: supervisor's programs run in the background",
    ),
    lines.HOME: (_SUPERVISED, _KINDS[lines.HOME][1], "Write the whole path"),
    lines.PATTERN: (_SUPERVISED, _KINDS[lines.PATTERN][1], "Write the name of the file"),
    lines.COMMAND: (_SUPERVISED, _KINDS[lines.COMMAND][1], _BY_SHELL),
    supervisor.VARIABLE: (
        "RUN-SUPERVISOR-VARIABLE", "passes {written} on as it stands",
        "Write %(ENV_NAME)s for a variable of supervisor's own environment, or the value itself",
    ),
    supervisor.CONTINUED: (
        _SUPERVISED, "makes the line break a part of the word behind the backslash",
        "Leave the backslash out: indented lines continue the one above them",
    ),
}  # fmt: skip
"""The same for supervisor."""


def find(start: Start, said: Container[int | None] = ()) -> Iterator[Remark]:
    """One remark for each such place. `said`: places that the server's own rules already mention."""
    known = _SUPERVISOR if start.holder == "supervisor" else _KINDS
    for kind, written, at in start.options:
        if kind not in known or at in said:
            continue
        rule, does, instead = known[kind]
        names = {"written": written, "name": written.strip("${}"), "meant": lines.meant(written)}
        fills = {"does": does.format(**names), "instead": instead.format(**names), "written": written}
        yield Remark(rule, start.source, at, fills)
