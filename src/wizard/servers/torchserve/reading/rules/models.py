"""What is loaded: load_models, the JSON of models and model_snapshot."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from wizard.fast_start import regex
from wizard.observed.remark import Remark
from wizard.servers.torchserve.properties import Property
from wizard.servers.torchserve.reading.config import Config
from wizard.servers.torchserve.reading.rules.remarks import replaced_value, say
from wizard.servers.torchserve.reading.seen import Seen

_URL = regex(r"(?i)(?:https?|file)://\S+")
_SIMPLE = regex(r"(?:[\w:/-]|\\?\.)*(?:\.\*)?")
"""A pattern that is plain text, perhaps followed by .*."""
_REQUIRED = ("defaultVersion", "marName", "minWorkers", "maxWorkers", "batchSize", "maxBatchDelay")


def find(seen: Seen, config: Config) -> Iterator[Remark]:
    """Remarks about which models will be served."""
    snapshot = config.values.get("model_snapshot")
    load = config.values.get("load_models")
    if snapshot is not None:
        yield from _snapshot(config, snapshot, load)
    elif load is not None and not config.swallowed.get(load.start):
        yield from _load(config, load)
    models = config.values.get("models")
    if models is not None:
        yield from _models(seen, config, models, load or snapshot)


def _load(config: Config, load: Property) -> Iterator[Remark]:
    value = load.value
    if "${" in value:
        return
    if re.search(r"[\"'\[\]]", value):
        yield say("TS-LOAD-QUOTED", config, load)
        return
    if re.search(r",\s+\S", value):
        tight = re.sub(r"\s*,\s*", ",", value.strip())
        yield say("TS-LOAD-BLANK", config, load, edits=(replaced_value(config, load, tight),))
        return
    if value.strip().lower() == "all" and not config.foreign:
        yield say("TS-LOAD-ALL", config, load)
        return
    names = Counter(part.partition("=")[0] for part in value.split(",") if "=" in part)
    for name, count in names.items():
        if count > 1:
            yield say("TS-LOAD-TWICE", config, load, name=name)
    yield from _refused(config, load)
    if any(re.search(r"(^|[/=])\.\.(/|$)", part) for part in value.split(",")):
        yield say("TS-LOAD-PATH", config, load, "functional", what="a path with .. is refused")
    elif any(re.search(r"(^|=)(/|[A-Za-z]:[\\/])[^,]*\.mar$", part) for part in value.split(",")):
        yield say("TS-LOAD-PATH", config, load, what="only the file name counts, looked for in the model store")


def _refused(config: Config, load: Property) -> Iterator[Remark]:
    """URLs that the list of allowed ones does not match."""
    allowed = config.values.get("allowed_urls")
    if allowed is None or "$$" in allowed.value or config.true("use_env_allowed_urls"):
        return
    patterns = [each.strip() for each in allowed.value.split(",")]
    if not all(_SIMPLE.fullmatch(each) for each in patterns):
        return
    known = [re.compile(each, re.IGNORECASE) for each in patterns]
    urls = [match.group() for part in load.value.split(",") if (match := _URL.search(part))]
    if any(not any(each.fullmatch(url) for each in known) for url in urls):
        yield say("TS-LOAD-REFUSED", config, load, allowed=allowed.value)


def _snapshot(config: Config, snapshot: Property, load: Property | None) -> Iterator[Remark]:
    data = _json(snapshot.value)
    if not isinstance(data, dict):
        yield say("TS-JSON", config, snapshot)
        return
    empty = data.get("modelCount") == 0 or not data.get("models")
    if empty:
        yield say("TS-SNAPSHOT-EMPTY", config, snapshot)
    elif missing := _missing(data["models"]):
        yield say("TS-SNAPSHOT-FIELDS", config, snapshot, missing=", ".join(missing))
    if load is not None:
        yield say("TS-LOAD-UNREAD", config, load)
    elif not empty and not _missing(data["models"]):
        yield say("TS-SNAPSHOT-BY-HAND", config, snapshot)


def _missing(models: Any) -> list[str]:
    versions = [
        version
        for model in (models.values() if isinstance(models, dict) else ())
        for version in (model.values() if isinstance(model, dict) else ())
        if isinstance(version, dict)
    ]
    return [name for name in _REQUIRED if any(name not in version for version in versions)]


def _models(seen: Seen, config: Config, models: Property, loaded: Property | None) -> Iterator[Remark]:
    if not isinstance(_json(models.value), dict):
        yield say("TS-JSON", config, models)
    elif loaded is None and not seen.models_flag:
        yield say("TS-MODELS-ALONE", config, models)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
