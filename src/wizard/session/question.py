"""Which step asks for the decision that a finding about a file needs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_STEPS = {"bind": "bind.{api}", "cors": "cors.{api}", "auth": "protect.{api}", "tls": "protect.tls"}
_WHOLE = {"gateway": "protect.gateway", "run": "start.run", "models": "model", "server": "start", "version": "start"}
_RULES = (
    (r"CORS", "cors.{api}"),
    (r"TLS|HTTPS", "protect.tls"),
    (r"TOKEN|KEY-(?:EMPTY|FILE|WORD|ARGUMENT)|NO-KEY", "protect.{api}"),
    (r"PUBLISHED|OPEN|ADDRESS|HOST|PORT|SERVICE|CLASH|LISTENER|BIND", "bind.{api}"),
    (r"IMAGE|OLD|NETWORK|GPU", "start.run"),
    (r"LOAD|MODELS|STORE|SNAPSHOT|PATH|NAME|VERSION|PLATFORM|BASE", "model"),
)
"""Part of a rule's name -> step, if the finding's line contains no answer."""


def step_id(rule: str, api: str, line: str, places: Mapping[str, str], asks: str = "") -> str:
    """Id of the step, "" if the wizard asks nothing like that.

    `line`: the finding's place, such as `compose.yaml:7`; `places`: the place of each answer, by its dotted key;
    `asks`: the key of the answer, where the rule knows it.
    """
    if asks:
        return _of_key(asks)
    own = api or "inference"
    asked = next((step for pattern, step in _RULES if re.search(pattern, rule)), "")
    here = [key for key, place in places.items() if place == line]
    told = [_of_key(key) for key in here if asked.partition(".")[0] in ("", _of_key(key).partition(".")[0])]
    best = asked.format(api=own)
    return told[0] if told and best not in told else best  # a line may hold several answers, its own among them


def _of_key(key: str) -> str:
    table, _, api = key.partition(".")
    return _STEPS[table].format(api=api.partition(".")[0]) if table in _STEPS else _WHOLE.get(table, "")
