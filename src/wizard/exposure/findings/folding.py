"""Findings of several APIs that say the same, drawn as one line: "inference and gRPC"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wizard.deployment.finding import Finding
from wizard.plan import Api
from wizard.servers.titles import api_title


@dataclass(frozen=True, slots=True)
class Folded:
    """One sentence and the findings it stands for, of one API each."""

    members: tuple[Finding, ...]
    named: bool
    """Whether the sentence has to say which APIs it is about, because there is more than one candidate."""

    @property
    def finding(self) -> Finding:
        """The first of them; the others differ only in the API and the remedies."""
        return self.members[0]

    @property
    def apis(self) -> tuple[Api, ...]:
        """The APIs it is about; () = the whole deployment."""
        return tuple(dict.fromkeys(f.api for f in self.members if f.api))

    @property
    def names(self) -> tuple[str, ...]:
        """What is recorded when it is accepted."""
        return tuple(f.name for f in self.members)

    @property
    def sentence(self) -> str:
        """The sentence, with the APIs it is about."""
        message = self.finding.message
        where = listed([api_title(api) for api in self.apis])
        if not self.named or not where:
            return message
        return f"{message.removesuffix('.')} ({where})."


def fold(findings: Iterable[Finding], named: bool) -> tuple[Folded, ...]:
    """Findings with the same id, severity and sentences combined, at the position of the first.

    `named`: more than one API is open, so a sentence has to say which one it is about.
    """
    groups: dict[tuple[str, str, str, str, str], list[Finding]] = {}
    for finding in findings:
        same = (finding.id, finding.severity, finding.message, finding.why, finding.subject)
        groups.setdefault(same, []).append(finding)
    return tuple(Folded(tuple(members), named) for members in groups.values())


def listed(words: list[str]) -> str:
    """Words as a list in a sentence: "a, b and c"; "" for none."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
