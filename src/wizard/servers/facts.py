"""What was measured or read of a server, which its knowledge file holds."""

from __future__ import annotations

from typing import NamedTuple


class Fact(NamedTuple):
    """Something that was measured or read, and where."""

    text: str
    """One plain sentence for people."""
    evidence: str
    intent: str = ""
    """The intent it is about, if it refuses one."""

    def filled(self, **values: object) -> Fact:
        """The same with the braces of its text filled in. Raises KeyError for braces without a value."""
        return self._replace(text=self.text.format(**values))
