"""The rules that decide about a request, as data: id, sentence, meaning, remedy and source."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

VerdictKind = Literal["allowed", "blocked", "opaque", "opaqueredirect"]


@dataclass(frozen=True, slots=True)
class FetchRule:
    """One rule. `verdict` is what it decides."""

    id: str
    verdict: VerdictKind
    means: str
    """One sentence for somebody who meets the rule for the first time."""
    source: str
    """The part of the standard it comes from."""
    says: str
    """Template of the sentence for one case."""
    instead: str = ""
    """What to change on the server; "" = nothing there helps."""


@lru_cache(maxsize=1)
def rules() -> Mapping[str, FetchRule]:
    """Every rule by id, in the order in which a request meets them."""
    text = Path(__file__).with_name("rules.toml").read_text("utf-8")
    return {key: FetchRule(id=key, **entry) for key, entry in tomllib.loads(text).items()}


def explain(rule: str, facts: Mapping[str, str]) -> str:
    """The rule's sentence with the facts of one case. KeyError for an unknown rule or a fact that it needs."""
    return rules()[rule].says.format_map(facts)
