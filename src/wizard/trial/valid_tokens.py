"""The tokens that are valid in a running trial: those that its server made or was given, and those of its gateway."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from wizard import registry
from wizard.deployment import Deployment
from wizard.machine import tokens


class ValidTokens:
    """Read again and again: a server writes its own some time after it is started."""

    def __init__(self, deployment: Deployment, folder: Path, text_of: Callable[[str], str]) -> None:
        """`folder`: that of the trial's files; `text_of`: the text of one of the server's, "" while there is none."""
        self._deployment = deployment
        self._folder = folder
        self._text_of = text_of
        self._own: dict[str, str] = {}
        self.known: dict[str, str] = {}
        """API -> token, as last read."""

    def read(self) -> dict[str, str]:
        """API -> token. The server's own do not change once they are there."""
        self._own = self._own or self._of_server()
        self.known = {**self._own, **tokens.read(self._deployment, self._folder)}
        return self.known

    def _of_server(self) -> dict[str, str]:
        adapter = registry.adapter(self._deployment.plan.server)
        path = adapter.token_file(self._deployment)
        if path is None or not self._deployment.server_token:
            return {}
        return dict(adapter.own_tokens(self._deployment, self._text_of(path)))
