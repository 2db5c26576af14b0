"""Text-format files that the server refuses, and what is odd in those for batching, monitoring and TLS."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.fast_start import regex
from wizard.formats.decimals import decimal
from wizard.formats.textproto import ProtoField, ProtoMessage, Scalar
from wizard.formats.textproto_tokens import Issue
from wizard.observed.alike import nearest
from wizard.observed.remark import Edit, Remark
from wizard.servers.tensorflow_serving.flags import fields
from wizard.servers.tensorflow_serving.reading.messages import MESSAGES
from wizard.servers.tensorflow_serving.reading.texts import Text, messages, scalar

_NO_FIELD = regex(r'Message type "([\w.]+)" has no field named "([^"]*)"\.')
_STRING = regex(r"(?i).*\b(?:string|multiline)")
_PLAIN_VALUE = regex(r'Expected "\{", found "([^"]*)"\.')
_PATH = regex(r"^(/|\./|\.\./|~/|[\w.-]+/)?[\w./-]*\.(pem|crt|key|cert|cer)$|^/[\w./-]+$")


def find(text: Text) -> Iterator[Remark]:
    """Remarks about one file as the parser sees it."""
    said: set[str] = set()
    for number, issue in enumerate(text.issues):
        wrong = _NO_FIELD.fullmatch(issue.message)
        if issue.message in said or (number and wrong is None and not _PLAIN_VALUE.fullmatch(issue.message)):
            continue
        said.add(issue.message)
        if number and _STRING.match(text.issues[0].message):
            break  # what follows a text that does not end is read out of step
        if (
            wrong is None
            and _PLAIN_VALUE.fullmatch(issue.message)
            and any("{" in each for each in said - {issue.message})
        ):
            continue
        yield _no_field(text, issue, wrong) if wrong is not None else _refused(text, issue)
    if text.issues:
        return
    if text.kind == "batching":
        yield from _batching(text)
    elif text.kind == "monitoring":
        yield from _monitoring(text)
    elif text.kind == "ssl-config":
        yield from _tls(text)


def _place(text: Text, issue: Issue) -> int:
    return text.part.origin(issue.offset)


def _no_field(text: Text, issue: Issue, wrong: re.Match[str]) -> Remark:
    of, name = wrong[1], wrong[2]
    field = _field(text.root, issue.offset)
    at = text.at(field) if field is not None else _place(text, issue)
    known = fields().not_fields.get(name)
    near = nearest(name, MESSAGES.get(of, {}), 0.75)
    fills = {"name": name, "of": of.rpartition(".")[2]}
    if near:
        renamed = () if _has(text.root, issue.offset, near) else (Edit(at, at + len(name), near),)
        return Remark("TFS-FIELD-MISSPELT", text.part.source, at, {**fills, "meant": near}, edits=renamed)
    if of.endswith("ServableVersionPolicy") or (of.endswith("ModelServerConfig") and name == "config"):
        meant = {"versions": "specific", "config": "model_config_list"}.get(name, "latest")
        return Remark("TFS-FIELD-PLACE", text.part.source, at, {**fills, "meant": meant})
    if known is not None:
        edits = _dropped(text, field) if name == "address" and field is not None else ()
        fills["instead"] = known.instead
        return Remark("TFS-FIELD-NONE", text.part.source, at, fills, edits=edits, asks=known.asks)
    return Remark("TFS-FIELD-UNKNOWN", text.part.source, at, fills)


def _dropped(text: Text, field: ProtoField) -> tuple[Edit, ...]:
    """Without a wish for every address, which the server grants anyway; any other is impossible here."""
    value = field.values[-1] if field.values else None
    if not isinstance(value, Scalar) or value.text not in ("0.0.0.0", "::", "*"):
        return ()
    whole, begin, end = text.part.source.text, text.part.origin(field.start), text.part.origin(field.end - 1) + 1
    line, line_end = whole.rfind("\n", 0, begin) + 1, whole.find("\n", end)
    if line_end >= 0 and not whole[line:begin].strip() and not whole[end:line_end].strip():
        begin, end = line, line_end + 1
    return (Edit(begin, end, ""),)


def _field(message: ProtoMessage, after: int) -> ProtoField | None:
    """The field whose following token is at an offset."""
    for field in message.fields:
        if field.after.offset == after:
            return field
        for value in field.values:
            if isinstance(value, ProtoMessage) and (found := _field(value, after)) is not None:
                return found
    return None


def _has(message: ProtoMessage, after: int, name: str) -> bool:
    """Whether the message around that field already contains the field that is meant."""
    if any(field.after.offset == after for field in message.fields):
        return bool(message.all(name))
    inner = [value for field in message.fields for value in field.values if isinstance(value, ProtoMessage)]
    return any(_has(each, after, name) for each in inner)


def _refused(text: Text, issue: Issue) -> Remark:
    source, at = text.part.source, _place(text, issue)
    if text.part.text.lstrip().startswith("{"):
        return Remark("TFS-TEXT-JSON", source, at)
    plain, field = _PLAIN_VALUE.fullmatch(issue.message), _holding(text.root, issue.offset)
    if plain is not None and field is not None:
        edits = _wrapped(text, field) if text.kind == "batching" else ()
        return Remark("TFS-TEXT-WRAPPED", source, text.at(field), {"name": field.name, "value": plain[1]}, edits=edits)
    if text.part.text.startswith("//", issue.offset):
        return Remark("TFS-TEXT-COMMENT", source, at, edits=(Edit(at, at + 2, "#"),))
    if issue.offset >= len(text.part.text.rstrip()):
        opened = _unclosed(text)
        return Remark("TFS-TEXT-UNCLOSED", source, None, {"line": opened})
    label = _holding(text.root, issue.offset)
    if label is None and "version_labels" in text.document.index.before(issue.offset):
        return Remark("TFS-LABELS-MAP", source, at)
    return Remark("TFS-TEXT", source, at, {"message": issue.message, "log": text.document.cpp(issue)})


def _holding(message: ProtoMessage, offset: int) -> ProtoField | None:
    """The field whose value begins at an offset."""
    for field in message.fields:
        for value in field.values:
            if value.token.offset == offset:
                return field
            if isinstance(value, ProtoMessage) and (found := _holding(value, offset)) is not None:
                return found
    return None


def _wrapped(text: Text, field: ProtoField) -> tuple[Edit, ...]:
    value = field.values[-1] if field.values else None
    if not isinstance(value, Scalar) or decimal(value.text, 20) is None:
        return ()
    begin = text.part.origin(field.token.offset + len(field.name))
    end = text.part.origin(value.token.offset + len(value.token.text) - 1) + 1
    return (Edit(begin, end, f" {{ value: {value.text} }}"),)


def _unclosed(text: Text) -> int:
    """The line of the innermost brace that is never closed."""
    opened: list[int] = []
    plain = re.sub(
        r"#[^\n]*|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'", lambda m: " " * len(m.group()), text.part.text
    )
    for match in re.finditer(r"[{}<>]", plain):
        if match.group() in "{<":
            opened.append(match.start())
        elif opened:
            opened.pop()
    return text.part.source.at(text.part.origin(opened[-1] if opened else 0))[0]


def _batching(text: Text) -> Iterator[Remark]:
    sizes = text.root.all("allowed_batch_sizes")
    texts = [value.text for field in sizes for value in field.values if isinstance(value, Scalar)]
    numbers = [size for text in texts if (size := decimal(text, 20)) is not None]
    limit = next((scalar(inner, "value") for _, inner in messages(text.root, "max_batch_size")), None)
    if numbers and (numbers != sorted(set(numbers)) or (limit is not None and str(numbers[-1]) != limit[1])):
        largest = limit[1] if limit is not None else "the default"
        yield Remark("TFS-BATCH-SIZES", text.part.source, text.at(sizes[-1]), {"largest": largest})

    for field, inner in messages(text.root, "num_batch_threads"):
        number = scalar(inner, "value")
        if number is not None and re.fullmatch(r"-[0-9]+|0", number[1]):
            yield Remark("TFS-BATCH-THREADS", text.part.source, text.at(field), {"number": number[1]})


def _monitoring(text: Text) -> Iterator[Remark]:
    for _, inner in messages(text.root, "prometheus_config"):
        path, on = scalar(inner, "path"), scalar(inner, "enable")
        if path is not None and on is not None and on[1] in ("true", "t", "1") and path[1] and path[1][0] != "/":
            at = text.part.origin(path[0].start)
            yield Remark("TFS-METRICS-PATH", text.part.source, at, {"path": path[1]}, api="metrics")


def _tls(text: Text) -> Iterator[Remark]:
    for name in ("server_key", "server_cert", "custom_ca"):
        found = scalar(text.root, name)
        if found is not None and "-----BEGIN" not in found[1] and _PATH.match(found[1].strip()):
            yield Remark("TFS-TLS-PATH", text.part.source, text.at(found[0]), {"name": name, "value": found[1]})
