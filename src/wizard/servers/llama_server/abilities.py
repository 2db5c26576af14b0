"""What each build of llama-server can do by itself, each with the fact that it rests on."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from wizard.servers.contract import Abilities
from wizard.servers.llama_server.knowledge import build_of, data, knowledge


def abilities(version: str) -> Abilities:
    """What a build can do. Raises WizardError for an unknown build."""
    return _abilities(build_of(version))


@cache
def _abilities(build: int) -> Abilities:
    known = knowledge()
    able = Abilities.of(data()["abilities"], dict(known.facts))
    # Before there were flags for it, every origin was sent back: that is "any", and nothing else.
    able = able if known.has(build, "cors_flags") else replace(able, cors_origins="any")
    if not known.has(build, "models_need_key"):
        able = replace(able, token_leaves=f"the list of models (/v1/models), {able.token_leaves}")
    if known.has(build, "several_hosts"):
        return able
    return replace(able, binds_several=False, facts={**able.facts, "binds_several": able.facts["binds_several_before"]})
