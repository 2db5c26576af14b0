"""What a Deployment means for those who run it and those who call it, as values."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any, overload

from wizard.plan import Api, Patch
from wizard.severity import Severity, severity_in_words, severity_rank


@dataclass(frozen=True, slots=True)
class Remedy:
    """A patch to the Plan that removes a finding."""

    label: str
    """The text on the button."""
    patch: Patch
    """The change to the Plan."""

    @property
    def takes_back(self) -> bool:
        """Whether it only withdraws a statement about who calls, instead of making that call work."""
        return all(key == "audiences" for key, _ in self.patch)


class Remedies(Sequence[Remedy]):
    """Remedies that have to be tried to know whether they work: tried once, when somebody looks at them."""

    def __init__(self, working: Callable[[], tuple[Remedy, ...]]) -> None:
        self._working = working

    @cached_property
    def _all(self) -> tuple[Remedy, ...]:
        return self._working()

    @overload
    def __getitem__(self, at: int) -> Remedy: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Remedy, ...]: ...
    def __getitem__(self, at: int | slice) -> Remedy | tuple[Remedy, ...]:
        return self._all[at]

    def __len__(self) -> int:
        return len(self._all)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._all == tuple(other)

    def __hash__(self) -> int:
        return hash(self._all)


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The question whose answer removes a finding, if only a person knows that answer."""

    label: str
    """What the key that goes there says."""
    key: str
    """The dotted Plan key that the question sets."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One implication for one API, or for the whole deployment."""

    id: str
    severity: Severity
    message: str
    """One plain sentence."""
    why: str
    instead: str
    evidence: tuple[str, ...]
    api: Api | None = None
    """None: it is about the deployment as a whole."""
    remedies: Sequence[Remedy] = ()
    subject: str = ""
    """What it is about, if one API can have several with this id, such as the name of a model."""
    cause: str = ""
    """The Plan key whose answer causes it, such as `bind.grpc` or `tls`."""
    family: str = ""
    """Common to findings that replace each other when that answer changes."""
    fact: str = ""
    """The word that confirms it, with all others of the same fact; "" = alone."""
    in_short: str = ""
    """What it adds to that fact, as part of a sentence."""
    scripted: str = ""
    """What to do instead, for readers who cannot go to a question; "" = the same."""
    asks: Unanswered | None = None
    """What has to be answered, if no remedy can know it."""

    @property
    def on_the_command_line(self) -> str:
        """What to do instead, for readers who cannot go to a question."""
        return self.scripted or self.instead

    @property
    def key(self) -> tuple[str, str, str]:
        """Distinguishes it from every other finding of a deployment."""
        return (self.id, self.api or "", self.subject)

    @property
    def word(self) -> str:
        """Its severity, as a word in a sentence."""
        return severity_in_words(self.severity)

    @property
    def light(self) -> bool:
        """It is only information, with nothing to weigh up, so it may be collapsed."""
        return self.severity in ("low", "info")

    @property
    def name(self) -> str:
        """Its name in the list of accepted findings: ID@API, or only the ID if it is about no API."""
        return f"{self.id}@{self.api}" if self.api else self.id


def rank(finding: Finding) -> tuple[bool, bool, int]:
    """Sort key by urgency: what will not work, then what contradicts the named callers, then worst first."""
    return (finding.severity != "functional", finding.cause != "audiences", severity_rank(finding.severity))


class Catalogue:
    """The texts of findings by id, as in a package's TOML file; read when the first is needed."""

    def __init__(self, package: str, file: str) -> None:
        self._place = (package, file)

    @classmethod
    def of(cls, texts: Mapping[str, Mapping[str, Any]]) -> Catalogue:
        """A catalogue of texts that are already loaded."""
        made = cls("", "")
        made.texts = texts
        return made

    @cached_property
    def texts(self) -> Mapping[str, Mapping[str, Any]]:
        """All texts by id."""
        package, file = self._place
        return tomllib.loads(files(package).joinpath(file).read_text("utf-8"))

    def finding(
        self,
        id_: str,
        severity: Severity | None = None,
        api: Api | None = None,
        remedies: Sequence[Remedy] = (),
        *,
        message: str = "",
        why: str = "",
        variant: str = "",
        subject: str = "",
    ) -> Finding:
        """A Finding with the texts of its id.

        Raises KeyError for an id that is not in the catalogue. `variant` chooses texts for a condition (`token`, `tls`,
        `token_tls`), if there are any.
        """
        texts = self.texts[id_]
        cause = str(texts["cause"])
        asked = texts.get("asks")
        return Finding(
            id=id_,
            severity=severity or texts["severity"],
            message=message or texts.get(f"text_{variant}", texts["text"]),
            why=why or texts.get(f"why_{variant}", texts["why"]),
            instead=texts.get(f"instead_{variant}", texts["instead"]),
            evidence=tuple(texts.get(f"references_{variant}", texts["references"])),
            api=api,
            remedies=remedies,
            subject=subject,
            cause=f"{cause}.{api}" if api and cause in ("bind", "cors", "auth") else cause,
            family=texts.get("family", id_),
            fact=texts.get("fact", ""),
            in_short=texts.get(f"in_short_{variant}", texts.get("in_short", "")),
            scripted=texts.get("scripted", ""),
            asks=Unanswered(texts["asks_label"], asked.format(api=api)) if asked else None,
        )


def remedy(label: str, **patch: Any) -> Remedy:
    """A Remedy; in keyword names, two underscores stand for a dot (`bind__inference__scope="loopback"`)."""
    return Remedy(label, tuple((key.replace("__", "."), value) for key, value in patch.items()))
