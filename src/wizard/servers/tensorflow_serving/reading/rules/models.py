"""models.config: what the server checks after the file was parsed, and what works differently than it reads."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.fast_start import regex
from wizard.formats.textproto import ProtoField, ProtoMessage, Scalar
from wizard.observed.remark import Edit, Remark
from wizard.servers.tensorflow_serving.reading.seen import Seen
from wizard.servers.tensorflow_serving.reading.texts import Text, messages, models, scalar

_URI = regex(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_HOME = regex(r"/(home|Users|root)/")
_POSITIVE = regex(r"0*[1-9][0-9]*")
_PLAIN_NAME = regex(r"[\w.-]+")
_NEVER = ("http://", "https://", "ftp://", "abfs://", "azure://", "wasb://", "hf://")


def find(seen: Seen, text: Text) -> Iterator[Remark]:
    """Remarks about the models of a file that the parser accepts."""
    if text.issues:
        return
    names: set[str] = set()
    source = text.part.source
    found = list(models(text))
    for field in text.root.all("custom_model_config"):
        yield Remark("TFS-CUSTOM", source, text.at(field))
    if not found and not text.root.all("custom_model_config") and not text.part.more:
        polled = seen.launch.text("model_config_file_poll_wait_seconds") if seen.launch is not None else None
        awaited = polled is not None and _POSITIVE.fullmatch(polled)
        yield Remark("TFS-NO-MODELS", source, None, severity="info" if awaited else None)
    for field, model in found:
        name = scalar(model, "name")
        shown = name[1] if name else ""
        if name is not None:
            if shown in names:
                yield Remark("TFS-NAME-TWICE", source, text.at(name[0]), {"name": shown})
            elif not _PLAIN_NAME.fullmatch(shown):
                yield Remark("TFS-NAME-ODD", source, text.at(name[0]), {"name": shown})
            names.add(shown)
        yield from _path(seen, text, field, model, shown)
        yield from _platform(text, field, model, shown)
        yield from _versions(text, model)
        yield from _labels(seen, text, model)


def _path(seen: Seen, text: Text, field: ProtoField, model: ProtoMessage, name: str) -> Iterator[Remark]:
    found = scalar(model, "base_path")
    source = text.part.source
    if found is None or not found[1]:
        if not text.part.elided:
            yield Remark("TFS-PATH-NONE", source, text.at(field), {"name": name})
        return
    at, path = text.at(found[0]), found[1]
    fills = {"path": path, "name": name}
    if seen.no_longer_reads(path):
        yield Remark("TFS-PATH-GONE", source, at, {**fills, "scheme": path.partition("://")[0]})
    elif path.lower().startswith(_NEVER):
        yield Remark("TFS-PATH-SCHEME", source, at, {**fills, "scheme": path.partition("://")[0]})
    elif not path.startswith("/") and not _URI.match(path):
        windows = re.match(r"[A-Za-z]:", path)
        yield Remark("TFS-PATH-WINDOWS" if windows else "TFS-PATH-RELATIVE", source, at, fills)
    elif _outside(seen, path):
        yield Remark("TFS-PATH-UNMOUNTED", source, at, fills)
    elif re.search(r"/[0-9]+/?$", path):
        yield Remark("TFS-PATH-VERSION", source, at, {**fills, "parent": path.rstrip("/").rpartition("/")[0]})
    elif _HOME.match(path) and seen.start is None:
        yield Remark("TFS-PATH-HOME", source, at, fills)


def _outside(seen: Seen, path: str) -> bool:
    """A path that no mount of the container covers."""
    start = seen.start
    if start is None or start.holder not in ("docker-run", "compose") or start.opaque or not path.startswith("/"):
        return False
    targets = [mount.target.rstrip("/") for mount in start.mounts]
    return bool(targets) and not any(path == t or path.startswith(f"{t}/") or t.startswith(f"{path}/") for t in targets)


def _platform(text: Text, field: ProtoField, model: ProtoMessage, name: str) -> Iterator[Remark]:
    platform, kind = scalar(model, "model_platform"), scalar(model, "model_type")
    source = text.part.source
    if platform is None or not platform[1]:
        if kind is None and text.part.elided:
            return
        if kind is None or kind[1] in ("0", "MODEL_TYPE_UNSPECIFIED"):
            yield Remark("TFS-PLATFORM-NONE", source, text.at(field), {"name": name}, edits=_with_platform(text, model))
        else:
            yield Remark("TFS-TYPE-OLD", source, text.at(kind[0]))
    elif platform[1] != "tensorflow":
        yield Remark("TFS-PLATFORM", source, text.at(platform[0]), {"platform": platform[1], "name": name})


def _with_platform(text: Text, model: ProtoMessage) -> tuple[Edit, ...]:
    """`model_platform` after the last simple field, with the same indent."""
    last = next((f for f in reversed(model.fields) if f.values and isinstance(f.values[-1], Scalar)), None)
    if last is None:
        return ()
    whole, begin = text.part.source.text, text.part.origin(last.token.offset)
    before = whole[whole.rfind("\n", 0, begin) + 1 : begin]
    newline = "\r\n" if "\r\n" in whole else "\n"
    lead = f"{newline}{before}" if not before.strip() else " "
    at = text.part.origin(last.end - 1) + 1
    return (Edit(at, at, f'{lead}model_platform: "tensorflow"'),)


def _versions(text: Text, model: ProtoMessage) -> Iterator[Remark]:
    for _, policy in messages(model, "model_version_policy"):
        for _, latest in messages(policy, "latest"):
            number = scalar(latest, "num_versions")
            if number is not None and number[1] == "0":
                yield Remark("TFS-LATEST-ZERO", text.part.source, text.at(number[0]))


def _labels(seen: Seen, text: Text, model: ProtoMessage) -> Iterator[Remark]:
    labels = list(messages(model, "version_labels"))
    if not labels:
        return
    source = text.part.source
    at = text.at(labels[0][0])
    for field, label in labels:
        key = scalar(label, "key")
        if key is not None and not re.fullmatch(r"\w+", key[1]):
            yield Remark("TFS-LABEL-ODD", source, text.at(field), {"label": key[1]})
    launch = seen.launch
    if launch is None:
        if not any(not re.fullmatch(r"\w+", key[1]) for _, label in labels if (key := scalar(label, "key"))):
            yield Remark("TFS-LABELS", source, at)
        return
    allowed = launch.flag("allow_version_labels_for_unavailable_models")
    if allowed is None or (allowed.value or "true").lower() in ("false", "0"):
        file = seen.start.source.name if seen.start else ""
        yield Remark("TFS-LABELS-REFUSED", source, at, {"file": file})
