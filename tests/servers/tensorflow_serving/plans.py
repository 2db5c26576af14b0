"""Plans for the tests of TensorFlow Serving, and strategies that make them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.support import hostile
from wizard import registry
from wizard.deployment import Deployment
from wizard.host import Host
from wizard.placement.resolve import resolve
from wizard.plan import Plan, apply_patch

ADAPTER = registry.adapter("tensorflow-serving")
MODEL = {"name": "half_plus_two", "path": "/data/half_plus_two"}
INT64 = 2**63 - 1
IPV4_ONLY = Host(interfaces=tuple(i for i in Host().interfaces if i.family == 4))


def plan(*, models: list[dict[str, Any]] | None = None, **patch: Any) -> Plan:
    """A plan with one model; keywords are dotted keys with "__" for the dots."""
    data = {"schema": 1, "server": "tensorflow-serving", "models": [MODEL] if models is None else models}
    return apply_patch(Plan.model_validate(data), {key.replace("__", "."): value for key, value in patch.items()})


def deploy(*, models: list[dict[str, Any]] | None = None, host: Host | None = None, **patch: Any) -> Deployment:
    """The resolved plan."""
    return resolve(plan(models=models, **patch), host)


def layers(deployment: Deployment) -> dict[str, str]:
    """Intent -> layer, where an intent has one Decision; the last one otherwise."""
    return {each.intent: each.layer for each in deployment.decisions}


NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,20}", fullmatch=True)
LABELS = st.from_regex(r"[A-Za-z0-9_.-]{1,12}", fullmatch=True)
NUMBERS = st.integers(0, INT64)
VERSIONS = st.one_of(st.sampled_from(["latest", "all"]), st.lists(NUMBERS, min_size=1, max_size=5))
_BAD = ("\0", "\r", "\n")
PATHS = hostile.values().filter(lambda text: text and not any(bad in text for bad in _BAD)).map(lambda text: "/" + text)


@st.composite
def models(draw: st.DrawFn) -> dict[str, Any]:
    """One model with whatever a Plan lets through."""
    found: dict[str, Any] = {"name": draw(NAMES), "path": draw(PATHS), "versions": draw(VERSIONS)}
    if draw(st.booleans()):
        found["labels"] = draw(st.dictionaries(LABELS, st.integers(-INT64 - 1, INT64), max_size=4))
    if draw(st.booleans()):
        found["as_version"] = draw(st.integers(1, INT64))
    return found


def model_lists() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Up to four models with different names."""
    return st.lists(models(), max_size=4, unique_by=lambda model: model["name"])
