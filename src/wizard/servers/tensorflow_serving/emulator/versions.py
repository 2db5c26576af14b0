"""Which versions a model should have, from what lies under its base path (file_system_storage_path_source.cc)."""

from __future__ import annotations

import os
import re
from typing import Any

from . import log
from .status import invalid

_WHERE = "sources/storage_path/file_system_storage_path_source.cc"
Wanted = list[tuple[int, str]]  # version number and path


def parse_version(name: str) -> int | None:
    """Read a directory name as absl::SimpleAtoi does: outer blanks, a sign and leading zeros pass."""
    match = re.fullmatch(r"[ \t\n\v\f\r]*([+-]?[0-9]+)[ \t\n\v\f\r]*", name)
    if match is None:
        return None
    number = int(match[1])
    return number if -(2**63) <= number < 2**63 else None


def wanted_versions(model: Any) -> Wanted:
    """Return what the policy of one ModelConfig asks for; raises StatusError when the base path is missing."""
    base = local_path(model.base_path)
    try:
        children = sorted(os.listdir(base))  # noqa: PTH208 - names in byte order, as std::set has them
    except OSError as problem:
        raise invalid(
            f"Could not find base path {model.base_path} for servable {model.name} "
            f"with error {_not_found(problem, model.base_path)}"
        ) from None
    by_number = _index(children)
    policy = model.model_version_policy
    choice = policy.WhichOneof("policy_choice") or "latest"
    if choice == "all":
        found = [(number, child) for child in children if (number := parse_version(child)) is not None]
    elif choice == "specific":
        found = _specific(model, by_number)
    else:
        count = max(policy.latest.num_versions, 1)
        found = sorted(by_number.items(), reverse=True)[:count]
    if not found:
        log.warning(
            f"{_WHERE}:313",
            f"No versions of servable {model.name} found under base path {model.base_path}. Did you forget to name "
            "your leaf directory as a number (eg. '/1/')?",
        )
    return [(number, os.path.join(base, child)) for number, child in found]  # noqa: PTH118 - logged as joined


def local_path(base_path: str) -> str:
    """Return the path of a `file://` URI; other paths are returned unchanged."""
    return base_path.removeprefix("file://")


def _not_found(problem: OSError, path: str) -> str:
    if isinstance(problem, FileNotFoundError):
        return f"NOT_FOUND: {path} not found"
    return f"UNKNOWN: {path}; {problem.strerror}"


def _index(children: list[str]) -> dict[int, str]:
    by_number: dict[int, str] = {}
    for child in children:
        number = parse_version(child)
        if number is None:
            continue
        if number in by_number:
            log.warning(
                f"{_WHERE}:103",
                f"Duplicate version directories detected. Version {number} will be loaded from {child}, "
                f"{by_number[number]} will be ignored.",
            )
        by_number[number] = child
    return by_number


def _specific(model: Any, by_number: dict[int, str]) -> Wanted:
    asked = set(model.model_version_policy.specific.versions)
    for number in sorted(asked - set(by_number)):
        log.warning(
            f"{_WHERE}:193",
            f"Version {number} of servable {model.name}, which was requested to be served as a 'specific' version in "
            "the servable's version policy, was not found in the file system",
        )
    return [(number, by_number[number]) for number in sorted(asked & set(by_number))]
