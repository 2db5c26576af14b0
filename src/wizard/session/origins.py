"""Where each answer comes from, so that a proposal never replaces an answer that somebody gave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from wizard.session.steps.base import Origin

if TYPE_CHECKING:
    from wizard.plan import Patch
    from wizard.session.steps.base import Answer

_OPEN = ("default", "proposed")


class Origins(NamedTuple):
    """The origins of all answers of one Plan."""

    base: Origin = "default"
    """The origin of every other answer."""
    said: tuple[tuple[str, Origin], ...] = ()
    """(dotted Plan key, origin), the newest last."""
    derived: frozenset[str] = frozenset()
    """Names of models that were derived from their paths; they change with the path."""

    def of(self, key: str) -> Origin:
        """The origin of an answer, by its dotted Plan key or the table it is in."""
        found = (origin for said, origin in reversed(self.said) if _within(said, key) or _within(key, said))
        return next(found, self.base)

    def among(self, key: str) -> tuple[Origin, ...]:
        """All known origins in a table; for a single answer, its own."""
        return tuple(origin for said, origin in self.said if _within(said, key)) or (self.of(key),)

    def settled(self, key: str) -> bool:
        """Whether somebody answered this, so that no proposal changes it."""
        return self.of(key) not in _OPEN

    def after(self, answer: Answer) -> Origins:
        """The origins after an answer was given."""
        found = self._record(answer.changes, answer.origin)._record(answer.proposed, "proposed")
        typed = {str(value) for key, value in answer.changes if key.startswith("models.") and key.endswith(".name")}
        return found._replace(derived=(found.derived - typed) | ({answer.named} if answer.named else frozenset()))

    def proposing(self, key: str) -> Origins:
        """The origins after an answer was proposed because of another."""
        return self._record(((key, True),), "proposed")

    def renamed(self, before: str, after: str) -> Origins:
        """The origins after a model's name has followed its path."""
        return self._replace(derived=self.derived - {before} | {after})

    def _record(self, changes: Patch, origin: Origin) -> Origins:
        said = list(self.said)
        for key, value in changes:
            said = [pair for pair in said if not _within(pair[0], key)]
            if value is None and origin != "preset":
                continue  # an answer taken away: what is known about the rest of its table stays
            said.append((key, "default" if value == {} and origin == "you" else origin))
        return self._replace(said=tuple(said))

    def data(self) -> dict[str, Any]:
        """As plain data, for the draft."""
        return {"base": self.base, "said": [list(pair) for pair in self.said], "derived": sorted(self.derived)}

    @classmethod
    def of_data(cls, data: object) -> Origins:
        """From plain data; what cannot be read counts as an answer from a draft."""
        unknown = cls("draft")
        if not isinstance(data, dict) or data.get("base") not in get_args(Origin):
            return unknown
        try:
            said = tuple((str(key), origin) for key, origin in data["said"] if origin in get_args(Origin))
            return cls(data["base"], said, frozenset(map(str, data["derived"])))
        except (KeyError, TypeError, ValueError):
            return unknown


def _within(key: str, table: str) -> bool:
    return key == table or key.startswith(f"{table}.")
