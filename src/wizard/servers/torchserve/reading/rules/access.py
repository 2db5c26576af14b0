"""Who may call, and what they can then do: the token, the model API, URLs that models may come from."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator

from wizard.fast_start import regex
from wizard.observed.remark import Remark
from wizard.servers.torchserve.properties import Property
from wizard.servers.torchserve.reading.config import Config
from wizard.servers.torchserve.reading.rules.remarks import say
from wizard.servers.torchserve.reading.seen import TOKEN_SINCE, Seen
from wizard.severity import Severity

_ANY_URL = regex(r"\.\*|(https?|http\(s\)\?|https\?|\(http\|https\)|file):?(//)?\.[*+]")

_NESTED = regex(r"[+*}][^()|]*\)[^()|]*\)?[+*{]|(?:[+*}].*){4}")
_LONGEST = 300
_PUBLISHED: dict[str, Severity] = {
    "management": "critical",
    "grpc_management": "critical",
    "inference": "high",
    "grpc": "high",
}
"""How serious it is that no key is needed on a port published to other machines."""


def find(seen: Seen, config: Config) -> Iterator[Remark]:
    """Remarks about protections that a file removes or leaves open."""
    off = config.values.get("disable_token_authorization")
    if off is not None and off.value.lower() == "true" and seen.release >= TOKEN_SINCE:
        yield say("TS-TOKEN-OFF", config, off, _token_severity(seen), reach=_reach(seen))
    models = config.values.get("enable_model_api")
    if models is not None and models.value.lower() == "true":
        yield say("TS-MODEL-API", config, models, "high" if seen.token is False else "medium", api="management")
    packages = config.values.get("install_py_dep_per_model")
    if packages is not None and packages.value.lower() == "true":
        yield say("TS-PIP", config, packages)
    unseen = "allowed_urls" in config.unknown or (config.part.more and "allowed_urls" not in config.values)
    if not config.foreign and not unseen:
        yield from _urls(config)


def _open(seen: Seen, api: str) -> bool:
    address = seen.addresses.get(api)
    return bool(address) and address is not None and address[0] == "0.0.0.0"


def _token_severity(seen: Seen) -> Severity:
    if seen.where == "container" and seen.start is not None and seen.start.network != "host":
        opened = {publish.port for publish in seen.start.publishes if not publish.loopback and not publish.guarded}
        for api, grade in _PUBLISHED.items():
            if _open(seen, api) and seen.addresses[api][1] in opened:
                return grade
        # Without a published port only its own network's containers can call, a gateway among them.
        return "info" if seen.unpublished and seen.start.holder in ("compose", "docker-run") else "medium"
    if seen.where == "pod":
        return "medium"
    if seen.fronted and not any(_open(seen, api) for api in seen.addresses):
        return "info"
    if _open(seen, "management") or _open(seen, "grpc_management"):
        return "critical"
    return "high" if _open(seen, "inference") or _open(seen, "grpc") else "medium"


def _reach(seen: Seen) -> str:
    if seen.unpublished:
        return "whatever is on the container's networks"
    if seen.where in ("container", "pod"):
        return "anyone the published ports let in"
    if _token_severity(seen) == "medium":
        return "every program on this machine, and web pages in its browsers,"
    return "everybody who can connect"


def _urls(config: Config) -> Iterator[Remark]:
    entry = config.values.get("allowed_urls")
    if entry is None:
        yield Remark("TS-URLS-UNSET", config.part.source, None, api="management")
        return
    patterns = [pattern for pattern in entry.value.split(",") if pattern]
    if any(compiled_pattern(pattern) is None for pattern in patterns):
        yield say("TS-PATTERN", config, entry)
        return
    if any(re.fullmatch(r"(file|https?|s3|gs)(://)?", pattern) for pattern in patterns):
        yield say("TS-URLS-PREFIX", config, entry)
        return
    if "\\" in entry.raw and re.search(r"(?<!\\)\\(?![\\\r\n])[.\w-]", entry.raw):
        yield say("TS-URLS-BACKSLASH", config, entry)
    if any(_any(pattern) for pattern in patterns):
        yield say("TS-URLS-ANY", config, entry)
    local = _names(config)
    if any(_matches(pattern, name) for pattern in patterns for name in local):
        yield say("TS-URLS-NAMES", config, entry, name=local[0])


def _any(pattern: str) -> bool:
    probes = ("https://probe.invalid/a.mar", "http://10.0.0.1:8/x/b.mar")
    return _ANY_URL.fullmatch(pattern) is not None or all(_matches(pattern, p) for p in probes)


def _matches(pattern: str, text: str) -> bool:
    """Whether it matches; an expression that could take forever is not tried."""
    if len(pattern) > _LONGEST or _NESTED.search(pattern):
        return False
    compiled = compiled_pattern(pattern)
    return compiled is not None and compiled.fullmatch(text) is not None


def compiled_pattern(pattern: str) -> re.Pattern[str] | None:
    """An expression from a file; None for a broken one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return re.compile(pattern, re.IGNORECASE)
        except (re.error, OverflowError, RecursionError):
            return None


def _names(config: Config) -> list[str]:
    """Archives in the store that are loaded by their file name."""
    entry: Property | None = config.values.get("load_models")
    if entry is None or entry.value.lower() == "all":
        return ["model.mar"] if entry is not None else []
    parts = [part.partition("=")[2] or part for part in entry.value.split(",") if part.strip()]
    return [part for part in parts if "://" not in part and part.lower() != "none"]  # which nothing is called
