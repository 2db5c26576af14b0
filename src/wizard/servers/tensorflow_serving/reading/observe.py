"""One TensorFlow Serving process as its files describe it: flags, image and files combined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wizard.formats.shell_words import Word
from wizard.observed.seen import Files, Observed, ObservedListener, Setting
from wizard.observed.source import SourcePart
from wizard.observed.start import Start
from wizard.servers.tensorflow_serving.flags import flags
from wizard.servers.tensorflow_serving.reading import launch as launching
from wizard.servers.tensorflow_serving.reading.launch import Launch
from wizard.servers.tensorflow_serving.reading.seen import GRPC, REST, Seen
from wizard.servers.tensorflow_serving.reading.texts import Text, read, values
from wizard.servers.version_given import release

_PORTS = ("port", "rest_api_port")
_FILES = {
    "model_config_file": "models.config",
    "batching_parameters_file": "batching",
    "monitoring_config_file": "monitoring",
    "ssl_config_file": "ssl-config",
}


def observe(start: Start | None, parts: Sequence[tuple[str, SourcePart]], files: Files) -> Observed:
    """Combine what files say about one process."""
    version = launching.version(start)
    found = launching.launch(start) if start is not None else None
    texts = [read(kind, part) for kind, part in parts]
    if start is not None and found is not None:
        texts += _named(start, found, files)
    seen = Seen(start, found, tuple(texts), release(version) if version else ())
    gpu = start is not None and "-gpu" in start.image_name
    alone = start is not None and start.holder == "kubernetes" and start.image is None
    return Observed(
        "tensorflow-serving",
        "TensorFlow Serving",
        version,
        start,
        tuple(text.part for text in texts),
        tuple(_listeners(start, found, alone)) if start is not None else (),
        ports_known=found is not None
        and not any(_may_move_ports(start, word) for word in found.words)
        and (found.image or start is None or not _behind_entrypoint(start)),
        settings=tuple(_settings(seen)),
        tools=frozenset({"curl"} if gpu else ()) if start is not None and launching.official(start) else None,
        folders=("/models",),
        detail=seen,
    )


def _may_move_ports(start: Start | None, word: Word) -> bool:
    """Whether a variable in a word could be a port, or a flag for one."""
    if not word.expands and "$" not in word.text:
        return False
    name = word.text.partition("=")[0]
    whole = word.quoted or (start is not None and start.holder == "kubernetes")  # nothing splits it again
    return not (whole and name.startswith("--") and "$" not in name and name[2:] not in _PORTS)


def _named(start: Start, found: Launch, files: Files) -> Iterator[Text]:
    """The files that flags name, as far as they were read."""
    for name, kind in _FILES.items():
        path = found.text(name)
        part = files.inside(start, path) if path else None
        if part is not None:
            yield read(kind, part)


def _listeners(start: Start, found: Launch | None, alone: bool) -> Iterator[ObservedListener]:
    if found is None and not alone:
        return
    image = alone or (found is not None and (found.image or _behind_entrypoint(start)))
    for api, title, name, default, exposure in (
        ("grpc", "gRPC API", "port", 8500, GRPC),
        ("inference", "REST API", "rest_api_port", 8501 if image else 0, REST),
    ):
        flag = found.flag(name) if found is not None else None
        if flag is not None and (flag.word.expands or not _number(flag.value)):
            continue
        port = int(flag.value or 0) if flag is not None else default
        if api == "inference":
            port &= 0xFFFF
        if port > 0:
            at = flag.word.start if flag is not None else 0
            source = start.source if flag is not None else None
            yield ObservedListener(api, title, "0.0.0.0", port, exposure, source, at, f"--{name}" if flag else "")


def _behind_entrypoint(start: Start) -> bool:
    official = start.named.is_one_of(launching.IMAGES)
    return official and launching.entered(start)


def _number(text: str | None) -> bool:
    return bool(text) and text is not None and text.isascii() and text.lstrip("-").isdecimal() and len(text) < 10


def _settings(seen: Seen) -> Iterator[Setting]:
    yield from _flags(seen)
    for text in seen.texts:
        counts = not text.issues
        instead = "" if counts else "none of this file, which is refused,"
        for name, field, value in values(text.root):
            yield Setting(name, value, "file", text.part.source, text.at(field), counts, instead)


def _flags(seen: Seen) -> Iterator[Setting]:
    if seen.launch is None or seen.start is None:
        return
    if seen.launch.image:
        yield from _of_entrypoint(seen.start, seen.launch)
    known = flags().known
    for flag in seen.launch.flags:
        counts = seen.launch.flag(flag.name) is flag
        by = (
            _beaten(seen.launch, flag.name)
            if counts
            else "no such flag"
            if flag.name not in known
            else (
                "another value, as it has to be written --name=value,"
                if flag.spaced or flag.value is None
                else "a later flag"
            )
        )
        yield Setting(
            f"--{flag.name}", flag.value or "", "flag", seen.start.source, flag.word.start, not by, by,
            flag.name in known,
        )  # fmt: skip


def _of_entrypoint(start: Start, launch: Launch) -> Iterator[Setting]:
    """The flags that the image's entrypoint puts before those of the command, and the variables it makes them of."""
    model, folder = (
        _value(start, each, usual) for each, usual in (("MODEL_NAME", "model"), ("MODEL_BASE_PATH", "/models"))
    )
    given = {
        "port": "8500", "rest_api_port": "8501", "model_name": model, "model_base_path": f"{folder}/{model}",
    }  # fmt: skip
    for flag, value in given.items():
        by = "a later flag" if launch.flag(flag) is not None else _beaten(launch, flag)
        yield Setting(f"--{flag}", value, "image", None, 0, not by, by)
    for variable in start.environment:
        if variable.name in ("MODEL_NAME", "MODEL_BASE_PATH"):
            by = "" if start.variable(variable.name) is variable else "a later one"
            place = start.place(variable)
            yield Setting(variable.name, variable.value or "", "environment", place, variable.start, not by, by)


def _value(start: Start, name: str, usual: str) -> str:
    """What the entrypoint puts in for a variable; its name where only another file or program knows."""
    variable = start.variable(name)
    known = variable.value if variable is not None else None if start.environment_open else usual
    return f"${{{name}}}" if known is None else known


def _beaten(launch: Launch, flag: str) -> str:
    """The flag that makes another one unread, "" if none does."""
    listed = launch.flag("model_config_file") is not None and flag in ("model_name", "model_base_path")
    return "--model_config_file" if listed else ""
