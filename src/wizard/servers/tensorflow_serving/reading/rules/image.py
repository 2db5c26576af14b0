"""The image: what its entrypoint does with arguments and variables, and what it does not read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.fast_start import regex
from wizard.observed.remark import Edit, Remark
from wizard.observed.start import NO_INSTRUCTION, OUTSIDE, USED, Start, Variable
from wizard.servers.tensorflow_serving.flags import flags
from wizard.servers.tensorflow_serving.reading.launch import Launch
from wizard.severity import Severity

_READ = frozenset({"MODEL_NAME", "MODEL_BASE_PATH"})
_PATHS = frozenset({"model_base_path", "model_config_file"})
"""A missing or relative one stops the server."""
_LOOKS_READ = ("TF_SERVING_", "TFS_", "TENSORFLOW_SERVING_")
_GRAVE = frozenset({"MODEL_CONFIG_FILE", "REST_API_PORT", "SSL_CONFIG_FILE", "MONITORING_CONFIG_FILE"})


def find(start: Start, launch: Launch) -> Iterator[Remark]:
    """Remarks about one start of the official image."""
    if launch.shell_form and start.option(NO_INSTRUCTION) is None:
        yield Remark("TFS-CMD-SHELL", start.source, start.command_at)
        return
    yield from _variables(start, launch)
    if start.contained:
        yield from _literal(start, launch)
    if launch.image and start.contained:
        yield from _base(start, launch)


def _variables(start: Start, launch: Launch) -> Iterator[Remark]:
    known = flags()
    texts = [word.text for word in start.words]
    outside = [Variable(name, None, at, at, at) for name, at in start.every(OUTSIDE)]
    used = {name for name, _ in start.every(USED)}
    read = "the image knows MODEL_NAME and MODEL_BASE_PATH only" if start.contained else "the program reads none"
    place = "behind the image's name" if launch.image else "on its command line"
    kept = launch.image or start.holder in ("systemd", "supervisor")  # an image or script of one's own may read more
    for variable in (*start.environment, *outside):
        if (
            (variable.name in _READ and start.contained)
            or variable.name in used
            or (start.holder == "shell" and f"${variable.name}" in start.source.text.replace("${", "$"))
            or any(f"${variable.name}" in t or f"{{{variable.name}}}" in t for t in texts)
        ):
            continue
        wrong = known.not_flags.get(variable.name)
        meant = variable.name.lower()
        if wrong is not None and wrong.kind == "environment":
            fills = {"name": variable.name, "known": read, "instead": wrong.instead.rstrip(".")}
            edits = _dropped(start, variable)
            yield Remark("TFS-ENV", start.place(variable), variable.start, fills, edits=edits, asks=wrong.asks)
        elif kept and meant in known.known and meant != "version":
            severity: Severity = "functional" if variable.name in _GRAVE else "medium"
            fills = {"name": variable.name, "known": read, "instead": f"Give the flag --{meant}= {place}"}
            yield Remark("TFS-ENV", start.place(variable), variable.start, fills, severity)
        elif kept and variable.name.startswith(_LOOKS_READ):
            fills = {"name": variable.name, "known": read, "instead": f"Give the server its flags, {place}"}
            yield Remark("TFS-ENV", start.place(variable), variable.start, fills)


_OPTION = regex(r"(?:-e|--env)[ \t=]*$")
_ITEM = regex(r"[ \t]*(?:-[ \t]+)?[\"']?$|[ \t]*(?:ENV|export)[ \t]+$", re.IGNORECASE)


def _dropped(start: Start, variable: Variable) -> tuple[Edit, ...]:
    """Without a wish for every address, which the server grants anyway; any other is impossible here."""
    if variable.value not in ("0.0.0.0", "::", "*") or variable.expands:
        return ()
    text = start.place(variable).text
    line = text.rfind("\n", 0, variable.start) + 1
    before = text[line : variable.start]
    if option := _OPTION.search(before):
        end = variable.end + len(text[variable.end :]) - len(text[variable.end :].lstrip(" \t"))
        return (Edit(line + option.start(), end, ""),)
    line_end = text.find("\n", variable.end)
    alone = _ITEM.fullmatch(before) and line_end >= 0 and not text[variable.end : line_end].strip(" \t\r\"'")
    spared = start.holder in ("dockerfile", "shell") or len(start.environment) > 1
    return (Edit(line, line_end + 1, ""),) if alone and spared else ()


def _literal(start: Start, launch: Launch) -> Iterator[Remark]:
    """`$NAME` in words that no shell reads."""
    if start.holder not in ("dockerfile", "kubernetes", "compose") or start.shell_form:
        return
    for flag in launch.flags:
        value = flag.value or ""
        if "$" in value and "$(" not in value and flag.word in start.words and not flag.word.expands:
            known = flags().known.get(flag.name)
            stops = known is not None and (known.type != "string" or flag.name in _PATHS)
            fills = {"flag": flag.name, "value": value}
            yield Remark("TFS-VARIABLE", start.source, flag.word.start, fills, effect="fails" if stops else None)


def _base(start: Start, launch: Launch) -> Iterator[Remark]:
    if launch.flag("model_config_file") or launch.flag("model_base_path"):
        return
    name, base = start.variable("MODEL_NAME"), start.variable("MODEL_BASE_PATH")
    if _open(name) or _open(base) or start.environment_open:
        return
    model = name.value if name is not None else "model"
    folder = (base.value or "").rstrip("/") if base is not None else "/models"
    if launch.flag("model_name"):
        model = name.value if name is not None else "model"
    if base is not None and name is not None and folder.rpartition("/")[2] == model:
        fills = {"base": folder, "name": model}
        yield Remark("TFS-BASE-DOUBLED", start.place(base), base.start, fills)
        return
    yield from _nowhere(start, f"{folder}/{model}", model or "")


def _open(variable: Variable | None) -> bool:
    return variable is not None and (variable.value is None or variable.expands)


def _nowhere(start: Start, wanted: str, model: str) -> Iterator[Remark]:
    """Models are put somewhere, but not where the entrypoint looks."""
    targets = [mount for mount in start.mounts if mount.target.startswith("/models")]
    if not targets or start.opaque:
        return
    if any(_meets(mount.target, wanted) for mount in targets):
        yield from _version_mounted(start, wanted)
        return
    if start.holder == "dockerfile" and start.variable("MODEL_NAME") is None:
        return  # what names the model may be given when the image is run
    fills = {"wanted": wanted, "target": targets[0].target, "name": targets[0].target.rpartition("/")[2]}
    named = start.variable("MODEL_NAME")
    said = named or targets[0]
    source, at = start.place(said), said.start
    yield Remark("TFS-MODEL-ELSEWHERE", source, at, {**fills, "model": model})


def _version_mounted(start: Start, wanted: str) -> Iterator[Remark]:
    """The folder of one version, put where the folder with the versions is expected."""
    for mount in start.mounts:
        version = re.search(r"[/\\][0-9]+[/\\]?$", mount.source)
        if mount.target == wanted and version and not re.search(r"/[0-9]+$", mount.target):
            fills = {"path": mount.source, "parent": mount.source[: version.start()]}
            yield Remark("TFS-PATH-VERSION", start.place(mount), mount.start, fills)


def _meets(target: str, wanted: str) -> bool:
    return target == wanted or wanted.startswith(f"{target}/") or target.startswith(f"{wanted}/")
